/** What this room throws, and how what `pg` throws is sorted: worth another attempt, or not. */

/**
 * The database could not be reached, or went away in between, for longer than the store's own retries.
 * The outcome of a write that ends with this is unknown until it is read back.
 */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
  readonly code = "unavailable";
  readonly isRetryable = true;
  readonly retryAfterMs: number;
  constructor(reason: string, retryAfterMs: number, cause: unknown) {
    super(`the database is not available: ${reason}`, { cause });
    this.retryAfterMs = retryAfterMs;
  }
}

export type FailureKind =
  /** The connection was lost or refused: whether a commit took effect is not known. */
  | "away"
  /** The server rolled back because of other transactions (deadlock, serialization). */
  | "collided"
  /** The server refused for lack of disk, memory or connections. */
  | "exhausted"
  /** A statement took longer than `statementTimeoutMs`: it would again. */
  | "slow"
  /** A mistake in the query or its data: another attempt gives the same. */
  | "terminal";

const awayCodes = new Set([
  // Node: nobody listens, the socket file is gone, the peer died.
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "ENOENT",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
  // PostgreSQL: shut down by an administrator, crashed, not yet accepting connections, idle time-outs.
  "57P01",
  "57P02",
  "57P03",
  "57P05",
  "25P03",
]);
const collidedCodes = new Set(["40001", "40P01", "55P03"]);
// `pg` gives these without a code.
const awayMessages =
  /connection terminated|not queryable|timeout exceeded when trying to connect|query read timeout|connection error/i;

/** Sorts what a query threw. */
export function failureKind(error: unknown): FailureKind {
  if (!(error instanceof Error)) return "terminal";
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (awayCodes.has(code) || code.startsWith("08")) return "away";
  if (collidedCodes.has(code)) return "collided";
  if (code === "57014") return "slow";
  if (code.startsWith("53")) return "exhausted";
  return code === "" && awayMessages.test(error.message) ? "away" : "terminal";
}
