import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readReport } from "./read-report.ts";

const run = { isSuccess: true, end: "exit code 0", durationMs: 1 };
const brackets = `TAP version 13\nnot ok 1\n  ---\n  a: ${"[".repeat(4_000_000)}\n  ...\n`;
const subtests = Array.from({ length: 1500 }, (_, depth) => `${" ".repeat(depth * 4)}# Subtest: a`);

for (const [what, text] of Object.entries({
  "a megabyte of brackets": brackets,
  "subtests of subtests": `TAP version 13\n${subtests.join("\n")}\n`,
})) {
  test(`${what} in a report holds nobody up, and the exit code decides`, async (context) => {
    const tree = await mkdtemp(join(tmpdir(), "tidegate-report-"));
    context.after(async () => await rm(tree, { recursive: true, force: true }));
    await writeFile(join(tree, "report.tap"), text);
    let turns = 0;
    const ticking = setInterval(() => (turns += 1), 10);
    const report = await readReport({ reports: ["report.tap"], tree, lines: [], run }, 1_000);
    clearInterval(ticking);
    assert.deepEqual([report.outcome, report.source], ["passed", "exit-code"]);
    assert(turns > 10, "the server had its turns meanwhile");
  });
}

test("a report is read on the thread", async (context) => {
  const tree = await mkdtemp(join(tmpdir(), "tidegate-report-"));
  context.after(async () => await rm(tree, { recursive: true, force: true }));
  await writeFile(join(tree, "report.tap"), "TAP version 13\n1..1\nok 1 - adds\n");
  const report = await readReport({ reports: ["*.tap"], tree, lines: [], run });
  assert.deepEqual([report.source, report.counts.passed], ["tap", 1]);
});
