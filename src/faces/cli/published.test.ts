/** What a published package holds: what was built, and no sources, which Node runs from no `node_modules`. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { before, test } from "node:test";
import { promisify } from "node:util";

const root = path.join(import.meta.dirname, "../../..");
let files: readonly string[] = [];

before(async () => {
  const argv = ["pack", "--dry-run", "--json", "--ignore-scripts", "--offline"];
  const { stdout } = await promisify(execFile)("npm", argv, { cwd: root, maxBuffer: 2 ** 24 });
  const [pack] = JSON.parse(stdout);
  files = pack.files.map(({ path: name }: { readonly path: string }) => name);
});

test("package: where there are sources they are what runs, so there are none", () => {
  assert.deepEqual(
    files.filter((name) => /^(?:src|tools|journeys|bench|node_modules)\//.test(name)),
    [],
  );
});

const needed = ["bin/tidegate", "package.json", "docs/README.md", "CHANGELOG.md", "GLOSSARY.md"];
for (const name of [...needed, "share/man/man1/tidegate-up.1"]) {
  test(`package: ${name} comes with it`, () => assert.ok(files.includes(name)));
}

test("package: it is built before it is packed", async () => {
  const { scripts, files: named } = JSON.parse(
    await readFile(path.join(root, "package.json"), "utf8"),
  );
  assert.ok(named.includes("dist"));
  assert.notEqual(scripts.prepack, undefined);
});
