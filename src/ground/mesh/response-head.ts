/** Parses the head of a response; pure. Whatever two readers could read differently is refused. */
import { connectionTokens, responseHeaderKind, type HeaderKind } from "./headers.ts";
import { limits } from "./limits.ts";

export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  /** Name, value, name, value: what goes on to the client. */
  readonly headers: string[];
  readonly body: "none" | "length" | "chunked" | "until_close";
  readonly bodyBytes: number;
  readonly isKeepAlive: boolean;
  /** How long the app says it will keep the connection idle. */
  readonly idleMs: number | undefined;
}

interface Fields {
  headers: string[];
  connection: string;
  keepAlive: string | undefined;
  contentLength: string | undefined;
  transferEncoding: string | undefined;
  isValid: boolean;
}

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: (.*))?$/;
// No control characters but tab inside values; a lone CR or LF cannot be part of a line.
const forbidden = /[^\t\x20-\x7e\x80-\xff]/;

/** `text` is latin1, without the empty line at its end. */
export function parseResponseHead(text: string, isHead: boolean): ResponseHead | undefined {
  const firstEnd = text.indexOf("\r\n");
  const match = statusLine.exec(firstEnd === -1 ? text : text.slice(0, firstEnd));
  if (match === null) return undefined;
  const [, minor, statusText, reason = ""] = match;
  const fields = readFields(text, firstEnd);
  if (!fields.isValid || forbidden.test(reason)) return undefined;
  const status = Number(statusText);
  const body = parseBody(fields, { status, isHead, isOld: minor === "0" });
  if (body === undefined) return undefined;
  const connection = fields.connection === "" ? "" : fields.connection.toLowerCase();
  const named = connectionTokens(connection);
  return {
    status,
    reason,
    headers: named.length === 0 ? fields.headers : without(fields.headers, named),
    ...body,
    isKeepAlive: minor === "1" && body.body !== "until_close" && !connection.includes("close"),
    idleMs: parseIdleMs(fields.keepAlive),
  };
}

function readFields(text: string, firstEnd: number): Fields {
  const fields: Fields = {
    headers: [],
    connection: "",
    keepAlive: undefined,
    contentLength: undefined,
    transferEncoding: undefined,
    isValid: true,
  };
  let at = firstEnd === -1 ? text.length : firstEnd + 2;
  while (at < text.length && fields.isValid) {
    const lineEnd = text.indexOf("\r\n", at);
    const end = lineEnd === -1 ? text.length : lineEnd;
    const colon = text.indexOf(":", at);
    if (colon === -1 || colon >= end) return { ...fields, isValid: false };
    readField(fields, text.slice(at, colon), trimmed(text, colon + 1, end));
    at = end + 2;
  }
  if (fields.headers.length > limits.responseHeadersMax * 2) fields.isValid = false;
  return fields;
}

/** Only spaces and tabs: `trim` takes more for white space than other parsers do. */
function trimmed(text: string, from: number, to: number): string {
  let [start, end] = [from, to];
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function readField(fields: Fields, name: string, value: string): void {
  if (forbidden.test(value)) fields.isValid = false;
  const kind = responseHeaderKind(name);
  if (kind === "forward") fields.headers.push(name, value);
  else if (kind === "connection") {
    fields.connection = fields.connection === "" ? value : `${fields.connection},${value}`;
  } else if (kind === "invalid") fields.isValid = false;
  else if (kind === "drop" && name.toLowerCase() === "keep-alive") fields.keepAlive = value;
  else readFraming(fields, kind, value);
}

function readFraming(fields: Fields, kind: HeaderKind, value: string): void {
  if (kind === "content-length") {
    // Two that agree are one (RFC 9110, 8.6); two that differ are a smuggler.
    fields.isValid &&= fields.contentLength === undefined || fields.contentLength === value;
    fields.contentLength = value;
  } else if (kind === "transfer-encoding") {
    fields.isValid &&= fields.transferEncoding === undefined;
    fields.transferEncoding = value.toLowerCase();
  }
}

function parseBody(
  fields: Fields,
  about: { readonly status: number; readonly isHead: boolean; readonly isOld: boolean },
): Pick<ResponseHead, "body" | "bodyBytes"> | undefined {
  const { contentLength, transferEncoding, headers } = fields;
  const { status } = about;
  if (isAmbiguous(fields, about.isOld)) return undefined;
  const isBodiless = about.isHead || status < 200 || status === 204 || status === 304;
  if (contentLength !== undefined && status !== 204) {
    headers.push("content-length", String(Number(contentLength)));
  }
  if (isBodiless) return { body: "none", bodyBytes: 0 };
  if (transferEncoding !== undefined) return { body: "chunked", bodyBytes: 0 };
  if (contentLength === undefined) return { body: "until_close", bodyBytes: 0 };
  const bodyBytes = Number(contentLength);
  return bodyBytes === 0 ? { body: "none", bodyBytes } : { body: "length", bodyBytes };
}

function isAmbiguous({ contentLength, transferEncoding }: Fields, isOld: boolean): boolean {
  if (transferEncoding === undefined) {
    return contentLength !== undefined && !/^\d{1,15}$/.test(contentLength);
  }
  return contentLength !== undefined || transferEncoding !== "chunked" || isOld;
}

function parseIdleMs(keepAlive: string | undefined): number | undefined {
  if (keepAlive === undefined) return undefined;
  const seconds = /(?:^|[,\s])timeout=(\d{1,6})/.exec(keepAlive)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

function without(headers: readonly string[], named: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const [name = "", value = ""] = [headers[index], headers[index + 1]];
    if (!named.includes(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
