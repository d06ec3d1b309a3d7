/** What a link to a change can say. Pure. */
export interface ChangeSearch {
  /** Which log is open. */
  readonly log?: "build" | "test";
  /** Which of its lines is meant, counted from 1. */
  readonly line?: number;
}

export function changeSearch({ log, line }: Record<string, unknown>): ChangeSearch {
  const number = Number(line);
  return {
    ...(log === "build" || log === "test" ? { log } : {}),
    ...(Number.isSafeInteger(number) && number > 0 ? { line: number } : {}),
  };
}
