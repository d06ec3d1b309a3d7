/** A chunk of a log is whole, however few of its lines an answer holds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { QueryClient } from "@tanstack/react-query";
import { queryClient } from "../api/query-client.ts";
import { chunkQuestion } from "./log-questions.ts";
import { chunkLines } from "./log-window.ts";

const numbered = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => `line ${from + index}`);

// oxfmt-ignore
const chunks: readonly (readonly [claim: string, perAnswer: number, total: number, from: number, to: number, asked: number])[] = [
  ["one answer holds all of it",             500, 2_000, 501, 1_000, 1],
  ["an answer holds a part of it",           180, 2_000, 501, 1_000, 3],
  ["the log ends in it",                     180,   700, 501,   700, 2],
  ["the log ended before it",                180,   400, 501,   500, 1],
  ["answers hold more than what is missing", 499, 2_000,   1,   500, 2],
];
for (const [claim, perAnswer, total, from, to, expected] of chunks) {
  test(`console: a chunk of a log is whole where ${claim}`, async () => {
    let asked = 0;
    const window = async (first: number) => {
      asked += 1;
      return { total, from: first, lines: numbered(first, Math.min(total, first + perAnswer - 1)) };
    };
    const question = chunkQuestion({ key: ["a", "build"], window }, from);
    const chunk = await new QueryClient().fetchQuery(question);
    assert.deepEqual(chunk, { total, from, lines: numbered(from, to) });
    assert.ok(chunk.lines.length <= chunkLines);
    assert.equal(asked, expected);
  });
}

const keptMs = (queryKey: readonly unknown[]) =>
  queryClient.getQueryCache().find({ queryKey })?.gcTime ?? assert.fail("there is none");

test("console: a log that becomes shorter while a chunk is asked for ends the asking", async () => {
  const answers = [
    { total: 900, from: 1, lines: numbered(1, 10) },
    { total: 3, from: 11, lines: [] },
  ];
  const window = async () => answers.shift() ?? assert.fail("asked for again");
  const chunk = await new QueryClient().fetchQuery(chunkQuestion({ key: ["a"], window }, 1));
  assert.deepEqual(chunk, { total: 3, from: 1, lines: numbered(1, 10) });
});

test("console: lines that a live log told of and nobody looks at are kept for a short while", () => {
  queryClient.setQueryData(["log", "chg_1", "build", 501], { total: 501, from: 501, lines: ["a"] });
  queryClient.setQueryData(["GET /api/v1/apps"], { apps: [] });
  assert.ok(keptMs(["log", "chg_1", "build", 501]) < keptMs(["GET /api/v1/apps"]));
  queryClient.clear();
});
