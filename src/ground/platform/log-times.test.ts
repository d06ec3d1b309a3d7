import assert from "node:assert/strict";
import { appendFile, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { newId } from "#domain";
import { instanceLogs } from "./instance-logs.ts";
import { logMarksMax } from "./limits.ts";
import { rotateLog } from "./log-file.ts";
import { LogMarker, timedTail, timeLines, timesFile, type Mark } from "./log-times.ts";
import { appName } from "./runtime.conformance.ts";

let top: string;
before(async () => void (top = await mkdtemp(join(tmpdir(), "tidegate-logs-"))));
after(async () => await rm(top, { recursive: true }));

const last: Mark = { offset: Number.POSITIVE_INFINITY, at: 99 };
const marks: readonly Mark[] = [{ offset: 2, at: 10 }, { offset: 4, at: 20 }, last];

// oxfmt-ignore
const cases: readonly (readonly [claim: string, text: string, start: number, marks: readonly Mark[], expected: readonly string[]])[] = [
  ["without marks all have the time of the last write", "a\nb\n", 0, [last], ["a 99", "b 99"]],
  ["a line has the time of the first mark at its end or behind it", "a\nb\nc\n", 0, marks, ["a 10", "b 20", "c 99"]],
  ["a part of a log is timed by its place in the whole", "b\nc\n", 2, marks, ["b 20", "c 99"]],
  ["a line over a mark has the later time", "ab\ncd", 0, [{ offset: 2, at: 10 }, last], ["ab 10", "cd 99"]],
  ["a clock that was set back turns nothing around", "a\nb\n", 0, [{ offset: 2, at: 30 }, { offset: 4, at: 20 }, last], ["a 30", "b 30"]],
  ["nothing has no lines", "", 0, marks, []],
  ["an empty line is one", "\n\n", 0, marks, [" 10", " 10"]],
];
for (const [claim, text, start, given, expected] of cases) {
  test(`log times: ${claim}`, () => {
    const lines = timeLines(Buffer.from(text), start, given);
    assert.deepEqual(
      lines.map((line) => `${line.text} ${line.at}`),
      expected,
    );
  });
}

/** Writes as a program does, at a time that the test chooses. */
async function write(file: string, text: string, at: number): Promise<void> {
  await appendFile(file, text);
  await utimes(file, at / 1_000, at / 1_000);
}

test("log times: marks are taken over by the next server, and go with a rotated log", async () => {
  const file = join(top, "rotated");
  const first = new LogMarker();
  await write(file, "one\n", 1_000);
  await first.mark(file);
  await first.mark(file);
  await write(file, "two\n", 2_000);
  const second = new LogMarker();
  await second.mark(file);
  assert.equal(await readFile(timesFile(file), "utf8"), "4 1000\n8 2000\n");
  assert.ok(await rotateLog(file, 5));
  await second.rotate(file);
  await write(file, "three\n", 3_000);
  await second.mark(file);
  assert.deepEqual(
    (await timedTail(file, 9)).map(({ text, at }) => `${text} ${at}`),
    ["one 1000", "two 2000", "three 3000"],
  );
});

test("log times: marks have a bound, and what is forgotten is only how exact", async () => {
  const file = join(top, "bounded");
  const full = Array.from({ length: logMarksMax }, (_, index) => `${index + 1} ${index + 1}\n`);
  await writeFile(timesFile(file), full.join(""));
  await write(file, "x".repeat(logMarksMax + 1), 1_000_000);
  await new LogMarker().mark(file);
  const lines = (await readFile(timesFile(file), "utf8")).trimEnd().split("\n");
  assert.equal(lines.length, logMarksMax / 2 + 1);
  assert.deepEqual([lines[0], lines.at(-1)], ["2 2", `${logMarksMax + 1} 1000000`]);
});

const shop = appName("shop");
const marker = new LogMarker();

async function instance(release: string, startedAt: number): Promise<string> {
  const id = newId("ins", Math.random);
  const directory = join(top, "instances", id);
  await mkdir(directory, { recursive: true });
  const state = { id, app: shop, release, processType: "web", startedAt };
  await writeFile(join(directory, "state.json"), JSON.stringify(state));
  return join(directory, "log");
}

async function tail(count: number): Promise<readonly string[]> {
  const signal = new AbortController().signal;
  const query = { app: shop, tail: count, follow: false, signal, now: () => 0 };
  const texts: string[] = [];
  for await (const line of instanceLogs(join(top, "instances"), query)) {
    texts.push(`${line.release} ${line.text}`);
  }
  return texts;
}

test("logs: lines of several instances come in the order of their time, not of their release", async () => {
  const [old, young] = [await instance("v1", 1), await instance("v2", 2)];
  const story = [
    [old, "a", 1_000],
    [young, "b", 2_000],
    [old, "c", 3_000],
    [young, "d", 4_000],
    [old, "e", 5_000],
  ] as const;
  for (const [file, text, at] of story) {
    await write(file, `${text}\n`, at);
    await marker.mark(file);
  }
  assert.deepEqual(await tail(9), ["v1 a", "v2 b", "v1 c", "v2 d", "v1 e"]);
  assert.deepEqual(await tail(2), ["v2 d", "v1 e"]);
  assert.deepEqual(await tail(0), []);
});

test("logs: one that was last written before all that is wanted adds nothing", async () => {
  const gone = await instance("v0", 0);
  await write(gone, "z\n", 500);
  assert.deepEqual((await tail(5)).slice(0, 1), ["v1 a"]);
  assert.deepEqual((await tail(6)).slice(0, 2), ["v0 z", "v1 a"]);
});
