import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { TestCase } from "#domain";
import { readGoEvents } from "./go-json.ts";
import { readJunit } from "./io/read-junit.ts";
import { readTap } from "./io/read-tap.ts";
import { messageLines, testCasesMax } from "./limits.ts";
import { firstLines, foldReport, relativeFile, type ReadCases } from "./report.ts";
import { readSpecOutput } from "./spec-output.ts";

type Reader = (text: string) => Promise<ReadCases | undefined> | ReadCases | undefined;

const lines = (read: (lines: readonly string[]) => ReadCases | undefined): Reader => {
  return (text) => read(text.split("\n"));
};
const junit: Reader = async (text) => await readJunit(text, "/tree");

/** What the runners of `captured/` really printed, by one failing, one passing and one skipped case. */
// oxfmt-ignore
const cases: readonly (readonly [file: string, read: Reader, expected: readonly string[], message: RegExp])[] = [
  ["node-junit.xml", junit, ["failed totals round half up @a.test.js", "failed group inner @a.test.js", "passed adds @a.test.js", "skipped later @a.test.js"], /1 is not 2/],
  ["pytest.xml", junit, ["failed test_a test_rounds", "passed test_a test_adds", "skipped test_a test_later"], /assert round\(2\.5\) == 3/],
  ["node-tap.txt", readTap, ["failed totals round half up", "failed group > inner", "passed adds", "skipped later"], /1 is not 2/],
  ["node-spec.txt", lines(readSpecOutput), ["failed totals round half up", "failed inner", "failed group", "passed adds", "skipped later"], /AssertionError.*1 is not 2/],
  ["go.json.txt", lines(readGoEvents), ["failed example.com/go-hello TestFails/inner @main_test.go", "passed example.com/go-hello TestGreeting", "passed example.com/go-hello TestFails/fine", "skipped example.com/go-hello TestLater @main_test.go"], /main_test\.go:14: boom: 7/],
  ["go-build.json.txt", lines(readGoEvents), ["failed example.com/go-hello @x_test.go"], /undefined: undefined/],
  ["mocha.txt", lines(readSpecOutput), ["failed rounds half up", "passed adds", "skipped later"], /AssertionError \[ERR_ASSERTION\]: 1 == 2/],
  ["jest.txt", lines(readSpecOutput), ["failed rounds half up", "passed adds", "skipped later"], /assert\.equal\(received, expected\)/],
  ["vitest.txt", lines(readSpecOutput), ["failed rounds half up", "passed adds", "skipped later"], /AssertionError: expected 1 to be 2/],
];

for (const [file, read, expected, message] of cases) {
  test(`cases of ${file} are read`, async () => {
    const text = await readFile(new URL(`./captured/${file}`, import.meta.url), "utf8");
    const found = await read(text);
    assert(found !== undefined);
    assert.deepEqual(found.cases.map(brief).toSorted(byState), expected);
    const failed = found.cases.find((one) => one.state === "failed");
    assert.match(failed?.message ?? "", message);
  });

  test(`${file} cut short at any place is read without a fault`, async () => {
    const text = await readFile(new URL(`./captured/${file}`, import.meta.url), "utf8");
    for (let part = 1; part < 20; part += 1) {
      const found = await read(text.slice(0, Math.floor((text.length * part) / 20)));
      assert((found?.cases.length ?? 0) <= expected.length + 1);
    }
  });
}

function brief({ state, name, file }: TestCase): string {
  return `${state} ${name}${file === undefined ? "" : ` @${file}`}`;
}

const rank = (text: string): number => ["failed", "passed", "skippe"].indexOf(text.slice(0, 6));

function byState(a: string, b: string): number {
  return rank(a) - rank(b);
}

test("what no runner wrote is not read as cases", async () => {
  for (const text of ["", "hello\n", "<html><body/></html>", '{"a":1}\n', "1 passing fancy"]) {
    const found = [readTap(text), readGoEvents([text]), readSpecOutput([text])];
    assert.deepEqual(found, [undefined, undefined, undefined], text);
    assert.deepEqual((await junit(text))?.cases ?? [], [], text);
  }
});

const passed: TestCase = { name: "a", state: "passed" };
const failed: TestCase = { name: "b", state: "failed" };
const good = { isSuccess: true, end: "exit code 0", durationMs: 5 };
const bad = { isSuccess: false, end: "exit code 1", durationMs: 5 };
type Folded = readonly [outcome: string, source: string, passed: number, failed: number];

// oxfmt-ignore
const folds: readonly (readonly [claim: string, read: ReadCases | undefined, run: typeof good, expected: Folded])[] = [
  ["all passed", { source: "junit", cases: [passed] }, good, ["passed", "junit", 1, 0]],
  ["a failed case fails, whatever the exit code", { source: "tap", cases: [passed, failed] }, good, ["failed", "tap", 1, 1]],
  ["a crash after a good report is a failure with a case of its own", { source: "go", cases: [passed] }, bad, ["failed", "go", 1, 1]],
  ["without a report the exit code decides", undefined, good, ["passed", "exit-code", 0, 0]],
  ["without a report a failure still has a case", undefined, bad, ["failed", "exit-code", 0, 1]],
  ["a failure that is explained gets no second case", { source: "junit", cases: [failed] }, bad, ["failed", "junit", 0, 1]],
];
for (const [claim, read, run, expected] of folds) {
  test(`foldReport: ${claim}`, () => {
    const { outcome, source, counts } = foldReport(read, run);
    assert.deepEqual([outcome, source, counts.passed, counts.failed], expected);
  });
}

test("foldReport: failed cases come first, and no more are kept than allowed", () => {
  const many = Array.from({ length: testCasesMax }, () => passed);
  const report = foldReport({ source: "tap", cases: [...many, failed] }, good);
  assert.deepEqual(
    [report.cases.length, report.cases[0], report.counts.passed],
    [testCasesMax, failed, testCasesMax],
  );
});

test("firstLines: keeps the first lines, without colours and empty ones", () => {
  const long = Array.from({ length: messageLines + 5 }, (_, index) => `line ${index}`);
  assert.equal(firstLines(`\u001B[31mred\u001B[39m\n\n  two  \n`), "red\n  two");
  assert.equal(firstLines(long.join("\n")).split("\n").length, messageLines);
});

test("relativeFile: names files as authors know them", () => {
  assert.equal(relativeFile("/tree/test/a.js", "/tree"), "test/a.js");
  assert.equal(relativeFile("file:///tree/test/a.js", "/tree"), "test/a.js");
  assert.equal(relativeFile("/elsewhere/a.js", "/tree"), "/elsewhere/a.js");
});
