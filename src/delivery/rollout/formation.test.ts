import assert from "node:assert/strict";
import { test } from "node:test";
import { type CrashRecord, restartsToldMs } from "#domain";
import { recordExit, runOfExits } from "./formation.ts";
import { crashExitsKept, crashWindowMs } from "./limits.ts";

const now = 10_000_000;
const minute = 60_000;

/** What is recorded of exits at these times, in this order. */
function recorded(exitsAt: readonly number[]): CrashRecord | undefined {
  let record: CrashRecord | undefined;
  for (const at of exitsAt) record = recordExit(record, { at, exit: `exit at ${at}` });
  return record;
}

interface Expected {
  readonly kept: number;
  readonly run: number;
  readonly isLoop: boolean;
}
// oxfmt-ignore
const cases: readonly (readonly [claim: string, exitsAt: readonly number[], expected: Expected])[] = [
  ["the first",                                  [now],                                                   { kept: 1, run: 1, isLoop: false }],
  ["three within a minute",                      [now - 59_999, now - 1, now],                            { kept: 3, run: 3, isLoop: true }],
  ["three of which one came a minute before",    [now - crashWindowMs, now - 1, now],                     { kept: 3, run: 2, isLoop: false }],
  ["one in each of nine minutes",                Array.from({ length: 9 }, (_, at) => now + at * minute), { kept: 9, run: 1, isLoop: false }],
  ["a loop, and one three minutes after it",     [now, now + 1, now + 2, now + 3 * minute],               { kept: 4, run: 1, isLoop: false }],
  ["one just within ten minutes of the last",    [now - restartsToldMs + 1, now],                         { kept: 2, run: 1, isLoop: false }],
  ["one ten minutes before the last",            [now - restartsToldMs, now],                             { kept: 1, run: 1, isLoop: false }],
  ["one told late, after a start of the server", [now - 1, now, now - 30_000],                            { kept: 3, run: 3, isLoop: true }],
  ["more than a record has room for",            Array.from({ length: 300 }, (_, at) => now + at),        { kept: crashExitsKept, run: crashExitsKept, isLoop: true }],
];
for (const [claim, exitsAt, expected] of cases) {
  test(`exits: of ${claim}, ${expected.kept} are kept and ${expected.run} are a run`, () => {
    const record = recorded(exitsAt);
    assert.deepEqual(
      { kept: record?.exitsAt.length, run: runOfExits(record), isLoop: record?.isLoop },
      expected,
    );
    assert.equal(record?.lastExit, `exit at ${exitsAt.at(-1)}`);
  });
}

test("exits: a release that never ended has no run", () => {
  assert.equal(runOfExits(undefined), 0);
});
