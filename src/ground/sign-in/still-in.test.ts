/**
 * A way in that is made in the very moment in which what asked for it ends: either it is not made, or it ends
 * with the rest. Who is first is decided here by letting one of the two write between the other's reading and
 * its writing.
 */
import { strict as assert } from "node:assert";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { machineActor, type Actor, type DocumentKind, type SignedIn } from "#domain";
import type { Result } from "#std";
import { authenticator } from "./authenticator.testing.ts";
import { testProvider } from "./provider.testing.ts";
import {
  admitted,
  browser,
  must,
  newWorld,
  origin,
  otherPhrase,
  phrase,
  refusal,
  type World,
} from "./world.testing.ts";

/** What may be asked for: here, or in another process, which is who writes in between. */
type Doors = Pick<World, "signIn" | "people">;

type Made = Promise<Result<unknown, { readonly code: string; readonly why?: string }>>;

/** What puts which document, and who asks for it. `ana`: the session by which the request was let in. */
type Making = readonly [
  what: string,
  kind: DocumentKind,
  make: (doors: Doors, ana: SignedIn, actor?: Actor) => Made,
];

const wish = { label: "ci", reach: { kind: "all" }, expiresInMs: 86_400_000 } as const;
const invitation = { note: "", grants: [], teams: [] } as const;

const token: Making = [
  "a token",
  "token",
  async ({ people }, { admitted: { actor } }, by = actor) => await people.createToken(wish, by),
];
const sshKey: Making = [
  "an SSH key",
  "sshKey",
  async ({ people }, { admitted: { actor } }, by = actor) =>
    await people.addSshKey({ publicKey: newKey() }, by),
];
const invited: Making = [
  "an invitation",
  "invitation",
  async ({ signIn }, { admitted: { actor } }, by = actor) => await signIn.invite(invitation, by),
];
const passkey: Making = [
  "a passkey",
  "passkey",
  async ({ signIn }, { admitted: of }) => {
    const { options, ceremony } = must(await signIn.beginNewPasskey(of));
    const answer = authenticator().create(options, { origin });
    return await signIn.addPasskey({ label: "key", answer }, of, { ...browser, ceremony });
  },
];
const password: Making = [
  "a password",
  "password",
  async ({ signIn }, { admitted: of }) =>
    await signIn.changePassword({ current: phrase, password: thirdPhrase }, of, browser),
];
const thirdPhrase = "a third phrase, longer still";

type Ending = readonly [
  how: string,
  end: (doors: Doors, ana: SignedIn, other: SignedIn) => Promise<unknown>,
];
const changed: Ending = [
  "the password is changed in another session",
  async ({ signIn }, _ana, { admitted: of }) =>
    must(await signIn.changePassword({ current: phrase, password: otherPhrase }, of, browser)),
];
const othersEnded: Ending = [
  "another session ends all others",
  async ({ signIn }, _ana, { admitted: of }) => await signIn.endOtherSessions(of),
];
const signedOut: Ending = [
  "it is signed out",
  async ({ signIn }, { admitted: of }) => must(await signIn.endSession(of, of.session.id)),
];
const disabled: Ending = [
  "its user is disabled",
  async ({ people }, { admitted: { actor } }) =>
    must(await people.setUserState(actor.name, "disabled", machineActor)),
];
const backAgain: Ending = [
  "its user is disabled and let in again",
  async ({ people }, { admitted: { actor } }) => {
    must(await people.setUserState(actor.name, "disabled", machineActor));
    must(await people.setUserState(actor.name, "active", machineActor));
  },
];
const invitedAnew: Ending = [
  "its user accepts a new way in",
  async ({ signIn }, { admitted: { actor } }) => {
    const lost = { ...invitation, forUser: actor.name };
    const made = must(await signIn.invite(lost, machineActor));
    const credential = { kind: "password", password: otherPhrase } as const;
    must(await signIn.accept({ token: made.token, credential }, browser));
  },
];

// oxfmt-ignore
const bySession: readonly (readonly [Making, readonly Ending[]])[] = [
  [token,    [changed, othersEnded, signedOut, disabled, backAgain, invitedAnew]],
  [sshKey,   [changed, othersEnded, signedOut, disabled, backAgain, invitedAnew]],
  [invited,  [changed, othersEnded, signedOut, disabled, backAgain]],
  [passkey,  [changed, othersEnded, signedOut, disabled, backAgain, invitedAnew]],
  [password, [othersEnded, signedOut, disabled, backAgain]],
];
for (const [[what, kind, make], endings] of bySession) {
  test(`${what} is not made by a session that ends before it is written`, async (t) => {
    await using world = await newWorld();
    for (const [index, [how, end]] of endings.entries()) {
      await t.test(how, async () => {
        const name = `ana${index}`;
        const ana = await world.newUser(name);
        const other = must(await world.signIn.withPassword({ name, password: phrase }, browser));
        let ended = "not reached";
        world.beforeNext(kind, async () => {
          await end(world.elsewhere, ana, other);
          ended = await writtenOf(world, kind);
        });
        assert.equal(refusal(await make(world, ana)), "credential_ended");
        assert.equal(await writtenOf(world, kind), ended, "nothing was written after it");
      });
    }
  });
}

for (const [what, kind, make] of [token, sshKey, invited]) {
  test(`${what} is not made by a token that ends before it is written`, async (t) => {
    await using world = await newWorld();
    // oxfmt-ignore
    const endings: readonly (readonly [how: string, end: (by: Actor, ana: SignedIn) => Promise<unknown>])[] = [
      ["it is revoked", async (by) => by.token && must(await world.elsewhere.people.revokeToken(by.token, by))],
      ["the password is changed", async (_by, ana) => await changed[1](world.elsewhere, ana, ana)],
      ["its owner is disabled and let in again", async (_by, ana) => await backAgain[1](world.elsewhere, ana, ana)],
    ];
    for (const [index, [how, end]] of endings.entries()) {
      await t.test(how, async () => {
        const ana = await world.newUser(`ana${index}`);
        const { text } = must(await world.people.createToken(wish, ana.admitted.actor));
        const by = await world.people.admit(text, browser);
        assert(by !== undefined);
        let ended = "not reached";
        world.beforeNext(kind, async () => {
          await end(by, ana);
          ended = await writtenOf(world, kind);
        });
        assert.equal(refusal(await make(world, ana, by)), "credential_ended");
        assert.equal(await writtenOf(world, kind), ended, "nothing was written after it");
      });
    }
  });
}

test("who was let in by a token that is put to use in the same moment is not taken for ended", async () => {
  await using world = await newWorld();
  const ana = await world.newUser("ana");
  for (const [, kind, make] of [token, sshKey, invited, passkey]) {
    world.beforeNext(kind, async () => {
      world.clock.advance(6 * 60_000);
      await admitted(world.signIn, ana);
    });
    must(await make(world, ana));
    must(await make(world, ana));
    world.clock.advance(-6 * 60_000);
  }
});

// The other order: what was made before the end is found by it, though it was not there when it first looked.
for (const [how, kind, end] of [
  ["a changed password", "password", changed[1]],
  ["a new way in by an invitation", "password", invitedAnew[1]],
] as const) {
  test(`${how} ends the token and the key that were made while it looked for them`, async () => {
    await using world = await newWorld();
    const ana = await world.newUser("ana");
    const thief = must(await world.signIn.withPassword({ name: "ana", password: phrase }, browser));
    world.beforeNext(kind, async () => {
      must(await token[2](world.elsewhere, thief));
      must(await sshKey[2](world.elsewhere, thief));
    });
    await end(world, ana, ana);
    const living = (await world.people.tokens("ana")).filter(
      ({ revokedAt }) => revokedAt === undefined,
    );
    assert.deepEqual(living, []);
    assert.deepEqual(await world.people.sshKeys("ana"), []);
  });
}

test("the end of all other sessions ends what one of them made while it looked", async () => {
  await using world = await newWorld();
  const ana = await world.newUser("ana");
  const thief = must(await world.signIn.withPassword({ name: "ana", password: phrase }, browser));
  must(await token[2](world, thief));
  world.beforeNext("token", async () => void must(await sshKey[2](world.elsewhere, thief)));
  const ended = await world.signIn.endOtherSessions(ana.admitted);
  assert.deepEqual(ended, { sessionsEnded: 1, tokensEnded: 1, sshKeysEnded: 1 });
  assert.deepEqual(await world.people.sshKeys("ana"), []);
});

test("nobody comes in with the old password while a new one is set by an invitation", async () => {
  await using world = await newWorld();
  await world.newUser("ana");
  const made = must(await world.signIn.invite({ ...invitation, forUser: "ana" }, machineActor));
  let thief: SignedIn | undefined;
  world.beforeNext("password", async () => {
    const { signIn } = world.elsewhere;
    thief = must(await signIn.withPassword({ name: "ana", password: phrase }, browser));
  });
  const credential = { kind: "password", password: otherPhrase } as const;
  must(await world.signIn.accept({ token: made.token, credential }, browser));
  assert(thief !== undefined, "they came in before it was written");
  assert.equal(await world.signIn.admit(thief.secret, browser), undefined, "and are out");
});

test("who goes on coming in by the old password does not keep a new way in from being set", async () => {
  await using world = await newWorld();
  await world.newUser("ana");
  const made = must(await world.signIn.invite({ ...invitation, forUser: "ana" }, machineActor));
  const begun = Promise.withResolvers<void>();
  const goOn = async (): Promise<string> => {
    for (;;) {
      const came = await world.signIn.withPassword({ name: "ana", password: phrase }, browser);
      if (!came.ok) return came.error.code;
      begun.resolve();
    }
  };
  const thieves = Promise.all(Array.from({ length: 4 }, goOn));
  await begun.promise;
  const credential = { kind: "password", password: otherPhrase } as const;
  must(await world.signIn.accept({ token: made.token, credential }, browser));
  assert.deepEqual(new Set(await thieves), new Set(["sign_in_refused"]));
});

test("a provider is not trusted on the word of who is out by the time its issuer has answered", async () => {
  await using provider = await testProvider();
  await using world = await newWorld();
  const ana = await world.newUser("ana");
  const { issuer, clientId, clientSecret } = provider;
  const client = { name: "acme", title: "Acme", issuer, clientId, clientSecret };
  world.beforeNext("provider", async () => await signedOut[1](world.elsewhere, ana, ana));
  const put = await world.signIn.putProvider(
    { ...client, emailDomains: [], createsUsers: true },
    ana.admitted.actor,
  );
  assert.equal(refusal(put), "credential_ended");
  assert.deepEqual(await world.signIn.providers(), []);
});

test("who goes on making ways in keeps nobody from ending them", { timeout: 60_000 }, async () => {
  await using world = await newWorld();
  const ana = await world.newUser("ana");
  const thief = must(await world.signIn.withPassword({ name: "ana", password: phrase }, browser));
  const { actor } = thief.admitted;
  const begun = Promise.withResolvers<void>();
  const goOn = async (): Promise<string> => {
    for (;;) {
      const made = await world.people.createToken(wish, actor);
      if (!made.ok) return made.error.code;
      begun.resolve();
      await world.people.revokeToken(made.value.token.id, actor);
    }
  };
  const thieves = Promise.all(Array.from({ length: 6 }, goOn));
  await begun.promise;
  await changed[1](world, ana, ana);
  assert.deepEqual(new Set(await thieves), new Set(["credential_ended"]));
});

test("the machine's own sessions and tokens are held like anybody's", async () => {
  await using world = await newWorld();
  const { secret } = must(await world.signIn.makeLink(machineActor));
  const machine = must(await world.signIn.withLink(secret, browser));
  world.beforeNext("token", async () => await signedOut[1](world.elsewhere, machine, machine));
  assert.equal(refusal(await token[2](world, machine)), "credential_ended");
  const { text } = must(await world.people.createToken(wish, machineActor));
  const by = await world.people.admit(text, browser);
  assert(by?.token !== undefined);
  const { token: id } = by;
  world.beforeNext("sshKey", async () =>
    must(await world.elsewhere.people.revokeToken(id, machineActor)),
  );
  assert.equal(refusal(await sshKey[2](world, machine, by)), "credential_ended");
  must(await token[2](world, machine, machineActor));
});

test("a token for somebody else is not made once they are disabled", async () => {
  await using world = await newWorld();
  const ana = await world.newUser("ana");
  world.beforeNext("token", async () => await disabled[1](world.elsewhere, ana, ana));
  const made = await world.people.createToken({ ...wish, owner: "ana" }, machineActor);
  assert.equal(refusal(made), "wrong_state");
  assert.deepEqual(await world.people.tokens("ana"), []);
});

/** Which documents of a kind there are, each with how often it was written. */
async function writtenOf({ store }: World, kind: DocumentKind): Promise<string> {
  const all = await store.list(kind, { limit: 100 });
  return all.map(({ id, version }) => `${id} ${version}`).join(", ");
}

function newKey(): string {
  const { x = "" } = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" });
  const head = Buffer.from("0000000b7373682d6564323535313900000020", "hex");
  const blob = Buffer.concat([head, Buffer.from(x, "base64url")]);
  return `ssh-ed25519 ${blob.toString("base64")} ana@laptop`;
}

test("who comes in by a passkey waits for their user's turn, and finds it ended", async () => {
  await using world = await newWorld();
  const { signIn } = world;
  const ana = await world.newUser("ana");
  const device = authenticator();
  const begun = must(await signIn.beginNewPasskey(ana.admitted));
  const answer = device.create(begun.options, { origin });
  const at = { ...browser, ceremony: begun.ceremony };
  must(await signIn.addPasskey({ label: "key", answer }, ana.admitted, at));
  const asked = must(await signIn.beginPasskey());
  const order: string[] = [];
  let coming: Promise<unknown> | undefined;
  world.beforeNext("password", async () => {
    const there = { ...browser, ceremony: asked.ceremony };
    coming = signIn
      .withPasskey(device.get(asked.options, { origin }), there)
      .then((came) => order.push(came.ok ? "came in" : came.error.code));
    // It takes two hashes, far more than a sign-in that does not wait.
    await world.newUser("bo");
    order.push("bo is there");
  });
  await changed[1](world, ana, ana);
  await coming;
  assert.deepEqual(order, ["bo is there", "credential_refused"]);
});
