/** Tokens over a real PostgreSQL: worth what their owner is worth now, and nothing once they have ended. */
import { strict as assert } from "node:assert";
import { test, type TestContext } from "node:test";
import fc from "fast-check";
import { sha256Hex } from "#std";
import { sure } from "#std/testing";
import {
  isAllowed,
  machineActor,
  newId,
  parseAppName,
  parseScope,
  tokenForm,
  tokenText,
  type Actor,
  type NewToken,
  type Role,
} from "#domain";
import { tokenMsMax, tokenMsMin, tokensPerOwnerMax, touchEveryMs } from "./limits.ts";
import { codeOf, openWorld } from "./people.testing.ts";
import { hasEnded } from "./still-in.ts";

const shop = sure(parseAppName("shop"));
const production = { kind: "app", app: shop, environment: "production" } as const;
const here = { address: "192.0.2.7" };
const dayMs = 86_400_000;
const wish: NewToken = { label: "ci", reach: { kind: "all" }, expiresInMs: dayMs };

async function open(t: TestContext) {
  const world = await openWorld(t);
  const { people } = world;
  const grants = [{ role: "operator" as const, scope: sure(parseScope("platform")) }];
  await people.createUser({ name: "ana", grants, teams: [] }, machineActor);
  const setRole = async (role: Role, isGiven: boolean) =>
    sure(
      await people.setGrant(
        {
          to: { kind: "user", name: "ana" },
          grant: { role, scope: sure(parseScope("platform")) },
          isGiven,
        },
        machineActor,
      ),
    );
  return { ...world, setRole, ana: async (): Promise<Actor> => await world.actor("ana") };
}

test("tokens: the holder is let in as their owner, and only the hash is kept", async (t) => {
  const { people, store, ana } = await open(t);
  const { text, token } = sure(await people.createToken(wish, await ana()));
  const actor = await people.admit(text, here);
  assert.deepEqual([actor?.name, actor?.token], ["ana", token.id]);
  assert.ok(actor !== undefined && isAllowed(actor, "rollout.steer", production));
  const kept = JSON.stringify([
    await store.list("token", { limit: 10 }),
    await store.list("user", { limit: 10 }),
    await store.entries({ after: 0, limit: 100 }),
  ]);
  assert.ok(!kept.includes(text) && kept.includes(sha256Hex(text)));
  const journal = JSON.stringify(await store.entries({ after: 0, limit: 100 }));
  assert.ok(!journal.includes(sha256Hex(text)), "the journal has not even the hash");
});

test("tokens: one is worth what its owner is worth when it is used", async (t) => {
  const { people, ana, setRole } = await open(t);
  const { text } = sure(await people.createToken(wish, await ana()));
  await setRole("operator", false);
  await setRole("viewer", true);
  const actor = await people.admit(text, here);
  assert.ok(actor !== undefined && isAllowed(actor, "app.read", production));
  assert.ok(!isAllowed(actor, "source.push", production));
});

test("tokens: disabling the owner ends them at once, and enabling does not bring them back", async (t) => {
  const { people, ana, pass } = await open(t);
  const { text } = sure(await people.createToken(wish, await ana()));
  sure(await people.setUserState("ana", "disabled", machineActor));
  assert.equal(await people.admit(text, here), undefined);
  sure(await people.setUserState("ana", "active", machineActor));
  assert.equal(await people.admit(text, here), undefined);
  pass(10);
  const next = sure(await people.createToken(wish, await ana()));
  assert.equal((await people.admit(next.text, here))?.name, "ana");
});

test("tokens: one that was revoked or has expired lets nobody in", async (t) => {
  const { people, ana, pass } = await open(t);
  const revoked = sure(await people.createToken(wish, await ana()));
  sure(await people.revokeToken(revoked.token.id, await ana()));
  assert.equal(await people.admit(revoked.text, here), undefined);
  const expiring = sure(await people.createToken(wish, await ana()));
  pass(dayMs - 1_000);
  assert.equal((await people.admit(expiring.text, here))?.name, "ana");
  pass(1_000);
  assert.equal(await people.admit(expiring.text, here), undefined);
});

test("tokens: a user who is not there makes none, and least of all the machine's own", async (t) => {
  const { people, ana } = await open(t);
  const gone = { ...(await ana()), user: newId("usr", Math.random) };
  assert.equal(codeOf(await people.createToken(wish, gone)), "credential_ended");
  assert.deepEqual(await people.tokens(), []);
});

test("tokens: one has ended at its very end, and when it was revoked", async (t) => {
  const { people, ana } = await open(t);
  const { token } = sure(await people.createToken(wish, await ana()));
  assert.equal(hasEnded(token, token.expiresAt - 1), false);
  assert.equal(hasEnded(token, token.expiresAt), true);
  assert.equal(hasEnded({ ...token, revokedAt: token.createdAt }, token.createdAt), true);
});

test("tokens: a narrow one makes none and ends none but itself; none outlives the one that made it", async (t) => {
  const { people, ana } = await open(t);
  const wide = sure(await people.createToken(wish, await ana()));
  const push = { ...wish, reach: { kind: "push", app: shop } } as const;
  const narrow = sure(await people.createToken(push, await ana()));
  const byNarrow = await people.admit(narrow.text, here);
  assert.ok(byNarrow !== undefined);
  assert.equal(codeOf(await people.createToken(push, byNarrow)), "wrong_state");
  assert.equal(codeOf(await people.revokeToken(wide.token.id, byNarrow)), "not_found");
  assert.equal(codeOf(await people.revokeToken(narrow.token.id, byNarrow)), "ok");
  const byWide = await people.admit(wide.text, here);
  assert.ok(byWide !== undefined);
  const child = sure(await people.createToken({ ...wish, expiresInMs: 30 * dayMs }, byWide));
  assert.equal(child.token.expiresAt, wide.token.expiresAt);
});

test("tokens: other people's are an admin's business", async (t) => {
  const { people, ana, setRole } = await open(t);
  await people.createUser({ name: "bo", grants: [], teams: [] }, machineActor);
  const forBo = { ...wish, owner: "bo" };
  assert.equal(codeOf(await people.createToken(forBo, await ana())), "forbidden");
  const { text, token } = sure(await people.createToken(forBo, machineActor));
  assert.equal((await people.admit(text, here))?.name, "bo");
  assert.equal(codeOf(await people.revokeToken(token.id, await ana())), "not_found");
  await setRole("admin", true);
  assert.equal(codeOf(await people.revokeToken(token.id, await ana())), "ok");
  assert.deepEqual(
    (await people.tokens("bo")).map(({ id }) => id),
    [token.id],
  );
  assert.deepEqual(await people.tokens("ana"), []);
});

test("tokens: those that ended with their owner are listed so, also once the owner is let in again", async (t) => {
  const { people } = await open(t);
  await people.createUser({ name: "bo", grants: [], teams: [] }, machineActor);
  const forBo = { ...wish, owner: "bo" };
  const before = sure(await people.createToken(forBo, machineActor));
  const listed = async () =>
    (await people.tokens("bo")).map(({ id, isEnded }) => [id, isEnded === true] as const);
  assert.deepEqual(await listed(), [[before.token.id, false]]);
  sure(await people.setUserState("bo", "disabled", machineActor));
  assert.deepEqual(await listed(), [[before.token.id, true]]);
  sure(await people.setUserState("bo", "active", machineActor));
  assert.deepEqual(await listed(), [[before.token.id, true]]);
  assert.equal(await people.admit(before.text, here), undefined);
});

test("tokens: the machine's own pushes for nobody in particular", async (t) => {
  const { people } = await open(t);
  const { text } = sure(
    await people.createToken({ ...wish, reach: { kind: "push", app: shop } }, machineActor),
  );
  const actor = await people.admit(text, here);
  assert.deepEqual([actor?.name, actor?.user], ["admin", undefined]);
  assert.ok(actor !== undefined && isAllowed(actor, "source.push", { kind: "app", app: shop }));
  assert.ok(!isAllowed(actor, "app.read", production));
});

test("tokens: the last use is written down, and not each time", async (t) => {
  const { people, store, ana, pass } = await open(t);
  const { text, token } = sure(await people.createToken(wish, await ana()));
  const versionAfter = async () => (await store.get("token", token.id))?.version ?? 0;
  await people.admit(text, here);
  assert.equal((await store.get("token", token.id))?.body.lastAddress, here.address);
  const once = await versionAfter();
  await people.admit(text, here);
  assert.equal(await versionAfter(), once);
  pass(touchEveryMs);
  await people.admit(text, here);
  assert.equal(await versionAfter(), once + 1);
});

// oxfmt-ignore
const wishes: readonly (readonly [claim: string, wish: NewToken, code: string])[] = [
  ["a minute is enough",          { ...wish, expiresInMs: tokenMsMin },     "ok"],
  ["less than a minute is not",   { ...wish, expiresInMs: tokenMsMin - 1 }, "invalid_input"],
  ["a year is allowed",           { ...wish, expiresInMs: tokenMsMax },     "ok"],
  ["more is not",                 { ...wish, expiresInMs: tokenMsMax + 1 }, "invalid_input"],
  ["one without a word is not",   { ...wish, label: " " },                  "invalid_input"],
  ["one for a stranger is not",   { ...wish, owner: "zoe" },                "not_found"],
];
test("tokens: what may be asked for", async (t) => {
  const { people } = await open(t);
  for (const [claim, asked, code] of wishes) {
    assert.equal(codeOf(await people.createToken(asked, machineActor)), code, claim);
  }
});

test("tokens: an owner has so many that live, and one that has ended makes room", async (t) => {
  const { people, ana } = await open(t);
  const actor = await ana();
  let last = "";
  for (let made = 0; made < tokensPerOwnerMax; made += 1) {
    last = sure(await people.createToken(wish, actor)).text;
  }
  assert.equal(codeOf(await people.createToken(wish, actor)), "limit_reached");
  const held = await people.admit(last, here);
  assert.ok(held?.token !== undefined);
  sure(await people.revokeToken(held.token, actor));
  assert.equal(codeOf(await people.createToken(wish, actor)), "ok");
});

test("token text: any 32 bytes make one that is whole, and any cut or changed one is told apart", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat(61), (bytes, at) => {
      const text = tokenText("read", bytes);
      assert.match(text, /^tgr_[0-9a-hjkmnp-tv-z]{58}$/);
      assert.equal(tokenForm(text), "whole");
      if (at >= 4) {
        const other = text[at] === "0" ? "1" : "0";
        assert.equal(tokenForm(text.slice(0, at) + other + text.slice(at + 1)), "broken");
      }
      if (at > 4) assert.equal(tokenForm(text.slice(0, at)), "broken");
      assert.equal(tokenForm(`x${text}`), "none");
    }),
  );
});
