import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { consolePages } from "#faces/api/contract";

test("console: the server answers exactly the addresses that the router has a page for", () => {
  // Read as text: Node does not run the pages.
  const source = readFileSync(path.join(import.meta.dirname, "router.tsx"), "utf8");
  const routed = [...source.matchAll(/^ {2}path: "([^"]+)",$[^]*?import\("([^"]+)"\)/gm)].map(
    ([, at = "", page = ""]) => `${at.replaceAll("$", ":")} ${page}`,
  );
  assert.ok(routed.length > 5);
  const answered = Object.entries(consolePages).map(
    ([at, name]) => `${at} ./pages/${name}/${name}-page.tsx`,
  );
  assert.deepEqual(routed.toSorted(), answered.toSorted());
});
