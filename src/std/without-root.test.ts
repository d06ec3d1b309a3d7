import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutRoot } from "./without-root.ts";

const root = `/data/artifacts/${"ab12".repeat(16)}`;

const cases: readonly (readonly [claim: string, text: string, expected: string])[] = [
  [
    "an address of a file",
    `    at pick (file://${root}/lib/pick.js:2:72)`,
    "    at pick (lib/pick.js:2:72)",
  ],
  ["a path", `  File "${root}/app.py", line 2`, '  File "app.py", line 2'],
  ["two in one line", `${root}/a.js from ${root}/b.js`, "a.js from b.js"],
  ["what lies elsewhere", "    at node:internal/x:1", "    at node:internal/x:1"],
];
for (const [claim, text, expected] of cases) {
  test(`without root: ${claim}`, () => assert.equal(withoutRoot(text, root), expected));
}

test("without root: no root, no change", () => assert.equal(withoutRoot("/a/b", ""), "/a/b"));
