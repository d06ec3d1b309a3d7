/**
 * What is made from the commands and from the readers of files: the reference, the manual pages, the
 * schemas. Stale ones fail here; `npm run docs` writes them anew.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { manifestSchema } from "#delivery/build";
import { defaultRolloutPolicy } from "#delivery/rollout";
import { formats, schemaOf } from "./commands/schema.ts";
import { manifestNotes, noteOfPath } from "./manual/manifest-notes.ts";
import { keysOf, manifestReference } from "./manual/manifest-reference.ts";
import { pagesOf } from "./manual/pages.ts";
import { referenceOf } from "./manual/reference.ts";
import { manPages } from "./manual/roff.ts";
import { programOf } from "./program.ts";
import { paintFor } from "./render/paint.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const reference = path.join(root, "docs/reference");
const manual = path.join(root, "share/man/man1");
const asItIs = { serializers: [String] };

const program = programOf(
  {
    env: {},
    cwd: "/",
    isRoot: false,
    isInteractive: false,
    paint: paintFor({ isTerminal: false }, {}),
    paintNarration: paintFor({ isTerminal: false }, {}),
    now: () => 0,
    result: () => undefined,
    narrate: () => undefined,
  },
  JSON.parse(await readFile(path.join(root, "package.json"), "utf8")).version,
);
const pages = pagesOf(program.command);
const manuals = manPages(pages, program.command.version() ?? "");

test("reference: docs/reference/cli.md has every command as it is", (context) => {
  context.assert.fileSnapshot(referenceOf(pages), path.join(reference, "cli.md"), asItIs);
});

for (const { file, text } of manuals) {
  test(`manual: share/man/man1/${file} is as the commands are`, (context) => {
    context.assert.fileSnapshot(text, path.join(manual, file), asItIs);
  });
}

test("manual: there is a page for each first word, and none for words that are gone", async () => {
  assert.deepEqual((await readdir(manual)).toSorted(), manuals.map(({ file }) => file).toSorted());
});

for (const [program_, argv] of [
  ["mandoc", ["-T", "lint", "-W", "warning"]],
  ["groff", ["-man", "-ww", "-z"]],
] as const) {
  test(`manual: ${program_} finds nothing wrong with a page`, async (context) => {
    const run = promisify(execFile);
    const isThere = await run("sh", ["-c", `command -v ${program_}`]).then(
      () => true,
      () => false,
    );
    if (!isThere) return context.skip(`${program_} is not installed`);
    const files = manuals.map(({ file }) => path.join(manual, file));
    const { stdout, stderr } = await run(program_, [...argv, ...files]);
    assert.equal(`${stdout}${stderr}`, "");
  });
}

const notes = manifestNotes(defaultRolloutPolicy);

test("reference: docs/reference/manifest.md has every key that tidegate.yaml may have", (context) => {
  const text = manifestReference(manifestSchema(), notes);
  context.assert.fileSnapshot(text, path.join(reference, "manifest.md"), asItIs);
});

test("reference: every key of tidegate.yaml is explained, and nothing is that is no key", () => {
  const keys = keysOf(manifestSchema()).map((key) => key.path);
  assert.ok(keys.length >= 60, `${keys.length} keys`);
  const unexplained = keys.filter((key) => noteOfPath(key, notes) === undefined);
  assert.deepEqual(unexplained, [], "add them to manifest-notes.ts");
  const unused = Object.keys(notes).filter((note) => !note.startsWith("…") && !keys.includes(note));
  assert.deepEqual(unused, [], "take them out of manifest-notes.ts");
});

for (const format of formats) {
  test(`schema: docs/reference/${format}.schema.json says what the reader reads`, async (context) => {
    const text = `${JSON.stringify(await schemaOf(format), undefined, 2)}\n`;
    context.assert.fileSnapshot(text, path.join(reference, `${format}.schema.json`), asItIs);
  });
}
