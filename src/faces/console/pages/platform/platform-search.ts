/** What a link to the platform's page can say. Pure. */
import { some } from "#std";

export const platformViews = [
  "machine",
  "people",
  "tokens",
  "audit",
  "storage",
  "delivery",
] as const;
export type PlatformView = (typeof platformViews)[number];

export interface PlatformSearch {
  /** Absent: the first that the reader may see. */
  readonly view?: PlatformView;
  /** Of the audit log: only entries before this one, so that a link stays where it leads. */
  readonly before?: number;
  /** Whose roles are looked at: `ana`, or `team:ops`. A sign-in on the way comes back to them. */
  readonly roles?: string;
  /** Which team's members are looked at, for the same reason. */
  readonly members?: string;
}

/** Reads an address; what makes no sense is left out, as if it had not been written. */
export function platformSearch({
  view,
  before,
  roles,
  members,
}: Record<string, unknown>): PlatformSearch {
  const known = platformViews.find((one) => one === view);
  const isPlace = typeof before === "number" && Number.isSafeInteger(before) && before > 0;
  return {
    ...(known === undefined ? {} : { view: known }),
    ...(isPlace ? { before } : {}),
    ...(known === "people" ? { ...worded("roles", roles), ...worded("members", members) } : {}),
  };
}

function worded<K extends string>(key: K, value: unknown): { readonly [P in K]?: string } {
  return some(key, typeof value === "string" && value !== "" ? value : undefined);
}
