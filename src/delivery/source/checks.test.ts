import assert from "node:assert/strict";
import { test } from "node:test";
import { assert as must } from "#std";
import { parseObjectId, type ObjectId, type TreeEntry } from "#domain";
import {
  judgePush,
  judgeRefs,
  renderRefusals,
  renderWarnings,
  type PushFacts,
  type Refusal,
} from "./checks.ts";
import { defaultCheckLimits, refusalsShownMax } from "./limits.ts";
import type { PushOptions, RefUpdate } from "./push.ts";

function oid(digit: string): ObjectId {
  const parsed = parseObjectId(digit.repeat(40));
  must(parsed.ok);
  return parsed.value;
}

const limits = {
  ...defaultCheckLimits,
  filesMax: 3,
  blobBytesMax: 100,
  pushBytesMax: 1000,
  objectsMax: 10,
};
const plain: PushOptions = { wait: false, detach: false };
const nothing: PushFacts = {
  tips: [],
  objects: 0,
  totalBytes: 0,
  largest: [],
  secrets: [],
  unscanned: 0,
};

function tip(files: readonly (readonly [string, TreeEntry["mode"], string?])[]): PushFacts {
  const entries = files.map(([path, mode]) => ({ path, mode, oid: oid("a"), sizeBytes: 9 }));
  const symlinks = new Map(files.flatMap(([path, , to]) => (to === undefined ? [] : [[path, to]])));
  return { ...nothing, tips: [{ ref: "refs/heads/main", entries, symlinks }] };
}

type Code = Refusal["code"];
type FactsCase = readonly [
  claim: string,
  facts: PushFacts,
  codes: readonly Code[],
  options?: PushOptions,
];
const secret = { path: "a.js", line: 3, kind: "github (GITHUB_TOKEN)" };
const file = "100644" as const;

// oxfmt-ignore
const pushes: readonly FactsCase[] = [
  ["a push of nothing is fine",       nothing,                                                        []],
  ["a plain file is fine",            tip([["a", file]]),                                             []],
  ["as many files as allowed",        tip([["a", file], ["b", file], ["c", file]]),                   []],
  ["one file too many",               tip([["a", file], ["b", file], ["c", file], ["d", file]]),      ["too_many_files"]],
  ["a control character in a name",   tip([["a\nb", file]]),                                          ["file_name"]],
  ["a symlink inside",                tip([["d/l", "120000", "../a"]]),                               []],
  ["a symlink outside",               tip([["l", "120000", "/etc/passwd"]]),                          ["symlink_leaves_tree"]],
  ["a symlink nobody could read",     tip([["l", "120000"]]),                                         ["symlink_leaves_tree"]],
  ["a blob at the limit",             { ...nothing, largest: [{ path: "a", sizeBytes: 100 }] },       []],
  ["a blob over the limit",           { ...nothing, largest: [{ path: "a", sizeBytes: 101 }] },       ["object_too_large"]],
  ["bytes at the limit",              { ...nothing, totalBytes: 1000 },                               []],
  ["bytes over the limit",            { ...nothing, totalBytes: 1001 },                               ["push_too_large"]],
  ["objects at the limit",            { ...nothing, objects: 10 },                                    []],
  ["objects over the limit",          { ...nothing, objects: 11 },                                    ["too_many_objects"]],
  ["a secret",                        { ...nothing, secrets: [secret] },                              ["secret"]],
  ["a secret with a reason",          { ...nothing, secrets: [secret] },                              [], { ...plain, allowSecrets: "test" }],
];

for (const [claim, facts, codes, options] of pushes) {
  test(`push: ${claim} gives [${codes.join(", ")}]`, () => {
    const verdict = judgePush(facts, options ?? plain, limits);
    assert.deepEqual(
      verdict.refusals.map(({ code }) => code),
      codes,
    );
  });
}

const [before, after] = [oid("1"), oid("2")];
// oxfmt-ignore
const refs: readonly (readonly [claim: string, update: RefUpdate, codes: readonly Code[]])[] = [
  ["a new branch",              { ref: "refs/heads/x", after },                   []],
  ["the tracked branch",        { ref: "refs/heads/main", before, after },        []],
  ["a tag",                     { ref: "refs/tags/v1", after },                   []],
  ["another branch goes",       { ref: "refs/heads/x", before },                  []],
  ["the tracked branch goes",   { ref: "refs/heads/main", before },               ["branch_deleted"]],
  ["our notes",                 { ref: "refs/notes/tidegate", before, after },    ["ref_not_a_branch"]],
  ["a pull request's ref",      { ref: "refs/pull/1/head", after },               ["ref_not_a_branch"]],
  ["a ref outside refs",        { ref: "HEAD", after },                           ["ref_not_a_branch"]],
  ["a name of 201 bytes",       { ref: `refs/heads/${"x".repeat(190)}`, after },  ["ref_name"]],
  ["a name of 200 bytes",       { ref: `refs/heads/${"x".repeat(189)}`, after },  []],
  ["a name that is no UTF-8",   { ref: "refs/heads/a\u{fffd}", after },           ["ref_name"]],
];

for (const [claim, update, codes] of refs) {
  test(`refs: ${claim} gives [${codes.join(", ")}]`, () => {
    const verdict = judgeRefs([update], "refs/heads/main");
    assert.deepEqual(
      verdict.refusals.map(({ code }) => code),
      codes,
    );
  });
}

test("checks: the tables reach every refusal", () => {
  const every: Record<Code, 1> = {
    ref_not_a_branch: 1,
    ref_name: 1,
    branch_deleted: 1,
    object_too_large: 1,
    push_too_large: 1,
    too_many_objects: 1,
    too_many_files: 1,
    file_name: 1,
    symlink_leaves_tree: 1,
    secret: 1,
  };
  const reached = new Set([...pushes, ...refs].flatMap(([, , codes]) => codes));
  assert.deepEqual([...reached].toSorted(), Object.keys(every).toSorted());
});

test("checks: submodules, colliding names, let-in secrets and unread files are only told", () => {
  const facts = {
    ...tip([
      ["A", file],
      ["a", file],
      ["lib", "160000"],
    ]),
    secrets: [secret],
    unscanned: 4,
  };
  const verdict = judgePush(facts, { ...plain, allowSecrets: "a test key" }, limits);
  assert.deepEqual(verdict.refusals, []);
  const text = renderWarnings(verdict.warnings).join("\n");
  for (const part of ["submodule lib", "A and a", "a test key", "4 files"]) {
    assert.ok(text.includes(part), `${part} in ${text}`);
  }
});

test("checks: a refusal says what, where, expected and next, and never more than a screen", () => {
  const secrets = Array.from({ length: 30 }, (_, line) => ({ ...secret, line }));
  const lines = renderRefusals(judgePush({ ...nothing, secrets }, plain, limits).refusals);
  assert.deepEqual(lines.slice(0, 2), [
    "refused: this looks like a secret: github (GITHUB_TOKEN)",
    "  where     a.js line 0",
  ]);
  assert.match(lines[2] ?? "", /^ {2}expected {2}/);
  assert.match(lines[3] ?? "", /^ {2}next {6}/);
  assert.equal(lines.length, refusalsShownMax * 4 + 1);
  assert.equal(lines.at(-1), "and 20 more of the kind");
});
