import assert from "node:assert/strict";
import { test } from "node:test";
import type { CaseState, ChangeId, ObjectId, TestReport } from "#domain";
import { caseHistories, compareTests, type TestRun } from "./test-results.ts";

type Results = Readonly<Record<string, CaseState>>;

function reportOf(results: Results): TestReport {
  const cases = Object.entries(results).map(([name, state]) => ({
    name,
    state,
    ...(state === "failed" ? { message: `${name} broke` } : {}),
  }));
  const failed = cases.filter(({ state }) => state === "failed").length;
  return {
    outcome: failed > 0 ? "failed" : "passed",
    source: "tap",
    counts: { passed: cases.length - failed, failed, skipped: 0 },
    cases,
    isCached: false,
    durationMs: 1,
  };
}

/** Newest first; each on a tree of its own unless one is named. */
function runs(...all: readonly (readonly [results: Results, tree?: string])[]): readonly TestRun[] {
  return all.map(([results, tree], index) => ({
    /* oxlint-disable typescript/no-unsafe-type-assertion -- ids of which only equality matters */
    change: {
      id: `chg_${index}` as ChangeId,
      commit: `${index}` as ObjectId,
      tree: (tree ?? `tree ${index}`) as ObjectId,
      subject: `Change ${index}`,
    },
    /* oxlint-enable typescript/no-unsafe-type-assertion */
    at: 100 - index,
    report: reportOf(results),
  }));
}

function compared(...all: readonly (readonly [results: Results, tree?: string])[]) {
  const [run, ...earlier] = runs(...all);
  assert.ok(run !== undefined);
  return compareTests(run.report, run, earlier);
}

test("tests: failed cases come first, and each says what became of it since the last pass", () => {
  const { cases, gone, lastPass } = compared(
    [{ same: "passed", broke: "failed", fresh: "passed" }],
    [{ same: "failed" }],
    [{ same: "passed", broke: "passed", old: "passed" }],
  );
  assert.deepEqual(
    cases.map(({ name, since }) => [name, since]),
    [
      ["broke", "newly_failing"],
      ["same", undefined],
      ["fresh", "new"],
    ],
  );
  assert.deepEqual(gone, ["old"]);
  assert.equal(lastPass?.change.subject, "Change 2");
});

test("tests: without a run that passed nothing is compared", () => {
  const { cases, gone, lastPass } = compared([{ a: "failed" }], [{ a: "failed", b: "failed" }]);
  assert.deepEqual(
    cases.map(({ since }) => since),
    [undefined],
  );
  assert.deepEqual([gone, lastPass], [[], undefined]);
});

test("tests: a case is flaky when one tree gave both results, and not when two trees did", () => {
  assert.equal(compared([{ a: "failed" }, "t"], [{ a: "passed" }, "t"]).cases[0]?.isFlaky, true);
  assert.equal(compared([{ a: "failed" }, "t"], [{ a: "passed" }, "u"]).cases[0]?.isFlaky, false);
  assert.equal(compared([{ a: "skipped" }, "t"], [{ a: "passed" }, "t"]).cases[0]?.isFlaky, false);
});

test("history: of each case that ever failed, its results newest first and how often it turned", () => {
  const histories = caseHistories(
    runs(
      [{ a: "passed", b: "passed", c: "passed" }, "t"],
      [{ a: "failed", b: "failed" }, "u"],
      [{ a: "passed", b: "failed" }, "u"],
    ),
  );
  assert.deepEqual(
    histories.map(({ name, results, failed, turned, isFlaky }) => [
      name,
      results,
      failed,
      turned,
      isFlaky,
    ]),
    [
      ["a", ["passed", "failed", "passed"], 1, 2, true],
      ["b", ["passed", "failed", "failed"], 2, 1, false],
    ],
  );
  assert.equal(histories[0]?.message, "a broke");
});
