/** All sheets that one has come by stay: two that style one class fight, and which was loaded last wins. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

const top = import.meta.dirname;
/** The manual is a document of its own. */
const exclude = ["reader/**"];

test("console: each class is laid out in one sheet", () => {
  const sheets = new Map<string, Set<string>>();
  for (const file of globSync("**/*.css", { cwd: top, exclude })) {
    const text = readFileSync(path.join(top, file), "utf8");
    for (const [, name = ""] of text.matchAll(/^ *\.([\w-]+) \{/gm)) {
      sheets.set(name, (sheets.get(name) ?? new Set()).add(file));
    }
  }
  assert.ok(sheets.size > 50, `${sheets.size}`);
  const twice = [...sheets].filter(([, files]) => files.size > 1);
  assert.deepEqual(
    twice.map(([name, files]) => `.${name}: ${[...files].join(", ")}`),
    [],
  );
});
