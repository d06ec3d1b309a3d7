import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { withProgress } from "./progress.ts";
import { paintFor } from "./render/paint.ts";
import type { Terminal } from "./terminal.ts";

/** Waits for so long, by a clock that the test turns, and gives what the person saw meanwhile. */
async function seenAfter(context: TestContext, ms: number, isTerminal: boolean): Promise<string> {
  context.mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  let seen = "";
  const write = (text: string) => void (seen += text);
  const screen = { columns: () => 60, rows: () => 24, write, onResize: () => () => undefined };
  const terminal: Terminal = {
    env: {},
    cwd: "/",
    isRoot: false,
    isInteractive: isTerminal,
    ...(isTerminal ? { narrationScreen: screen } : {}),
    paint: paintFor({ isTerminal: false }, {}),
    paintNarration: paintFor({ isTerminal: false }, {}),
    now: () => Date.now(),
    result: () => undefined,
    narrate: (text) => write(`${text}\n`),
  };
  const work = Promise.withResolvers<void>();
  const waiting = withProgress(terminal, "release rollback", async () => await work.promise);
  for (let passed = 0; passed < ms; passed += 100) context.mock.timers.tick(100);
  work.resolve();
  await waiting;
  return seen;
}

const clear = "\r\u001B[2K";
const line = (seconds: string) => `waiting for release rollback, ${seconds} s so far`;

// oxfmt-ignore
const waits: readonly (readonly [claim: string, ms: number, isTerminal: boolean, seen: string])[] = [
  ["who waits less than a second hears nothing", 900, true, ""],
  ["a terminal tells after a second, and takes it back", 1_000, true, `${clear}${line("1.0")}${clear}`],
  ["it is painted over each second", 2_000, true, `${clear}${line("1.0")}${clear}${line("2.0")}${clear}`],
  ["a pipe hears nothing of a moment", 4_900, false, ""],
  ["a pipe gets a line now and then", 10_000, false, `${line("5.0")}\n${line("10.0")}\n`],
];
for (const [claim, ms, isTerminal, seen] of waits) {
  test(`progress: ${claim}`, async (context) => {
    assert.equal(await seenAfter(context, ms, isTerminal), seen);
  });
}

test("progress: a failure ends the telling too", async () => {
  const failing = withProgress(
    {
      env: {},
      cwd: "/",
      isRoot: false,
      isInteractive: false,
      paint: paintFor({ isTerminal: false }, {}),
      paintNarration: paintFor({ isTerminal: false }, {}),
      now: () => 0,
      result: () => undefined,
      narrate: () => undefined,
    },
    "nothing",
    async () => Promise.reject(new Error("no")),
  );
  await assert.rejects(failing, /no/);
});
