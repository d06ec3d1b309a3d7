import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog, type LogOptions } from "./create-log.ts";
import { eventWindowMs, linesPerEventMax } from "./limits.ts";

function openLog(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const time = { now: 1_000 };
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLog({
    name: "server",
    level: "info",
    destination,
    now: () => time.now,
    ...options,
  });
  return { log, time, read: (): unknown[] => lines.map((line) => JSON.parse(line) as unknown) };
}

test("an event is one JSON object with level, time, program and fields", () => {
  const { log, read } = openLog();
  log.info("rollout.step_advanced", { changeId: "chg_1", evidenceMs: 38_000 });
  assert.deepEqual(read(), [
    {
      level: "info",
      at: 1_000,
      program: "server",
      changeId: "chg_1",
      evidenceMs: 38_000,
      event: "rollout.step_advanced",
    },
  ]);
});

test("what is below the level is not written", () => {
  const { log, read } = openLog({ level: "warn" });
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
  assert.equal(read().length, 2);
});

test("members that name a secret are hidden, at the top and one level down", () => {
  const { log, read } = openLog();
  log.info("a", { token: "tg_1", headers: { authorization: "Bearer tg_1" }, path: "/" });
  assert.doesNotMatch(JSON.stringify(read()), /tg_1/);
  assert.match(JSON.stringify(read()), /\[secret\]/);
});

test("an error is written with its message, stack and cause", () => {
  const { log, read } = openLog();
  log.error("a", { error: new Error("outer", { cause: new Error("inner") }) });
  assert.match(JSON.stringify(read()), /outer.*inner/);
});

test("an event that repeats is cut off at the limit, and the rest is counted and told", () => {
  const { log, time, read } = openLog();
  for (let line = 0; line < linesPerEventMax + 5; line += 1) log.info("loop");
  log.info("other");
  assert.equal(read().length, linesPerEventMax + 1);
  time.now += eventWindowMs;
  log.info("loop");
  assert.match(JSON.stringify(read().at(-2)), /"suppressedEvent":"loop","suppressedCount":5/);
});
