/** Words for a request that does not follow its schema: what, where, expected. */
import type { FastifyError, FastifyRequest } from "fastify";
import type { FaceError } from "./problems.ts";
import { bodyBytesMax } from "./limits.ts";

/** What the request was refused for before a handler saw it; `undefined`: not its fault. */
export function requestFault(error: FastifyError, request: FastifyRequest): FaceError | undefined {
  if (error.validation !== undefined) return invalid(error, request);
  switch (error.code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return { code: "body_too_large", allowedBytes: bodyBytesMax };
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return { code: "unsupported_media_type", found: request.headers["content-type"] ?? "" };
    case "FST_ERR_CTP_EMPTY_JSON_BODY":
      return { code: "malformed_request", detail: "the body is empty; expected JSON" };
    case "FST_ERR_CTP_INVALID_JSON_BODY":
      return { code: "malformed_request", detail: "the body is not JSON" };
    default:
      break;
  }
  const isTheirs =
    error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
  return isTheirs ? { code: "malformed_request", detail: error.message } : undefined;
}

function invalid(error: FastifyError, request: FastifyRequest): FaceError {
  const part = error.validationContext ?? "request";
  const issue = error.validation?.[0];
  const unknown: unknown = issue?.params["keys"];
  if (Array.isArray(unknown)) return unknownKeys(unknown.map(String), part, request);
  const place = (issue?.instancePath ?? "").split("/").filter(Boolean).join(".");
  const reason = (issue?.message ?? "").replace(/^Invalid (?:input|option): /, "");
  if (place === "") {
    return { code: "malformed_request", detail: `the ${part} is not as expected: ${reason}` };
  }
  const detail = `${place} in the ${part} is not as expected: ${reason}`;
  return { code: "malformed_request", detail, field: place };
}

function unknownKeys(keys: readonly string[], part: string, request: FastifyRequest): FaceError {
  const names = keys.map((key) => `"${key}"`).join(", ");
  const expected = knownKeys(part, request);
  const detail = `unknown in the ${part}: ${names}; expected ${expected}`;
  return {
    code: "malformed_request",
    detail,
    ...(keys[0] === undefined ? {} : { field: keys[0] }),
  };
}

/** Names the keys the schema has, so that a mistyped one can be put right without the document. */
function knownKeys(part: string, request: FastifyRequest): string {
  const schemas: Readonly<Record<string, unknown>> = { ...request.routeOptions.schema };
  const schema = schemas[part];
  const isObjectSchema = typeof schema === "object" && schema !== null && "shape" in schema;
  const keys = isObjectSchema ? Object.keys(Object(schema.shape)) : [];
  return keys.length === 0 ? "none" : keys.map((key) => `"${key}"`).join(", ");
}
