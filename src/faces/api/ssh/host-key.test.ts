/** The host key's file. */
import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openHostKey } from "./host-key.ts";

test("ssh host key: made once, private, and refused when it was edited", async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), "tidegate-ssh-"));
  t.after(async () => await rm(dataDir, { recursive: true, force: true }));
  const file = join(dataDir, "ssh", "host_ed25519");
  const made = await openHostKey(dataDir);
  assert.match(made.fingerprint, /^SHA256:[\w+/]{43}$/);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.match(await readFile(`${file}.pub`, "utf8"), /^ssh-ed25519 /);
  await chmod(file, 0o644);
  assert.deepEqual(await openHostKey(dataDir), made);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  await writeFile(file, "nothing");
  await assert.rejects(openHostKey(dataDir), /hold no key; remove both/);
});
