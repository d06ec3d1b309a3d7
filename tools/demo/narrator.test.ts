/** The story stays inside its columns, and nobody else's output steers the reader's terminal. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { columns, type Narrator, narratorOf } from "./narrator.ts";

function told(tell: (narrator: Narrator) => void): readonly string[] {
  let text = "";
  const stream = { isTTY: false, write: (part: string) => (text += part) !== "" };
  tell(narratorOf(stream, performance.now()));
  return text.trimEnd().split("\n");
}

// oxfmt-ignore
const cases: readonly (readonly [string, (narrator: Narrator) => void, readonly string[]])[] = [
  ["prose stands three columns in", (n) => n.prose("A small shop."), ["   A small shop."]],
  ["a command has its prompt", (n) => n.command("git push"), ["   $ git push"]],
  ["escape sequences of others are dropped", (n) => n.printed("a\u001B[2Jb\u0007\rc"), ["    abc"]],
  ["a closing line has its time at the right", (n) => n.done("done", 1234), [`   ✓ done${" ".repeat(82)}1.2 s`]],
];
for (const [claim, tell, expected] of cases) {
  test(`narrator: ${claim}`, () => assert.deepEqual(told(tell), expected));
}

const long = "words ".repeat(60);
const everything: Readonly<Record<string, (narrator: Narrator) => void>> = {
  prose: (n) => n.prose(long),
  printed: (n) => n.printed(`remote:      ${"x".repeat(300)} ${long}`),
  done: (n) => n.done(long, 99_999),
  failed: (n) => n.failed("x".repeat(300), 1),
  heading: (n) => n.heading(7, long),
};
for (const [name, tell] of Object.entries(everything)) {
  test(`narrator: ${name} stays inside ${columns} columns, and loses no word`, () => {
    const lines = told(tell);
    assert.ok(lines.length > 2);
    for (const line of lines) assert.ok(line.length <= columns, line);
    const letters = lines.join("").replaceAll(/[^wordsx]/g, "").length;
    assert.ok(letters >= 300, String(letters));
  });
}
