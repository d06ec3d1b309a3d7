import assert from "node:assert/strict";
import { appendFile, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import type { Clock, LogWindow } from "#domain";
import { lineStride, logChunkBytes, logFollowPauseMs, logShownLineBytesMax } from "./limits.ts";
import { openLogReader } from "./log-reader.ts";
import { searchText } from "./search-lines.ts";

const clock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, { signal }).catch(() => undefined);
  },
  random: () => 0.5,
};
const never = new AbortController().signal;
const deadline = { timeout: 30_000 };

async function directory(context: TestContext): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "tidegate-log-reader-"));
  context.after(async () => await rm(made, { recursive: true, force: true }));
  return made;
}

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index} – é`);

test("log reader: a window of one file or two is what naive splitting gives", async (context) => {
  const top = await directory(context);
  const reader = openLogReader({ clock });
  let made = 0;
  const line = fc.string({ maxLength: 12 }).map((text) => text.replaceAll(/[\n\r]/g, "."));
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 3 * lineStride }),
      fc.nat(3 * lineStride),
      fc.tuple(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 1, max: 900 })),
      async (lines, cut, [from, count]) => {
        made += 1;
        const files = [join(top, `${made}.1`), join(top, `${made}`)];
        const parts = [lines.slice(0, cut), lines.slice(cut)];
        for (const [index, file] of files.entries()) {
          await writeFile(file, (parts[index] ?? []).map((text) => `${text}\n`).join(""));
        }
        const window = await reader.window(files, { from, count });
        assert.equal(window.total, lines.length);
        assert.deepEqual(window.lines, lines.slice(from - 1, from - 1 + count));
      },
    ),
    { numRuns: 60 },
  );
});

test("log reader: a log that is not there is empty, and one that grows is looked at where it grew", async (context) => {
  const file = join(await directory(context), "log");
  const reader = openLogReader({ clock });
  const all = async () => await reader.window([file], { from: 1, count: 9_999 });
  assert.deepEqual(await all(), { total: 0, from: 1, lines: [] });
  await writeFile(file, "one\ntw");
  assert.deepEqual(await all(), { total: 1, from: 1, lines: ["one"], rest: "tw" });
  await appendFile(file, "o\n");
  assert.deepEqual(await all(), { total: 2, from: 1, lines: ["one", "two"] });
  await truncate(file, 0);
  await appendFile(file, "new\n");
  assert.deepEqual(await all(), { total: 1, from: 1, lines: ["new"] });
});

test("log reader: a log that was cut and is longer than before by the next look is looked through anew", async (context) => {
  const file = join(await directory(context), "log");
  const reader = openLogReader({ clock });
  const all = async () => await reader.window([file], { from: 1, count: 9_999 });
  await writeFile(file, `${numbered(1, 600).join("\n")}\n`);
  assert.equal((await all()).total, 600);
  const lines = Array.from({ length: 900 }, (_, index) => `another ${index}`);
  await truncate(file, 0);
  await appendFile(file, `${lines.join("\n")}\n`);
  assert.deepEqual(await all(), { total: 900, from: 1, lines });
});

test("log reader: a line that is too long is cut, and the cut is shown", async (context) => {
  const file = join(await directory(context), "log");
  await writeFile(file, `${"x".repeat(3 * logChunkBytes)}\nshort\r\n`);
  const { lines, total } = await openLogReader({ clock }).window([file], { from: 1, count: 5 });
  assert.equal(total, 2);
  assert.equal(lines[0], `${"x".repeat(logShownLineBytesMax)} …`);
});

test("log reader: of a long line only what is shown is paid for", async (context) => {
  const file = join(await directory(context), "log");
  const long = `${"x".repeat(60_000)}\n`.repeat(60);
  await writeFile(file, `${long}${"short\n".repeat(440)}`);
  const { lines } = await openLogReader({ clock }).window([file], { from: 1, count: 500 });
  assert.equal(lines.length, 500);
});

test("log reader: a window of lines that are long one and all gives what it may hold", async (context) => {
  const file = join(await directory(context), "log");
  const line = "x".repeat(logShownLineBytesMax);
  await writeFile(file, `${line}\n`.repeat(500));
  const reader = openLogReader({ clock });
  const { lines, total } = await reader.window([file], { from: 1, count: 500 });
  assert.ok(lines.length > 200 && lines.length < 500, `${lines.length}`);
  assert.equal(total, 500);
  const more = await reader.window([file], { from: lines.length + 1, count: 500 - lines.length });
  assert.equal(lines.length + more.lines.length, 500);
});

test("log reader: a line is cut at the same place, whichever part of the file it is read with", async (context) => {
  const file = join(await directory(context), "log");
  for (const more of [-1, 0, 1, 2]) {
    const line = "y".repeat(logShownLineBytesMax + more);
    for (const before of [1, 65_536 - logShownLineBytesMax, 65_530, 65_535]) {
      await writeFile(file, `${"x".repeat(before - 1)}\n${line}\nlast\n`);
      const { lines } = await openLogReader({ clock }).window([file], { from: 2, count: 5 });
      const shown = more > 0 ? `${line.slice(0, logShownLineBytesMax)} …` : line;
      assert.deepEqual(lines, [shown, "last"], `${more} ${before}`);
    }
  }
});

test("log reader: a search finds every line once, over chunks and files, in either case", async (context) => {
  const top = await directory(context);
  const files = [join(top, "log.1"), join(top, "log")];
  const lines = Array.from({ length: 60_000 }, (_, index) =>
    index % 997 === 0
      ? `${index} An ERROR and an error`
      : `${index} nothing to see on this line at all`,
  );
  const half = 31_234;
  await writeFile(
    files[0] ?? "",
    lines
      .slice(0, half)
      .map((text) => `${text}\n`)
      .join(""),
  );
  await writeFile(
    files[1] ?? "",
    lines
      .slice(half)
      .map((text) => `${text}\n`)
      .join(""),
  );
  const reader = openLogReader({ clock });
  const hits = await reader.search(files, { text: "eRRor", most: 10, signal: never });
  const expected = lines.flatMap((text, index) => (text.includes("ERROR") ? [index + 1] : []));
  assert.equal(hits.found, expected.length);
  assert.deepEqual(hits.numbers, expected.slice(0, 10));
  assert.equal(hits.total, lines.length);
  const last = await reader.search(files, {
    text: `${lines.length - 1} nothing`,
    most: 9,
    signal: never,
  });
  assert.deepEqual(last.numbers, [lines.length]);
});

// oxfmt-ignore
const searches: readonly (readonly [string, string, readonly number[]])[] = [
  ["a\nb\na\n",   "a",  [0, 2]],
  ["aa aa\nb\n", "aa", [0]],
  ["x\n",        "a",  []],
  ["",           "a",  []],
  ["\n\na\n",    "a",  [2]],
  ["a",          "a",  [0]],
];
for (const [text, wanted, lines] of searches) {
  test(`search: "${wanted}" in ${JSON.stringify(text)} is in ${lines.length} lines`, () => {
    assert.deepEqual(searchText(text, wanted), lines);
  });
}

test("log reader: who follows gets every line once, to the end", deadline, async (context) => {
  const file = join(await directory(context), "log");
  const lines = numbered(1, 5_000);
  await writeFile(file, `${lines.slice(0, 10).join("\n")}\n`);
  let isOver = false;
  const seen: string[] = [];
  const following = (async () => {
    const windows = openLogReader({ clock }).follow([file], {
      after: 3,
      isOver: async () => isOver,
      signal: never,
    });
    for await (const { from, lines: more } of windows) {
      assert.equal(from, 4 + seen.length);
      seen.push(...more);
    }
  })();
  for (let from = 10; from < 5_000; from += 499) {
    await appendFile(file, `${lines.slice(from, from + 499).join("\n")}\n`);
  }
  isOver = true;
  await following;
  assert.deepEqual(seen, lines.slice(3));
});

test(
  "log reader: a followed log that is written to all the time is looked at now and then",
  deadline,
  async (context) => {
    const file = join(await directory(context), "log");
    await writeFile(file, "one\n");
    const pause = Promise.withResolvers<void>();
    const paused = Promise.withResolvers<void>();
    const slow: Clock = {
      ...clock,
      sleep: async (ms, signal) => {
        if (ms !== logFollowPauseMs) return await clock.sleep(ms, signal);
        paused.resolve();
        await pause.promise;
      },
    };
    let looks = 0;
    const isOver = async (): Promise<boolean> => {
      looks += 1;
      return false;
    };
    const windows = openLogReader({ clock: slow }).follow([file], {
      after: 0,
      isOver,
      signal: never,
    });
    const seen = windows[Symbol.asyncIterator]();
    await seen.next();
    const coming = seen.next();
    await appendFile(file, "two\n");
    await paused.promise;
    const before = looks;
    await appendFile(file, "three\n");
    pause.resolve();
    assert.deepEqual((await coming).value?.lines, ["two", "three"]);
    assert.equal(looks, before + 1);
    await seen.return?.();
  },
);

test(
  "log reader: following a log that was moved aside goes on with the new one",
  deadline,
  async (context) => {
    const file = join(await directory(context), "log");
    await writeFile(file, "one\ntwo\n");
    const query = { after: 0, isOver: async () => false, signal: never };
    const windows = openLogReader({ clock }).follow([file], query)[Symbol.asyncIterator]();
    const next = async (): Promise<LogWindow | undefined> =>
      (await windows.next()).value ?? undefined;
    assert.deepEqual((await next())?.lines, ["one", "two"]);
    const coming = next();
    await writeFile(file, "new\n");
    assert.deepEqual((await coming)?.lines, ["new"]);
    await windows.return?.();
  },
);
