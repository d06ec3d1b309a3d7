/** SSH keys over a real PostgreSQL: one key is one person, and worth what they are worth now. */
import { strict as assert } from "node:assert";
import { generateKeyPairSync } from "node:crypto";
import { test, type TestContext } from "node:test";
import { sure } from "#std/testing";
import { isAllowed, machineActor, parseAppName, parseScope } from "#domain";
import { sshKeysPerOwnerMax, touchEveryMs } from "./limits.ts";
import { codeOf, openWorld } from "./people.testing.ts";

const here = { address: "192.0.2.7", userAgent: "SSH-2.0-OpenSSH_9.2" };
const dayMs = 86_400_000;

function newKey(comment = "ana@laptop") {
  const { x = "" } = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" });
  const head = Buffer.from("0000000b7373682d6564323535313900000020", "hex");
  const blob = Buffer.concat([head, Buffer.from(x, "base64url")]);
  return { blob, publicKey: `ssh-ed25519 ${blob.toString("base64")} ${comment}` };
}

async function open(t: TestContext) {
  const world = await openWorld(t);
  for (const name of ["ana", "bo"]) {
    const grants = [{ role: "developer" as const, scope: sure(parseScope("platform")) }];
    sure(await world.people.createUser({ name, grants, teams: [] }, machineActor));
  }
  return world;
}

test("ssh keys: whoever holds one is its owner, with the rights they have now", async (t) => {
  const { people, actor, store } = await open(t);
  const { blob, publicKey } = newKey();
  const key = sure(await people.addSshKey({ publicKey }, await actor("ana")));
  assert.deepEqual([key.label, key.ownerName], ["ana@laptop", "ana"]);
  const admitted = await people.admitSshKey(blob, here, true);
  assert.deepEqual([admitted?.name, admitted?.sshKey, admitted?.origin], ["ana", key.id, here]);
  const scope = sure(parseScope("platform"));
  const app = sure(parseAppName("shop"));
  const may = async () => {
    const now = await people.admitSshKey(blob, here, true);
    return now !== undefined && isAllowed(now, "source.push", { kind: "app", app });
  };
  assert.ok(await may(), "a developer pushes");
  const grant = { role: "developer", scope } as const;
  const to = { kind: "user", name: "ana" } as const;
  sure(await people.setGrant({ to, grant, isGiven: false }, machineActor));
  assert.ok(!(await may()), "and no longer");
  const journal = await store.entries({ after: 0, limit: 100 });
  assert.ok(journal.some(({ type }) => type === "dev.tidegate.sshkey.added"));
});

test("ssh keys: another key, and one that was removed, are nobody's", async (t) => {
  const { people, actor } = await open(t);
  const { blob, publicKey } = newKey();
  assert.equal(await people.admitSshKey(blob, here, true), undefined);
  const { id } = sure(await people.addSshKey({ publicKey }, await actor("ana")));
  assert.equal(await people.admitSshKey(newKey().blob, here, true), undefined);
  sure(await people.removeSshKey(id, await actor("ana")));
  assert.equal(await people.admitSshKey(blob, here, true), undefined);
  assert.equal(codeOf(await people.removeSshKey(id, await actor("ana"))), "not_found");
});

test("ssh keys: one key is one person's", async (t) => {
  const { people, actor } = await open(t);
  const { blob, publicKey } = newKey();
  sure(await people.addSshKey({ publicKey }, await actor("ana")));
  assert.equal(codeOf(await people.addSshKey({ publicKey }, await actor("ana"))), "already_exists");
  assert.equal(codeOf(await people.addSshKey({ publicKey }, await actor("bo"))), "already_exists");
  assert.equal(codeOf(await people.addSshKey({ publicKey }, machineActor)), "already_exists");
  const raced = newKey();
  const actors = [await actor("ana"), await actor("bo")];
  const both = await Promise.all(actors.map(async (by) => await people.addSshKey(raced, by)));
  assert.deepEqual(both.map(codeOf).toSorted(), ["already_exists", "ok"]);
  assert.equal((await people.admitSshKey(blob, here, true))?.name, "ana");
});

test("ssh keys: disabling the owner ends them at once; enabled again, they add them anew", async (t) => {
  const { people, actor, pass } = await open(t);
  const { blob, publicKey } = newKey();
  sure(await people.addSshKey({ publicKey }, await actor("ana")));
  sure(await people.setUserState("ana", "disabled", machineActor));
  assert.equal(await people.admitSshKey(blob, here, false), undefined);
  assert.equal(await people.admitSshKey(blob, here, true), undefined);
  sure(await people.setUserState("ana", "active", machineActor));
  assert.equal(await people.admitSshKey(blob, here, true), undefined);
  pass(10);
  assert.equal(codeOf(await people.addSshKey({ publicKey }, await actor("bo"))), "already_exists");
  sure(await people.addSshKey({ publicKey }, await actor("ana")));
  assert.equal((await people.admitSshKey(blob, here, true))?.name, "ana");
});

test("ssh keys: who was disabled adds none, also when nothing but their name let them in", async (t) => {
  const { people, actor } = await open(t);
  const ana = await actor("ana");
  assert.deepEqual([ana.session, ana.token], [undefined, undefined]);
  sure(await people.setUserState("ana", "disabled", machineActor));
  assert.equal(codeOf(await people.addSshKey(newKey(), ana)), "credential_ended");
  sure(await people.setUserState("ana", "active", machineActor));
  assert.equal(codeOf(await people.addSshKey(newKey(), ana)), "ok");
});

test("ssh keys: a narrow token adds none and removes none; by a wide one it ends with it", async (t) => {
  const { people, actor, pass } = await open(t);
  const wish = { label: "x", expiresInMs: dayMs } as const;
  const admitted = async (kind: "all" | "read") => {
    const { text } = sure(
      await people.createToken({ ...wish, reach: { kind } }, await actor("ana")),
    );
    const by = await people.admit(text, here);
    assert.ok(by !== undefined);
    return by;
  };
  const { blob, publicKey } = newKey();
  const narrow = await admitted("read");
  assert.equal(codeOf(await people.addSshKey({ publicKey }, narrow)), "wrong_state");
  const key = sure(await people.addSshKey({ publicKey }, await admitted("all")));
  assert.equal(codeOf(await people.removeSshKey(key.id, narrow)), "wrong_state");
  pass(dayMs - 1_000);
  assert.equal((await people.admitSshKey(blob, here, true))?.name, "ana");
  pass(1_000);
  assert.equal(await people.admitSshKey(blob, here, true), undefined);
});

test("ssh keys: other people's are an admin's business, and the machine may have its own", async (t) => {
  const { people, actor } = await open(t);
  const { id } = sure(await people.addSshKey(newKey(), await actor("ana")));
  assert.equal(codeOf(await people.removeSshKey(id, await actor("bo"))), "not_found");
  assert.equal(codeOf(await people.removeSshKey(id, machineActor)), "ok");
  const own = newKey();
  sure(await people.addSshKey(own, machineActor));
  const admitted = await people.admitSshKey(own.blob, here, true);
  assert.deepEqual([admitted?.name, admitted?.user], ["admin", undefined]);
  assert.equal((await people.sshKeys("admin")).length, 1);
  assert.equal((await people.sshKeys("ana")).length, 0);
});

test("ssh keys: only a use that was proven is written down, and not each time", async (t) => {
  const { people, store, actor, pass } = await open(t);
  const { blob, publicKey } = newKey();
  const { id } = sure(await people.addSshKey({ publicKey }, await actor("ana")));
  const version = async () => (await store.get("sshKey", id))?.version;
  await people.admitSshKey(blob, here, false);
  assert.equal(await version(), 1);
  await people.admitSshKey(blob, here, true);
  assert.equal((await store.get("sshKey", id))?.body.lastAddress, here.address);
  await people.admitSshKey(blob, here, true);
  assert.equal(await version(), 2);
  pass(touchEveryMs);
  await people.admitSshKey(blob, here, true);
  assert.equal(await version(), 3);
});

test("ssh keys: what may be added", async (t) => {
  const { people, actor } = await open(t);
  const ana = await actor("ana");
  const add = async (publicKey: string, label?: string) =>
    await people.addSshKey({ publicKey, ...(label === undefined ? {} : { label }) }, ana);
  assert.equal(codeOf(await add("ssh-ed25519 AAAA")), "invalid_input");
  assert.equal(codeOf(await add(newKey().publicKey, "x".repeat(101))), "invalid_input");
  assert.equal(sure(await add(newKey("").publicKey)).label, "key");
  assert.equal(sure(await add(newKey("tab\there").publicKey)).label, "tab here");
  for (let more = 2; more < sshKeysPerOwnerMax; more += 1) sure(await add(newKey().publicKey));
  assert.equal(codeOf(await add(newKey().publicKey)), "limit_reached");
});
