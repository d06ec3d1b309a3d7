import assert from "node:assert/strict";
import { test } from "node:test";
import { newId, type JournalEntry, type UserPlace } from "#domain";
import { inSince } from "./in-since.ts";

const rollout = newId("rol", () => 0.3);
const other = newId("rol", () => 0.6);
const release = newId("rel", () => 0.3);

function moved(at: number, to: number, of = rollout): JournalEntry {
  const data = { rollout: of, from: 0, to, because: "", verdict: {}, totals: {} };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only what is read of it
  return { type: "dev.tidegate.rollout.exposure_changed", at, data } as unknown as JournalEntry;
}
function entered(at: number, kind: string): JournalEntry {
  const data = { rollout, step: 1, steps: 2, kind, title: "", because: "" };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only what is read of it
  return { type: "dev.tidegate.rollout.step_entered", at, data } as unknown as JournalEntry;
}
type Decided = Exclude<UserPlace, { readonly by: "everybody" }>;
const bucket = (at: number, arm: "baseline" | "candidate"): Decided => ({
  by: "chance",
  bucket: at,
  exposure: 0,
  isFresh: false,
  arm,
  release,
  label: "v2",
});
const byRule: Decided = { by: "rule", rule: 0, arm: "candidate", release, label: "v2" };
const grown = [moved(10, 100), moved(20, 500), moved(30, 2_500)];

// oxfmt-ignore
const cases: readonly (readonly [string, Decided, readonly JournalEntry[], number | undefined])[] = [
  ["in from the first move that reached it",       bucket(99, "candidate"),   grown,                            10],
  ["the bucket at the edge comes with the next",   bucket(100, "candidate"),  grown,                            20],
  ["not in since the beginning",                   bucket(2_500, "baseline"), grown,                            0],
  ["taken out again since then",                   bucket(50, "baseline"),    [...grown, moved(40, 0)],         40],
  ["in again since the last time",                 bucket(50, "candidate"),   [...grown, moved(40, 0), moved(50, 100)], 50],
  ["another rollout's moves say nothing",          bucket(50, "baseline"),    [moved(10, 100, other)],          0],
  ["what the journal does not say yet is not said", bucket(9_000, "candidate"), grown,                          undefined],
  ["by rule since its users were let in",          byRule,                    [entered(5, "shadow"), entered(9, "cohorts")], 9],
  ["by rule, and not told of",                     byRule,                    grown,                            undefined],
];
for (const [claim, place, entries, expected] of cases) {
  test(`since when: ${claim}`, () =>
    assert.equal(inSince(place, { rollout, startedAt: 0, entries }), expected));
}
