/** What every npm script goes through: it runs tasks with the project's own Node, and says what is wrong. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { notAsLocked } from "./not-as-locked.mjs";

const root = join(import.meta.dirname, "..");
const bootstrap = join(root, "tools/bootstrap.mjs");

test("bootstrap: tests run on the Node of package.json, not on the machine's own", () => {
  assert.equal(process.versions.node.split(".")[0], "24");
  assert.ok(process.execPath.startsWith(join(root, "node_modules")), process.execPath);
});

const cases: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  ["no task is refused with an example", [], 1, /npm run demo/],
  ["an unknown task is refused with those there are", ["dance"], 2, /demo, .*check, test/],
  ["a task ends with the exit code of its program", ["unit", "no-such.test.ts"], 1, /no-such/],
];
for (const [claim, words, expectedCode, expectedText] of cases) {
  test(`bootstrap: ${claim}`, async () => {
    const { code, text } = await run(words);
    assert.equal(code, expectedCode, text);
    assert.match(text, expectedText);
  });
}

test("bootstrap: every npm script is a task, by the same name", () => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  assert.ok(Object.keys(scripts).length >= 10);
  for (const [name, line] of Object.entries(scripts)) {
    assert.equal(line, `node tools/bootstrap.mjs ${name}`);
  }
});

// oxfmt-ignore
const installs: readonly (readonly [string, Packages, Packages, readonly string[]])[] = [
  ["the same bytes",                    { a: "1", b: "2" }, { a: "1", b: "2" }, []],
  ["a platform's package left out",     { a: "1", b: "2" }, { a: "1" },         []],
  ["other bytes under a locked name",   { a: "1", b: "2" }, { a: "1", b: "3" }, ["b"]],
  ["a package that the lock has not",   { a: "1" },         { a: "1", c: "9" }, ["c"]],
];
type Packages = Readonly<Record<string, string>>;
for (const [claim, locked, installed, expected] of installs) {
  test(`bootstrap: ${claim} ${expected.length === 0 ? "passes" : "is named"}`, () => {
    assert.deepEqual(notAsLocked(lockOf(locked), lockOf(installed)), expected);
  });
}

function lockOf(packages: Packages): string {
  const entries = Object.entries(packages).map(([name, integrity]) => [
    `node_modules/${name}`,
    { integrity },
  ]);
  return JSON.stringify({ packages: Object.fromEntries(entries) });
}

async function run(words: readonly string[]) {
  return await new Promise<{ code: unknown; text: string }>((resolve) => {
    execFile(process.execPath, [bootstrap, ...words], (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, text: stdout + stderr });
    });
  });
}
