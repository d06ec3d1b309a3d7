import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { machineActor } from "#domain";
import { openTokens } from "./tokens.ts";

test("the first start makes a private token; later ones keep it, and only it is let in", async (t) => {
  const dataDir = await mkdtemp(path.join(tmpdir(), "tidegate-tokens-"));
  t.after(async () => rm(dataDir, { recursive: true }));
  const first = await openTokens({ dataDir });
  const token = (await readFile(first.tokenFile, "utf8")).trim();
  assert.equal(first.isNew, true);
  assert.equal((await stat(first.tokenFile)).mode & 0o777, 0o600);
  await chmod(first.tokenFile, 0o644);
  const second = await openTokens({ dataDir });
  assert.equal(second.isNew, false);
  assert.equal((await stat(second.tokenFile)).mode & 0o777, 0o600, "made private again");
  assert.equal(await second.authenticate(token), machineActor);
  for (const wrong of ["", "tg_", token.slice(1), `${token}x`, token.toUpperCase()]) {
    assert.equal(await second.authenticate(wrong), undefined, wrong);
  }
  assert.deepEqual(await readdir(dataDir), ["admin-token"], "no draft is left");
});

test("starts at the same moment agree on one token", async (t) => {
  const dataDir = await mkdtemp(path.join(tmpdir(), "tidegate-tokens-"));
  t.after(async () => rm(dataDir, { recursive: true }));
  const all = await Promise.all(Array.from({ length: 8 }, async () => openTokens({ dataDir })));
  const token = (await readFile(path.join(dataDir, "admin-token"), "utf8")).trim();
  assert.equal(all.filter(({ isNew }) => isNew).length, 1);
  const admitted = await Promise.all(all.map(async (each) => await each.authenticate(token)));
  assert.ok(admitted.every((actor) => actor === machineActor));
});

test("a token file that was emptied is an assertion, not an open door", async (t) => {
  const dataDir = await mkdtemp(path.join(tmpdir(), "tidegate-tokens-"));
  t.after(async () => rm(dataDir, { recursive: true }));
  await writeFile(path.join(dataDir, "admin-token"), "");
  await assert.rejects(openTokens({ dataDir }), /holds no token/);
});
