/**
 * What a push brings back without its author's knowing: changes that a person took back from everybody, and that
 * what was pushed contains. It is told, and nothing is refused: a fix on top of a change contains it too.
 */
import { some } from "#std";
import type { BroughtCommit, Change, ContainedChange, ObjectId, ReleaseId } from "#domain";
import { changesContained, changesTakenBack } from "./limits.ts";
import type { DeliveryPorts } from "./ports.ts";

interface Pushed {
  readonly app: Change["app"];
  readonly commit: ObjectId;
  /** What users have; absent: nothing yet, and then nothing was taken back either. */
  readonly live: ReleaseId | undefined;
}

/** Newest first, and at most `changesContained`. Git is asked only where something was taken back at all. */
export async function containedAgain(
  { app, commit, live }: Pushed,
  { store, repositories }: Pick<DeliveryPorts, "store" | "repositories">,
): Promise<readonly ContainedChange[]> {
  if (live === undefined) return [];
  const taken = await store.changes({
    app,
    state: "rolled_back",
    onlyTakenFromAll: true,
    limit: changesTakenBack,
  });
  if (taken.length === 0) return [];
  const release = (await store.get("release", live))?.body;
  const served = release && (await store.get("change", release.change))?.body;
  if (served === undefined) return [];
  const brought = await repositories.brought(app, served.commit, commit);
  return containedIn(taken, brought);
}

/** Of the changes that were taken back those that are brought and not undone. Pure. */
export function containedIn(
  taken: readonly Change[],
  brought: readonly BroughtCommit[],
): readonly ContainedChange[] {
  const undoing = new Map<ObjectId, ObjectId[]>();
  for (const { commit, reverts } of brought) {
    for (const each of reverts) undoing.set(each, [...(undoing.get(each) ?? []), commit]);
  }
  const known = new Map<ObjectId, boolean>();
  /** Whether a commit undoes it that is not undone itself; each is asked once, whatever messages claim. */
  const isUndone = (commit: ObjectId): boolean => {
    const before = known.get(commit);
    if (before !== undefined) return before;
    known.set(commit, false);
    const is = (undoing.get(commit) ?? []).some((each) => !isUndone(each));
    known.set(commit, is);
    return is;
  };
  const has = new Map(brought.map(({ commit, isMerge }) => [commit, isMerge]));
  const told = new Map<ObjectId, ContainedChange>();
  for (const { id, commit, subject, takenBackBy: by, finishedAt } of taken) {
    if (by === undefined || told.has(commit) || !has.has(commit) || isUndone(commit)) continue;
    told.set(commit, {
      change: id,
      commit,
      ...(has.get(commit) === true ? { isMerge: true } : {}),
      subject,
      by: by.name,
      reason: by.reason,
      ...some("at", finishedAt),
    });
  }
  return [...told.values()].slice(0, changesContained);
}
