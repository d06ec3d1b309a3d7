/** Whose outcome a way back turns: of the app's changes, which are taken away by it and which are live again. Pure. */
import type { Change, Stored } from "#domain";

export interface Turned {
  /** Older than what was live: users lose the live change, and `takenBack` with it. */
  readonly isBack: boolean;
  /** Those between the two that everybody had. */
  readonly takenBack: readonly Stored<Change>[];
  /** What the way leads to, unless it was live all the while, and what was taken back after it and is older. */
  readonly restored: readonly Stored<Change>[];
}

/**
 * `changes` are the app's, newest first, all down to the older of the two; `from` is the change that was live, `to` the
 * one that is now. A change contains those that were pushed before it, so a way to an older one leads behind all that
 * lie between.
 */
export function turnedChanges(
  changes: readonly Stored<Change>[],
  { from, to }: { readonly from: Change["id"]; readonly to: Change["id"] },
): Turned {
  if (from === to) return { isBack: false, takenBack: [], restored: [] };
  const fromAt = placeOf(changes, from);
  const toAt = placeOf(changes, to);
  const target = changes[toAt];
  const between = changes.slice(Math.min(fromAt, toAt) + 1, Math.max(fromAt, toAt));
  const isBack = fromAt < toAt;
  const isTaken = target?.body.state === "rolled_back";
  return {
    isBack,
    takenBack: isBack ? between.filter(({ body }) => body.state === "live") : [],
    restored: [
      ...(target !== undefined && isTaken ? [target] : []),
      ...(isBack ? [] : between.filter(({ body }) => wentWith(body, target?.body))),
    ],
  };
}

/** One that is not kept is older than all that are. */
function placeOf(changes: readonly Stored<Change>[], id: Change["id"]): number {
  const place = changes.findIndex((each) => each.id === id);
  return place < 0 ? changes.length : place;
}

/** Whether a person took it away at the same time as what is live again, or later. */
function wentWith({ state, takenBackBy, finishedAt = 0 }: Change, target?: Change): boolean {
  const wasLive = state === "rolled_back" && takenBackBy?.wasLive === true;
  return wasLive && finishedAt >= (target?.finishedAt ?? Infinity);
}
