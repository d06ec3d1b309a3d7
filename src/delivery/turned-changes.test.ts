/** Of changes 4 (newest) to 1: whose outcome a way back from one to another turns. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseId, type Change, type ChangeState, type Stored } from "#domain";
import { sure } from "#std/testing";
import { aChange } from "./plot.testing.ts";
import { turnedChanges } from "./turned-changes.ts";

const idOf = (n: number) => sure(parseId("chg", `chg_00000000000${n}`));

/** L: everybody has it. A, B: taken back by a way back at 10 or 20. R: by its rollout, at 5. S: superseded. */
const states: Readonly<Record<string, Partial<Change> & { readonly state: ChangeState }>> = {
  L: { state: "live" },
  A: {
    state: "rolled_back",
    finishedAt: 10,
    takenBackBy: { name: "ana", reason: "", wasLive: true },
  },
  B: {
    state: "rolled_back",
    finishedAt: 20,
    takenBackBy: { name: "ana", reason: "", wasLive: true },
  },
  R: { state: "rolled_back", finishedAt: 5 },
  S: { state: "superseded" },
};

function changes(letters: string): readonly Stored<Change>[] {
  return Array.from(letters, (letter, index) => {
    const id = idOf(letters.length - index);
    return { id, version: 1, body: { ...aChange, id, ...states[letter] } };
  });
}

// oxfmt-ignore
const cases: readonly (readonly [string, string, number, number, { back: boolean; away?: readonly number[]; again?: readonly number[] }])[] = [
  ["a step back takes one away",                      "LLL",  3, 2, { back: true }],
  ["two steps take what lies between with it",        "LLL",  3, 1, { back: true,  away: [2] }],
  ["what nobody had lies there untouched",            "LSRL", 4, 1, { back: true }],
  ["the way to what was taken away brings it back",   "AL",   1, 2, { back: false, again: [2] }],
  ["and with it what went at the same time",          "AAL",  1, 3, { back: false, again: [3, 2] }],
  ["or after it, step by step",                       "ABL",  1, 3, { back: false, again: [3, 2] }],
  ["but not what was taken away before it came",      "BAL",  1, 3, { back: false, again: [3] }],
  ["nor what its rollout took away",                  "ARL",  1, 3, { back: false, again: [3] }],
  ["back to one that was taken away brings it back",  "LAL",  3, 2, { back: true,  again: [2] }],
  ["one that is not known any more is the oldest",    "LL",   2, 9, { back: true,  away: [1] }],
  ["the same change, configured otherwise, is itself", "LL",  2, 2, { back: false }],
];
for (const [claim, letters, from, to, { back, away = [], again = [] }] of cases) {
  test(`way back: ${claim}`, () => {
    const turned = turnedChanges(changes(letters), { from: idOf(from), to: idOf(to) });
    assert.equal(turned.isBack, back);
    assert.deepEqual(
      turned.takenBack.map(({ id }) => id),
      away.map(idOf),
    );
    assert.deepEqual(
      turned.restored.map(({ id }) => id),
      again.map(idOf),
    );
  });
}
