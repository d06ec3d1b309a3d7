/** What a link to an app's page can say. Pure. */
export const appViews = [
  "releases",
  "logs",
  "configuration",
  "domains",
  "tests",
  "delivery",
] as const;
export type AppView = (typeof appViews)[number];

export interface AppSearch {
  /** Absent: releases. */
  readonly view?: Exclude<AppView, "releases">;
  /** Numbers of the two releases that are compared. */
  readonly from?: number;
  readonly to?: number;
  /** Whose log. */
  readonly instance?: string;
  readonly line?: number;
}

/** Reads an address; what makes no sense is left out, as if it had not been written. */
export function appSearch(given: Record<string, unknown>): AppSearch {
  const { view, from, to, instance, line } = given;
  const known = appViews.find((one) => one === view);
  return {
    ...(known === undefined || known === "releases" ? {} : { view: known }),
    ...(isNumber(from) && isNumber(to) ? { from, to } : {}),
    ...(typeof instance === "string" && /^ins_\w{1,40}$/.test(instance) ? { instance } : {}),
    ...(isNumber(line) ? { line } : {}),
  };
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}
