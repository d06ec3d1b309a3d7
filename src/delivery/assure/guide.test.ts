/** The guide to gate rules names what there is, and its rules can be asked. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { factNames } from "./facts.ts";
import { ruleFault } from "./rule.ts";

const guide = await readFile(
  new URL("../../../docs/how-to/write-gate-rules.md", import.meta.url),
  "utf8",
);

test("guide to gate rules: it names every fact, and no other", () => {
  const [, table = ""] = guide.split("## What it may ask about");
  const rows = table.split("\n").filter((line) => line.startsWith("| `"));
  const named = rows.flatMap((row) =>
    [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
  );
  assert.deepEqual(named.toSorted(), factNames.toSorted());
});

test("guide to gate rules: each function that it names may be called", () => {
  const [, sentence = ""] = /and call ([^]*?)\. There are no loops/.exec(guide) ?? [];
  const named = [...sentence.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
  const refused = ruleFault("[1].map(x, x) == [1]") ?? "";
  const [, may = ""] = /they may call (.*)$/.exec(refused) ?? [];
  assert.deepEqual(named, may.split(/, | and /));
});

test("guide to gate rules: its rules can be asked", () => {
  const blocks = [...guide.matchAll(/^gate:\n((?: {2}\w+: .*\n)+)/gm)];
  const rules = blocks.flatMap(([, lines = ""]) =>
    [...lines.matchAll(/^ {2}\w+: (.*)$/gm)].map(([, rule = ""]) => rule),
  );
  assert.ok(rules.length >= 4);
  assert.deepEqual(
    rules.map((rule) => ruleFault(rule)),
    rules.map(() => undefined),
  );
});
