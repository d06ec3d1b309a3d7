import assert from "node:assert/strict";
import { test } from "node:test";
import type { Limits, StepEnd } from "#domain";
import { exitText, stepEnd, type EndFacts } from "./end.ts";

const limits: Limits = {
  wallMs: 1000,
  memoryBytes: 512 * 1024 * 1024,
  processes: 8,
  outputBytes: 100,
  diskBytes: 200,
};
const quiet: EndFacts = {
  code: 0,
  killedFor: undefined,
  elapsedMs: 10,
  outputBytes: 0,
  diskBytes: 0,
  outOfMemoryKills: 0,
  forksRefused: 0,
};
const limit = (name: keyof Limits): StepEnd => ({
  kind: "limit",
  limit: name,
  allowed: limits[name],
});

// oxfmt-ignore
const cases: readonly (readonly [string, Partial<EndFacts>, StepEnd])[] = [
  ["success is success", {}, { kind: "exited", code: 0 }],
  ["success past a limit is still success", { outOfMemoryKills: 1, forksRefused: 3 }, { kind: "exited", code: 0 }],
  ["failure is failure", { code: 2 }, { kind: "exited", code: 2 }],
  ["a signal is named", { code: 139 }, { kind: "signalled", signal: "SIGSEGV" }],
  ["a lost wrapper was killed", { code: undefined }, { kind: "signalled", signal: "SIGKILL" }],
  ["cancelling wins over everything", { code: 137, killedFor: "cancelled", outOfMemoryKills: 1 }, { kind: "cancelled" }],
  ["what we killed it for is the reason", { code: 137, killedFor: "outputBytes" }, limit("outputBytes")],
  ["a kill in time is a kill", { code: 137, elapsedMs: 999 }, { kind: "signalled", signal: "SIGKILL" }],
  ["a kill at the wall limit is the limit", { code: 137, elapsedMs: 1000 }, limit("wallMs")],
  ["a failure late is no wall limit", { code: 1, elapsedMs: 2000 }, { kind: "exited", code: 1 }],
  ["a failure after the memory ran out is the limit", { code: 1, outOfMemoryKills: 1 }, limit("memoryBytes")],
  ["a failure after a fork was refused is the limit", { code: 2, forksRefused: 1 }, limit("processes")],
  ["output just under its limit is fine", { code: 1, outputBytes: 99 }, { kind: "exited", code: 1 }],
  ["output at its limit is the limit", { code: 1, outputBytes: 100 }, limit("outputBytes")],
  ["disk just under its limit is fine", { code: 1, diskBytes: 199 }, { kind: "exited", code: 1 }],
  ["disk at its limit is the limit", { code: 1, diskBytes: 200 }, limit("diskBytes")],
  ["a file past its size is the disk limit", { code: 153 }, limit("diskBytes")],
];
for (const [claim, change, expected] of cases) {
  test(`stepEnd: ${claim}`, () => {
    assert.deepEqual(stepEnd({ ...quiet, ...change }, limits), expected);
  });
}

test("stepEnd: the table reaches every kind of end and every limit", () => {
  const kinds = new Set(cases.map(([, , end]) => end.kind));
  const reached = new Set(cases.map(([, , end]) => (end.kind === "limit" ? end.limit : "")));
  const every: Record<StepEnd["kind"], 1> = { exited: 1, signalled: 1, limit: 1, cancelled: 1 };
  assert.deepEqual([...kinds].toSorted(), Object.keys(every).toSorted());
  reached.delete("");
  assert.deepEqual([...reached].toSorted(), Object.keys(limits).toSorted());
});

// oxfmt-ignore
const texts: readonly (readonly [string, number | undefined, number, string])[] = [
  ["a code", 1, 0, "exit code 1"],
  ["a signal", 143, 0, "signal SIGTERM"],
  ["a lost wrapper", undefined, 0, "signal SIGKILL"],
  ["memory", 137, 1, "out of memory (512 MiB)"],
  ["a clean end although a child ran out of memory", 0, 1, "exit code 0"],
];
for (const [claim, code, kills, expected] of texts) {
  test(`exitText: ${claim}`, () =>
    assert.equal(exitText(code, kills, limits.memoryBytes), expected));
}
