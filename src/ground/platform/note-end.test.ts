import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { noteEnd } from "./note-end.ts";

let directory: string;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "tidegate-end-"));
});
after(async () => rm(directory, { recursive: true, force: true }));

const ours = "tidegate: this instance ended: exit code 3\n";
// oxfmt-ignore
const cases: readonly (readonly [claim: string, before: string, after: string])[] = [
  ["follows what it printed",                     "up\n",      `up\n${ours}`],
  ["begins a line of its own",                    "up, and",   `up, and\n${ours}`],
  ["is all there is when it printed nothing",     "",          ours],
];
for (const [claim, text, expected] of cases) {
  test(`note of an end: it ${claim}`, async () => {
    const file = path.join(directory, "log");
    await writeFile(file, text);
    await noteEnd(file, "exit code 3");
    assert.equal(await readFile(file, "utf8"), expected);
  });
}

test("note of an end: where the log is gone, none is made", async () => {
  const file = path.join(directory, "none");
  await noteEnd(file, "exit code 3");
  await assert.rejects(readFile(file));
});
