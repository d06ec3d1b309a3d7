/** The pages of the manual that the console leads to are there. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

const root = path.join(import.meta.dirname, "..", "..", "..", "..");

test("console: every page of the manual that it leads to is there", () => {
  const source = readFileSync(path.join(import.meta.dirname, "manual-link.tsx"), "utf8");
  const pages = [...source.matchAll(/^ {2}\| "([^"]+)"/gm)].map(([, page = ""]) => page);
  assert.ok(pages.length > 3, "the list was found");
  const missing = pages.filter((page) => !existsSync(path.join(root, "docs", `${page}.md`)));
  assert.deepEqual(missing, []);
});
