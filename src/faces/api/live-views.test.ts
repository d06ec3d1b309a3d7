/** Views that repaint, on a real terminal (that `script` makes) against this API. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import type { Api } from "./create-api.ts";
import { shopApi } from "./shop-api.testing.ts";
import { shopAt, shopToken } from "./shop.testing.ts";

const bin = fileURLToPath(new URL("../../../bin", import.meta.url));
const hideCursor = "\u001B[?25l";
const showCursor = "\u001B[?25h";

let api: Api;
let env: NodeJS.ProcessEnv;
let directory: string;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "tidegate-live-"));
  api = await shopApi(shopAt(Date.now()));
  const { url } = await api.listen();
  const there = { TIDEGATE_URL: url, TIDEGATE_TOKEN: shopToken, TIDEGATE_DATA: directory };
  env = { PATH: `${bin}:${process.env["PATH"] ?? ""}`, HOME: directory, TERM: "xterm", ...there };
});
after(async () => {
  await api.close();
  await rm(directory, { recursive: true, force: true });
});

interface Shown {
  readonly code: number;
  readonly text: string;
}

/** Runs a line in a terminal; types each key once what comes before it is on the screen. */
async function onTerminal(line: string, keys: readonly (readonly [RegExp, string])[] = []) {
  const child = spawn("script", ["-qefc", line, "/dev/null"], { env, cwd: directory });
  let text = "";
  let typed = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString("utf8");
    const next = keys[typed];
    if (next === undefined || !next[0].test(text)) return;
    typed += 1;
    child.stdin.write(next[1]);
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), 40_000);
  const code = await new Promise<number>((resolve) => {
    child.once("close", (status) => resolve(status ?? 128));
  });
  clearTimeout(timer);
  return { code, text } satisfies Shown;
}

test("live: a change that is watched ends with its whole page, its exit code, and the cursor back", async () => {
  const { code, text } = await onTerminal("tidegate change watch a41c");
  assert.equal(code, 1);
  assert.ok(text.includes(hideCursor), "it is painted");
  assert.ok(text.lastIndexOf(showCursor) > text.lastIndexOf(hideCursor), "the cursor is back");
  const last = stripVTControlCharacters(text.slice(text.lastIndexOf(showCursor)));
  assert.match(last, /Round totals half to even/);
  assert.match(last, /a failed request: GET \/cart\/total -> 500/);
  assert.match(last, /a41ca41 is rolled back: taken away from those who met it\r?\nnext: /);
});

test("live: Ctrl-C ends a view as a signal does, with the cursor back", async () => {
  // What the shell says of the end of the view: 130 is Ctrl-C.
  const line = "sh -c 'tidegate status --watch; echo ended with $?'";
  const { text } = await onTerminal(line, [[/Ctrl-C ends this view/, "\u0003"]]);
  assert.ok(text.includes(hideCursor));
  assert.ok(text.lastIndexOf(showCursor) > text.lastIndexOf(hideCursor));
  assert.match(stripVTControlCharacters(text), /shop +v11 live/);
});

test("live: on a terminal of 40 columns nothing is wider than it", async () => {
  const line =
    "stty cols 40 rows 30; tidegate change watch a41c; tidegate status; tidegate app list";
  const { text } = await onTerminal(line);
  const painted = text.slice(text.indexOf(hideCursor), text.indexOf(showCursor));
  const lines = stripVTControlCharacters(painted).split(/\r?\n/);
  assert.ok(lines.length > 10);
  for (const each of lines) assert.ok(each.length <= 40, `"${each}" is ${each.length} wide`);
  assert.match(stripVTControlCharacters(text), /shop\r?\n {2}state +v11 live/);
});

test("live: in a pipe a change is told in lines, without a control character", async () => {
  const { text } = await onTerminal("tidegate change watch a41c | cat");
  // oxlint-disable-next-line no-control-regex -- what must not be there
  assert.doesNotMatch(text, /\u001B/);
  assert.match(text, /dev\.cdevents\.build\.started/);
});

test("live: status --watch in a pipe prints a line for each app", async () => {
  const line = 'tidegate status --watch | { read line; echo "first: $line"; }';
  const { text } = await onTerminal(`sh -c '${line}'`, [[/first: /, "\u0003"]]);
  assert.match(text, /first: \d{4}-\d\d-\d\dT[\d:.]+Z shop v11 live/);
});
