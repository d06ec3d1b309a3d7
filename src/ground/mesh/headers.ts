/**
 * What becomes of each header field on its way through. Names are classified once and remembered by
 * their spelling, so that the usual request costs one map look-up per field.
 */
import { flat } from "./flat.ts";

export type HeaderKind =
  | "forward"
  /** Hop-by-hop, or a claim only we may make. */
  | "drop"
  | "host"
  | "cookie"
  | "connection"
  | "content-length"
  | "transfer-encoding"
  | "upgrade"
  | "invalid";

const special: ReadonlyMap<string, HeaderKind> = new Map<string, HeaderKind>([
  ["host", "host"],
  ["cookie", "cookie"],
  ["connection", "connection"],
  ["content-length", "content-length"],
  ["transfer-encoding", "transfer-encoding"],
  ["upgrade", "upgrade"],
  ["keep-alive", "drop"],
  ["proxy-connection", "drop"],
  ["proxy-authenticate", "drop"],
  ["proxy-authorization", "drop"],
  ["te", "drop"],
  // The edge itself answers an expectation, with 100 or with the refusal.
  ["expect", "drop"],
  ["http2-settings", "drop"],
  ["forwarded", "drop"],
  ["x-real-ip", "drop"],
  ["x-request-id", "drop"],
]);
const spoofed = /^(?:x-forwarded-|x-tidegate-|tidegate-)/;
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const namesMax = 2000;
const nameCharsMax = 64;
const nothing: readonly string[] = [];

const requestKinds = new Map<string, HeaderKind>();
const responseKinds = new Map<string, HeaderKind>();

export function requestHeaderKind(name: string): HeaderKind {
  return requestKinds.get(name) ?? remember(requestKinds, name, classifyRequestHeader(name));
}

export function responseHeaderKind(name: string): HeaderKind {
  return responseKinds.get(name) ?? remember(responseKinds, name, classifyResponseHeader(name));
}

/** Names listed in a Connection field, lower case, without those the edge deals with anyway. */
export function connectionTokens(value: string): readonly string[] {
  if (value === "" || value === "keep-alive" || value === "close") return nothing;
  return value
    .toLowerCase()
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "" && part !== "keep-alive" && part !== "close");
}

function classifyRequestHeader(name: string): HeaderKind {
  if (!token.test(name)) return "invalid";
  const lower = name.toLowerCase();
  // Many app servers turn `-` into `_`, so X_Forwarded_For would reach an app as X-Forwarded-For.
  const asSeenByApps = lower.replaceAll("_", "-");
  if (spoofed.test(asSeenByApps)) return "drop";
  if (asSeenByApps !== lower && special.has(asSeenByApps)) return "drop";
  return special.get(lower) ?? "forward";
}

function classifyResponseHeader(name: string): HeaderKind {
  if (!token.test(name)) return "invalid";
  const lower = name.toLowerCase();
  const kind = special.get(lower);
  const isFraming = kind === "connection" || kind === "content-length";
  if (isFraming || kind === "transfer-encoding" || kind === "upgrade") return kind;
  return lower === "keep-alive" || lower === "proxy-connection" ? "drop" : "forward";
}

function remember(kinds: Map<string, HeaderKind>, name: string, kind: HeaderKind): HeaderKind {
  if (name.length > nameCharsMax) return kind;
  // Strangers choose names: whoever fills this must not push out the usual ones for ever.
  if (kinds.size >= namesMax) kinds.clear();
  kinds.set(flat(name), kind);
  return kind;
}
