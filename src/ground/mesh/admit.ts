/**
 * Strict reading of a request head: either it means exactly one thing to us and to every app behind
 * us, or it is refused. llhttp has parsed it in strict mode before (bare LF, obs-fold, spaces in
 * names, Content-Length beside Transfer-Encoding are gone by then); this is what it leaves open.
 */
import { connectionTokens, requestHeaderKind } from "./headers.ts";
import { limits } from "./limits.ts";

export interface RequestHead {
  readonly method: string;
  readonly url: string;
  readonly httpVersion: string;
  readonly rawHeaders: readonly string[];
}

export interface Admitted {
  readonly kind: "admitted";
  /** Lower case, without port. */
  readonly host: string;
  /** The Host field as received: apps build their links from it. */
  readonly authority: string;
  /** Origin form, or `*`. */
  readonly path: string;
  readonly cookie: string;
  readonly body: "none" | "length" | "chunked";
  readonly bodyBytes: number;
  /** The fields to forward, `name: value\r\n` each. */
  readonly lines: string;
}

export interface Refused {
  readonly kind: "refused";
  readonly status: number;
  readonly why: string;
}

interface Fields {
  host: string | undefined;
  hosts: number;
  cookie: string;
  connection: string;
  contentLength: string | undefined;
  transferEncoding: string | undefined;
  lines: string;
  hasInvalidName: boolean;
}

export function admit(head: RequestHead): Admitted | Refused {
  const fields = readFields(head.rawHeaders);
  if (fields.hasInvalidName)
    return refused(400, "a header name has a character that is not allowed");
  if (head.rawHeaders.length / 2 > limits.requestHeadersMax) {
    return refused(431, `more than ${limits.requestHeadersMax} header fields`);
  }
  if (fields.hosts !== 1) return refused(400, "exactly one Host field is needed");
  const host = parseHost(fields.host ?? "");
  if (host === undefined) return refused(400, "the Host field is not a host name");
  const path = parseTarget(head, fields.host ?? "");
  if (path === undefined) return refused(400, "the request target is not a path on this host");
  const body = parseBody(head, fields);
  if ("kind" in body) return body;
  const named = connectionTokens(fields.connection);
  return {
    kind: "admitted",
    host,
    authority: fields.host ?? "",
    path,
    cookie: fields.cookie,
    ...body,
    lines: named.length === 0 ? fields.lines : linesWithout(head.rawHeaders, named),
  };
}

function readFields(rawHeaders: readonly string[]): Fields {
  const fields: Fields = {
    host: undefined,
    hosts: 0,
    cookie: "",
    connection: "",
    contentLength: undefined,
    transferEncoding: undefined,
    lines: "",
    hasInvalidName: false,
  };
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    const value = rawHeaders[index + 1] ?? "";
    const kind = requestHeaderKind(name);
    if (kind === "forward") fields.lines += `${name}: ${value}\r\n`;
    else if (kind === "host") {
      fields.host = value;
      fields.hosts += 1;
    } else if (kind !== "drop") readSpecial(fields, kind, value);
  }
  if (fields.cookie !== "") fields.lines += `cookie: ${fields.cookie}\r\n`;
  return fields;
}

function readSpecial(fields: Fields, kind: string, value: string): void {
  switch (kind) {
    case "cookie":
      fields.cookie = fields.cookie === "" ? value : `${fields.cookie}; ${value}`;
      return;
    case "connection":
      fields.connection = fields.connection === "" ? value : `${fields.connection},${value}`;
      return;
    case "content-length":
      // A repeat, even of the same number, becomes something that is no number.
      fields.contentLength = fields.contentLength === undefined ? value : "repeated";
      return;
    case "transfer-encoding":
      fields.transferEncoding = fields.transferEncoding === undefined ? value : "repeated";
      return;
    case "invalid":
      fields.hasInvalidName = true;
  }
}

type Body = Pick<Admitted, "body" | "bodyBytes">;

function parseBody(head: RequestHead, fields: Fields): Body | Refused {
  const { contentLength, transferEncoding } = fields;
  if (transferEncoding !== undefined) {
    if (contentLength !== undefined || head.httpVersion !== "1.1") {
      return refused(400, "the length of the body is ambiguous");
    }
    if (transferEncoding.toLowerCase() !== "chunked") {
      return refused(501, "the only transfer coding understood is chunked");
    }
    return { body: "chunked", bodyBytes: 0 };
  }
  if (contentLength === undefined) return { body: "none", bodyBytes: 0 };
  if (!/^\d{1,15}$/.test(contentLength)) return refused(400, "Content-Length is not one number");
  const bodyBytes = Number(contentLength);
  if (bodyBytes > limits.requestBodyBytesMax) {
    return refused(413, `the body is larger than ${limits.requestBodyBytesMax} bytes`);
  }
  return { body: "length", bodyBytes };
}

const hostPattern =
  /^(?:[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;
const hosts = new Map<string, string>();
const hostsMax = 1000;

function parseHost(authority: string): string | undefined {
  const known = hosts.get(authority);
  if (known !== undefined) return known;
  if (!hostPattern.test(authority)) return undefined;
  const host = authority.replace(/:\d+$/, "").toLowerCase();
  if (hosts.size < hostsMax) hosts.set(authority, host);
  return host;
}

// Visible ASCII without `#`: a fragment has no place in a request, so apps would disagree about it.
const pathPattern = /^\/[\x21\x22\x24-\x7e]*$/;

function parseTarget(head: RequestHead, authority: string): string | undefined {
  const { url } = head;
  if (pathPattern.test(url)) return url;
  if (url === "*" && head.method === "OPTIONS") return url;
  // Absolute form is for proxies; it must name the host that Host names (RFC 9112, 3.2.2).
  const match = /^https?:\/\/([^/?#]+)(\/.*)?$/i.exec(url);
  if (match === null || match[1]?.toLowerCase() !== authority.toLowerCase()) return undefined;
  const path = match[2] ?? "/";
  return pathPattern.test(path) ? path : undefined;
}

function linesWithout(rawHeaders: readonly string[], named: readonly string[]): string {
  let lines = "";
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    const kind = requestHeaderKind(name);
    if (kind !== "forward" && kind !== "cookie") continue;
    if (!named.includes(name.toLowerCase())) lines += `${name}: ${rawHeaders[index + 1] ?? ""}\r\n`;
  }
  return lines;
}

function refused(status: number, why: string): Refused {
  return { kind: "refused", status, why };
}
