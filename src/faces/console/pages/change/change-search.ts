/** What a link to a change can say. Pure. */
export interface ChangeSearch {
  /** Which log is open. */
  readonly log?: "build" | "test";
}

export function changeSearch({ log }: Record<string, unknown>): ChangeSearch {
  return log === "build" || log === "test" ? { log } : {};
}
