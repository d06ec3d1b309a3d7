/** Which failures this version has and the one before did not at the same time, with an example each. Pure. */
import type { StoryResource } from "#faces/api/contract";

export type Failure = StoryResource["failures"][number];

export interface NewFailure {
  readonly example: Failure;
  /** Among the failures that were kept, which are not all there were. */
  readonly times: number;
}

/** By method, path and what came back; the query is the visitor's own. Most frequent first. */
export function newFailures(failures: readonly Failure[]): readonly NewFailure[] {
  const before = new Set(failures.filter(({ arm }) => arm === "baseline").map(kindOf));
  const found = new Map<string, NewFailure>();
  for (const failure of failures) {
    const kind = kindOf(failure);
    if (failure.arm === "baseline" || before.has(kind)) continue;
    found.set(kind, { example: failure, times: (found.get(kind)?.times ?? 0) + 1 });
  }
  return [...found.values()].toSorted((a, b) => b.times - a.times);
}

function kindOf({ method, path, status, failure }: Failure): string {
  return `${method} ${path.split("?")[0] ?? ""} ${status ?? failure ?? ""}`;
}
