import assert from "node:assert/strict";
import { test } from "node:test";
import { pushedTo } from "./pushed-to.ts";

// oxfmt-ignore
const cases: readonly (readonly [claim: string, branch: string, expected: string])[] = [
  ["a branch is named",                          "master",      "master:main"],
  ["one in a folder, too",                       "fix/late-1",  "fix/late-1:main"],
  ["a detached head is what it is",              "",            "HEAD:main"],
  ["what a shell would run is not repeated",     "a$(reboot)",  "HEAD:main"],
  ["nor what git takes for an option",           "--mirror",    "HEAD:main"],
];
for (const [claim, branch, expected] of cases) {
  test(`pushed to: ${claim}`, () => assert.equal(pushedTo("main", branch), expected));
}
