import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { CommandFailed } from "./command-failed.ts";
import { makeAll, missingFor, unmakeAll } from "./data-place.ts";

let here: string;
before(async () => {
  here = await mkdtemp(path.join(tmpdir(), "tidegate-place-"));
  await writeFile(path.join(here, "file"), "");
});
after(async () => rm(here, { recursive: true, force: true }));

// oxfmt-ignore
const refusals: readonly (readonly [claim: string, dataDir: () => string, said: RegExp])[] = [
  ["a file is no data directory", () => path.join(here, "file"), /^\S+file is not a directory; expected/],
  ["nothing can be below a file", () => path.join(here, "file/a/b"), /^the data directory \S+\/b cannot be: \S+file is not a directory; expected/],
  ["a file system that takes no directory is told at once", () => "/proc/tidegate-none", /^the data directory \/proc\/tidegate-none cannot be: no directory can be made in \/proc; expected/],
];
async function make(dataDir: string): Promise<void> {
  await makeAll(dataDir, await missingFor(dataDir));
}
for (const [claim, dataDir, said] of refusals) {
  test(`data place: ${claim}`, async () => {
    await assert.rejects(make(dataDir()), (error) => {
      assert.ok(error instanceof CommandFailed);
      assert.match(error.message, said);
      assert.equal(error.exitCode, 2);
      return true;
    });
  });
}

test("data place: what was made is taken back, and what was there stays", async () => {
  const dataDir = path.join(here, "deep", "data");
  const made = await makeAll(dataDir, await missingFor(dataDir));
  assert.deepEqual(await missingFor(dataDir), []);
  await writeFile(path.join(dataDir, "run", "supervisor.log"), "it was refused");
  await unmakeAll(dataDir, made);
  assert.deepEqual(await readdir(here), ["file"]);
});

test("data place: what somebody else has made meanwhile is theirs", async () => {
  const dataDir = path.join(here, "shared");
  const missing = await missingFor(dataDir);
  await mkdir(path.join(dataDir, "run"), { recursive: true });
  await writeFile(path.join(dataDir, "run", "theirs"), "");
  await unmakeAll(dataDir, await makeAll(dataDir, missing));
  assert.deepEqual(await readdir(path.join(dataDir, "run")), ["theirs"]);
});

test("data place: what has come to hold something else is not taken back", async () => {
  const dataDir = path.join(here, "kept");
  const made = await makeAll(dataDir, await missingFor(dataDir));
  await mkdir(path.join(dataDir, "database"));
  await unmakeAll(dataDir, made);
  assert.deepEqual(await readdir(dataDir), ["database"]);
});
