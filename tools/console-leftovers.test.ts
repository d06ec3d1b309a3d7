import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { buildFolder, removeLeftovers } from "./console-leftovers.ts";

test("a build removes what builds that were killed left, and nothing of one that runs", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "tidegate-leftovers-"));
  t.after(async () => await rm(directory, { recursive: true }));
  for (const name of ["console", ".console-7-old", "api"]) {
    await mkdir(join(directory, name, "assets"), { recursive: true });
  }
  for (const pid of [7, 8]) await mkdir(buildFolder(directory, pid));
  await removeLeftovers(directory, (pid) => pid === 8);
  assert.deepEqual((await readdir(directory)).toSorted(), [".console-8", "api", "console"]);
});

test("where nothing was ever built there is nothing left", async () => {
  await removeLeftovers(join(tmpdir(), "tidegate-never-built"), () => false);
});
