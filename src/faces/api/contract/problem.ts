/** Errors on the wire: RFC 9457 problems, with `code` and `next` as our additions. */
import { z } from "zod";
import type { ErrorCode } from "#domain";

/** Codes that only a face can meet: the request itself was at fault, or we were. */
export const faceErrorCodes = [
  "unauthenticated",
  "too_many_attempts",
  "host_refused",
  "cross_site_refused",
  "malformed_request",
  "body_too_large",
  "unsupported_media_type",
  "route_not_found",
  "too_many_streams",
  "too_many_searches",
  "internal",
] as const;

export type ProblemCode = ErrorCode | (typeof faceErrorCodes)[number];

const domainErrorCodes = [
  "invalid_input",
  "forbidden",
  "not_found",
  "already_exists",
  "wrong_state",
  "stale_step",
  "limit_reached",
  "version_conflict",
  "fence_lost",
  "unavailable",
  "sign_in_refused",
  "credential_refused",
  "sign_in_again",
  "credential_ended",
  "too_many_sign_ins",
] as const satisfies readonly ErrorCode[];

/** Every code a problem can have; does not compile when the domain learns one that is missing here. */
export const problemCodes: readonly ProblemCode[] = [...domainErrorCodes, ...faceErrorCodes];
type Missing = Exclude<ErrorCode, (typeof domainErrorCodes)[number]>;
export type ProblemCodesAreComplete = [Missing] extends [never] ? true : Missing;

export const problem = z.object({
  /** A page of this instance that explains the code. */
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  /** `urn:tidegate:request:` and the id under which the log tells more. */
  instance: z.string(),
  code: z.enum([...domainErrorCodes, ...faceErrorCodes]),
  /** What to do now. */
  next: z.string(),
  field: z.string().optional(),
  /** What it would have taken, of `forbidden`. */
  permission: z.string().optional(),
  retryAfterMs: z.number().optional(),
});

export type ProblemResource = z.output<typeof problem>;
