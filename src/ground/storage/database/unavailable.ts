import type { Unavailable } from "#domain";

/** The one form in which this room tells that there is no database, and why. */
export function unavailable(reason: string): Unavailable {
  return { code: "unavailable", what: "database", reason, retryAfterMs: 1_000 };
}
