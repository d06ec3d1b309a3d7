import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { GitFailed, readGit } from "./git.ts";

const env = { PATH: process.env["PATH"] ?? "", HOME: tmpdir() };

test("git that cannot be begun is told to whoever asked, and ends nobody else", async () => {
  const asked = [1, 2, 3].map(async () => {
    await readGit({ ...env, PATH: "/nowhere" }, ["version"], { bytesMax: 100 });
  });
  for (const each of asked) await assert.rejects(each, { code: "ENOENT" });
  await setImmediate(); // an error that nobody took would be thrown by now
});

test("what git writes is given up to the bound, and its own failure is told", async () => {
  const whole = await readGit(env, ["version"], { bytesMax: 100 });
  assert.equal(whole.isCut, false);
  assert.match(whole.output.toString(), /^git version /);
  const cut = await readGit(env, ["version"], { bytesMax: 3 });
  assert.deepEqual([cut.output.toString(), cut.isCut], ["git", true]);
  await assert.rejects(readGit(env, ["no-such-command"], { bytesMax: 100 }), GitFailed);
});
