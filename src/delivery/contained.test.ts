/** What comes back with a push: told once, and not where the author has undone it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type BroughtCommit,
  type Change,
  type Documents,
  type ObjectId,
  parseObjectId,
  type Repositories,
} from "#domain";
import { createTestDatabase } from "#ground/storage/testing";
import { containedAgain, containedIn } from "./contained.ts";
import { changesTakenBack } from "./limits.ts";
import { app, aRelease, baseline } from "./plot.testing.ts";

function oid(letter: string): ObjectId {
  const parsed = parseObjectId(letter.repeat(40));
  assert.ok(parsed.ok);
  return parsed.value;
}

/* oxlint-disable typescript/no-unsafe-type-assertion -- of a change what is looked at */
const taken = (letter: string): Change =>
  ({
    id: `chg_${letter}`,
    commit: oid(letter),
    subject: `Say ${letter}`,
    takenBackBy: { name: "ana", reason: "loses orders", wasLive: true },
    finishedAt: 5,
  }) as Change;

const brings = (letter: string, ...reverts: readonly string[]): BroughtCommit => ({
  commit: oid(letter),
  isMerge: false,
  reverts: reverts.map(oid),
});

// oxfmt-ignore
const cases: readonly (readonly [string, readonly BroughtCommit[], readonly string[]])[] = [
  ["a fix on top of it contains it",              [brings("f"), brings("c")],                                     ["c"]],
  ["what does not contain it says nothing",       [brings("f")],                                                  []],
  ["what reverts it says nothing",                [brings("f"), brings("e", "c"), brings("c")],                   []],
  ["what reverts the revert contains it again",   [brings("f", "e"), brings("e", "c"), brings("c")],              ["c"]],
  ["reverted once more it is gone again",         [brings("a", "f"), brings("f", "e"), brings("e", "c"), brings("c")], []],
  ["each is told, the newest first",              [brings("d"), brings("c")],                                     ["d", "c"]],
  ["one of two is reverted",                      [brings("f", "d"), brings("d"), brings("c")],                   ["c"]],
];
for (const [claim, brought, expected] of cases) {
  test(`contained: ${claim}`, () => {
    const told = containedIn([taken("d"), taken("c"), taken("c")], brought);
    assert.deepEqual(
      told.map(({ change }) => change),
      expected.map((letter) => `chg_${letter}`),
    );
  });
}

test("contained: of a merge it is said that it is one", () => {
  const told = containedIn(
    [taken("d"), taken("c")],
    [{ ...brings("d"), isMerge: true }, brings("c")],
  );
  assert.deepEqual(
    told.map(({ isMerge }) => isMerge),
    [true, undefined],
  );
});

test("contained: messages that claim to undo everything are looked through once", () => {
  const letters = ["0", "1", "2", "3", "c", "d", "e", "f"];
  const all = Array.from({ length: 400 }, (_, index) => {
    const parsed = parseObjectId(index.toString(16).padStart(40, "0"));
    assert.ok(parsed.ok);
    return parsed.value;
  });
  const brought = all.map((commit) => ({
    commit,
    isMerge: false,
    reverts: all.filter((each) => each !== commit),
  }));
  const told = containedIn(letters.map(taken), [
    ...brought,
    ...letters.map((each) => brings(each)),
  ]);
  assert.equal(told.length, 3, "and of many the first few are told");
});

test("contained: what a person took back is told, however much was taken away for harm since", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  const put = async (change: Change) => {
    const body = { ...change, app, state: "rolled_back" } as Documents["change"];
    await store.commit({ documents: [{ kind: "change", id: body.id, app, body }] });
  };
  await put(taken("c"));
  for (let index = 0; index <= changesTakenBack; index += 1) {
    const { takenBackBy: _none, ...harmful } = taken("d");
    await put({ ...harmful, id: `chg_d${index}` } as Change);
  }
  const release = aRelease(baseline, 1, "live");
  await store.commit({
    documents: [{ kind: "release", id: release.id, app, body: release }],
  });
  await put({ ...taken("b"), id: release.change });
  const brought = [brings("f"), brings("d"), brings("c")];
  const repositories = { brought: async () => await Promise.resolve(brought) };
  const pushed = { app, commit: oid("f"), live: release.id };
  const told = await containedAgain(pushed, {
    store,
    repositories: repositories as unknown as Repositories,
  });
  assert.deepEqual(
    told.map(({ change }) => change),
    ["chg_c"],
  );
});
