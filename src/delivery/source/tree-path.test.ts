import assert from "node:assert/strict";
import { join, posix } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { defaultCheckLimits } from "./limits.ts";
import { caseCollisions, judgePath, leavesTree } from "./tree-path.ts";

// oxfmt-ignore
const paths: readonly (readonly [path: string, fault: RegExp | undefined])[] = [
  ["src/index.ts",                    undefined],
  ["größe/ö.txt",                     undefined],
  [".gitignore",                      undefined],
  [".github/workflows/ci.yml",        undefined],
  ["a b/'\"$`.txt",                   undefined],
  ["-rf",                             undefined],
  ["..a/b..",                         undefined],
  ["x".repeat(255),                   undefined],
  ["x".repeat(256),                   /longer than 255/],
  [`${"abc/".repeat(255)}abcd`,       undefined],
  [`${"abc/".repeat(255)}abcde`,      /longer than 1024/],
  ["../etc/passwd",                   /"\.\."/],
  ["a/../b",                          /"\.\."/],
  ["a/./b",                           /"\."/],
  ["/etc/passwd",                     /absolute/],
  ["a//b",                            /empty part/],
  ["",                                /empty part/],
  [".git/config",                     /keeps for itself/],
  ["a/.GIT/hooks/x",                  /keeps for itself/],
  ["git~1/x",                         /keeps for itself/],
  [".g\u200cit/x",                    /keeps for itself/],
  [".git. /x",                        /keeps for itself/],
  ["a\nb",                            /control character/],
  ["a\u001b[2J",                      /control character/],
  ["a\u007f",                         /control character/],
  ["a\u{fffd}",                       /UTF-8/],
];

for (const [path, fault] of paths) {
  const name = JSON.stringify(path.length > 40 ? `${path.slice(0, 40)}… (${path.length})` : path);
  test(`paths: ${name} is ${fault === undefined ? "fine" : `refused: ${fault.source}`}`, () => {
    const found = judgePath(path, defaultCheckLimits);
    if (fault === undefined) assert.equal(found, undefined);
    else assert.match(found ?? "", fault);
  });
}

// oxfmt-ignore
const links: readonly (readonly [path: string, target: string, leaves: boolean])[] = [
  ["link",       "README.md",        false],
  ["a/b/link",   "../../README.md",  false],
  ["a/b/link",   "../../../x",       true],
  ["a/link",     "./../b//c",        false],
  ["link",       ".",                false],
  ["link",       "..",               true],
  ["link",       "/etc/passwd",      true],
  ["link",       "",                 true],
  ["link",       "a/../../x",        true],
  ["top",        "a/b/c/up/..",      true],
];

for (const [path, target, leaves] of links) {
  test(`symlinks: ${path} -> "${target}" ${leaves ? "leaves" : "stays"}`, () => {
    assert.equal(leavesTree(path, target), leaves);
  });
}

test("symlinks: a link that stays resolves inside, wherever it stands", () => {
  const part = fc.constantFrom("a", "b", "..", ".", "");
  const path = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(path, fc.array(part, { maxLength: 6 }), (at, target) => {
      const [link, to] = [at.join("/"), target.join("/")];
      if (leavesTree(link, to)) return;
      const resolved = posix.resolve("/tree", posix.dirname(link), to);
      assert.ok(`${resolved}/`.startsWith("/tree/"), `${join(link)} -> ${to} = ${resolved}`);
    }),
  );
});

test("names: those that differ only in case are found", () => {
  assert.deepEqual(caseCollisions(["README.md", "a/B", "a/b", "readme.MD"]), [
    ["a/B", "a/b"],
    ["README.md", "readme.MD"],
  ]);
});
