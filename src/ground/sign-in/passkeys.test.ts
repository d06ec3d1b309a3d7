/** Passkeys, with an authenticator in software: what is taken, and everything that is not. */
import { strict as assert } from "node:assert";
import { test } from "node:test";
import { machineActor, type Admitted, type Browser } from "#domain";
import { authenticator, type Authenticator, type Circumstances } from "./authenticator.testing.ts";
import { ceremonyMsMax, freshMsMax, passkeysPerUserMax } from "./limits.ts";
import { isCopy, rpIdOf } from "./passkeys.ts";
import {
  browser,
  invited,
  must,
  newWorld,
  origin,
  otherPhrase,
  phrase,
  refusal,
  type World,
} from "./world.testing.ts";

const here: Circumstances = { origin };
const having = (ceremony: string): Browser => ({ ...browser, ceremony });

interface Adding {
  readonly of: Admitted;
  readonly device: Authenticator;
  readonly at?: Circumstances;
}

async function added(world: World, { of, device, at = here }: Adding) {
  const { options, ceremony } = must(await world.signIn.beginNewPasskey(of));
  const input = { label: "laptop", answer: device.create(options, at) };
  return await world.signIn.addPasskey(input, of, having(ceremony));
}

async function used(world: World, device: Authenticator, at = here) {
  const { options, ceremony } = must(await world.signIn.beginPasskey());
  return await world.signIn.withPasskey(device.get(options, at), having(ceremony));
}

test("a passkey is added, signs in, is listed with its last use, renamed and removed", async () => {
  await using world = await newWorld();
  const { signIn, clock } = world;
  const ana = await world.newUser("ana");
  const device = authenticator();
  const passkey = must(await added(world, { of: ana.admitted, device }));
  clock.advance(60_000);
  const came = must(await used(world, device));
  assert.equal(came.admitted.user?.name, "ana");
  assert.equal(came.admitted.session.way, "passkey");
  const [listed] = await signIn.passkeys(came.admitted);
  assert.deepEqual([listed?.label, listed?.lastUsedAt], ["laptop", clock.now()]);
  const label = "my \u202elaptop\u0007 ";
  const renamed = must(await signIn.renamePasskey({ id: passkey.id, label }, came.admitted));
  assert.equal(renamed.label, "my laptop");
  assert.deepEqual(must(await signIn.removePasskey(passkey.id, came.admitted)), []);
  assert.match(refusal(await used(world, device)), /is not known here/);
});

for (const kind of ["password", "passkey"] as const) {
  test(`a new way in by an invitation, a ${kind}, ends the password and passkeys there were`, async () => {
    await using world = await newWorld();
    const { signIn } = world;
    const [ana, bo] = [await world.newUser("ana"), await world.newUser("bo")];
    const [old, other, fresh] = [authenticator(), authenticator(), authenticator()];
    must(await added(world, { of: ana.admitted, device: old }));
    must(await added(world, { of: bo.admitted, device: other }));
    const lost = { note: "lost it", forUser: "ana", grants: [], teams: [] };
    const { token } = must(await signIn.invite(lost, machineActor));
    const { options, ceremony } = must(await signIn.beginInvitedPasskey({ token }));
    const credential =
      kind === "password"
        ? { kind, password: otherPhrase }
        : { kind, label: "phone", answer: fresh.create(options, here) };
    must(await signIn.accept({ token, credential }, having(ceremony)));
    assert.equal(refusal(await used(world, old)), "credential_refused: is not known here");
    const before = await signIn.withPassword({ name: "ana", password: phrase }, browser);
    assert.equal(refusal(before), "sign_in_refused");
    must(await used(world, other));
    if (kind === "passkey") must(await used(world, fresh));
    const told = (await world.entries()).filter(
      ({ type }) => type === "dev.tidegate.passkey.removed",
    );
    assert.deepEqual(
      told.map(({ actor }) => actor),
      ["ana"],
    );
  });
}

test("an invitation can be accepted with a passkey, without any password", async () => {
  await using world = await newWorld();
  const { signIn } = world;
  const token = await invited(signIn);
  const device = authenticator();
  const { options, ceremony } = must(await signIn.beginInvitedPasskey({ token, name: "ana" }));
  const credential = {
    kind: "passkey",
    label: "phone",
    answer: device.create(options, here),
  } as const;
  const ana = must(await signIn.accept({ token, name: "ana", credential }, having(ceremony)));
  assert.deepEqual(await signIn.ownWays(ana.admitted.user ?? assert.fail()), {
    hasPassword: false,
    passkeys: 1,
  });
  must(await used(world, device));
  assert.equal(
    refusal(await signIn.withPassword({ name: "ana", password: phrase }, browser)),
    "sign_in_refused",
  );
});

test("the last passkey of who has no password is kept, also when two are removed at once", async () => {
  await using world = await newWorld();
  const { signIn } = world;
  const token = await invited(signIn);
  const [first, second] = [authenticator(), authenticator()];
  const { options, ceremony } = must(await signIn.beginInvitedPasskey({ token, name: "ana" }));
  const credential = {
    kind: "passkey",
    label: "phone",
    answer: first.create(options, here),
  } as const;
  const { admitted: of } = must(
    await signIn.accept({ token, name: "ana", credential }, having(ceremony)),
  );
  const [only] = await signIn.passkeys(of);
  assert.equal(refusal(await signIn.removePasskey(only?.id ?? "", of)), "wrong_state");
  must(await added(world, { of, device: second }));
  const both = await signIn.passkeys(of);
  assert.equal(both.length, 2);
  const removed = await Promise.all(both.map(async ({ id }) => await signIn.removePasskey(id, of)));
  assert.equal(removed.filter((each) => each.ok).length, 1);
  assert.equal((await signIn.passkeys(of)).length, 1);
  must(await signIn.changePassword({ password: phrase }, of, browser));
  const [last] = await signIn.passkeys(of);
  must(await signIn.removePasskey(last?.id ?? "", of));
});

// oxfmt-ignore
const misfits: readonly (readonly [claim: string, at: Circumstances])[] = [
  ["another site",                        { origin: "https://evil.example" }],
  ["another port of the same host",       { origin: "http://localhost:9999" }],
  ["our host over another scheme",        { origin: "https://localhost:7420" }],
  ["an app under our name",               { origin: "http://shop.localhost:7420" }],
  ["another relying party",               { origin, rpId: "evil.example" }],
  ["a request of another time",           { origin, challenge: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }],
  ["nobody in front of it",               { origin, isUserVerified: false }],
  ["another kind of ceremony",            { origin, type: "payment.get" }],
];
for (const [claim, at] of misfits) {
  test(`a passkey that was used for ${claim} signs nobody in, and one that was made for it is not added`, async () => {
    await using world = await newWorld();
    const ana = await world.newUser("ana");
    const device = authenticator();
    assert.match(
      refusal(await added(world, { of: ana.admitted, device, at })),
      /does not fit this request/,
    );
    must(await added(world, { of: ana.admitted, device }));
    assert.match(refusal(await used(world, device, at)), /does not fit this request/);
    must(await used(world, device));
  });
}

test("an answer is taken once: sent again it is refused, and so is one whose time is over", async () => {
  await using world = await newWorld();
  const { signIn, clock } = world;
  const ana = await world.newUser("ana");
  const device = authenticator();
  must(await added(world, { of: ana.admitted, device }));
  const { options, ceremony } = must(await signIn.beginPasskey());
  const answer = device.get(options, here);
  must(await signIn.withPasskey(answer, having(ceremony)));
  const replayed = await signIn.withPasskey(answer, having(ceremony));
  assert.equal(refusal(replayed), "credential_refused: has been used already");
  const late = must(await signIn.beginPasskey());
  clock.advance(ceremonyMsMax);
  const tooLate = await signIn.withPasskey(device.get(late.options, here), having(late.ceremony));
  assert.match(refusal(tooLate), /too long ago/);
});

test("an answer is refused in a browser that did not ask, and when its ceremony was for something else", async () => {
  await using world = await newWorld();
  const { signIn } = world;
  const ana = await world.newUser("ana");
  const bo = await world.newUser("bo");
  const device = authenticator();
  must(await added(world, { of: ana.admitted, device }));
  const asked = must(await signIn.beginPasskey());
  const other = must(await signIn.beginPasskey());
  const answer = device.get(asked.options, here);
  assert.match(refusal(await signIn.withPasskey(answer, browser)), /in another browser/);
  assert.match(refusal(await signIn.withPasskey(answer, having(other.ceremony))), /does not fit/);
  const adding = must(await signIn.beginNewPasskey(ana.admitted));
  assert.match(
    refusal(await signIn.withPasskey(answer, having(adding.ceremony))),
    /in another browser/,
  );
  const input = { label: "x", answer: authenticator().create(adding.options, here) };
  const foreign = await signIn.addPasskey(input, bo.admitted, having(adding.ceremony));
  assert.match(refusal(foreign), /was asked for by somebody else/);
});

test("one answer that is sent twice at once signs in once", async () => {
  await using world = await newWorld();
  const ana = await world.newUser("ana");
  const device = authenticator();
  must(await added(world, { of: ana.admitted, device }));
  const { options, ceremony } = must(await world.signIn.beginPasskey());
  const answer = device.get(options, here);
  const all = await Promise.all(
    [1, 2, 3].map(async () => await world.signIn.withPasskey(answer, having(ceremony))),
  );
  assert.equal(all.filter((each) => each.ok).length, 1);
});

test("a passkey that counts is held to it: a copy is refused, and told", async () => {
  await using world = await newWorld();
  const ana = await world.newUser("ana");
  const device = authenticator();
  must(await added(world, { of: ana.admitted, device, at: { origin, counter: 7 } }));
  must(await used(world, device, { origin, counter: 8 }));
  assert.match(refusal(await used(world, device, { origin, counter: 8 })), /as a copy of it would/);
  assert.match(refusal(await used(world, device, { origin, counter: 3 })), /as a copy of it would/);
  must(await used(world, device, { origin, counter: 9 }));
  assert.deepEqual(world.logged, ["sign_in.passkey_copied", "sign_in.passkey_copied"]);
  const told = (await world.entries()).filter(
    ({ type }) => type === "dev.tidegate.passkey.refused",
  );
  assert.equal(told.length, 2);
});

// oxfmt-ignore
const counts: readonly (readonly [before: number, now: number, isCopied: boolean])[] = [
  [0, 0, false], [0, 1, false], [1, 2, false], [1, 1, true], [2, 1, true], [1, 0, true],
];
for (const [before, now, isCopied] of counts) {
  test(`a count of ${now} after ${before} is ${isCopied ? "a copy's" : "its own"}`, () => {
    assert.equal(isCopy(before, now), isCopied);
  });
}

test("a passkey is one user's: another cannot add it, and it cannot be removed by another", async () => {
  await using world = await newWorld();
  const ana = await world.newUser("ana");
  const bo = await world.newUser("bo");
  const device = authenticator();
  const passkey = must(await added(world, { of: ana.admitted, device }));
  assert.equal(refusal(await added(world, { of: bo.admitted, device })), "already_exists");
  assert.equal(refusal(await world.signIn.removePasskey(passkey.id, bo.admitted)), "not_found");
  const rename = { id: passkey.id, label: "mine" };
  assert.equal(refusal(await world.signIn.renamePasskey(rename, bo.admitted)), "not_found");
  assert.equal(must(await used(world, device)).admitted.user?.name, "ana");
});

test("a disabled user's passkey opens nothing", async () => {
  await using world = await newWorld();
  const ana = await world.newUser("ana");
  const device = authenticator();
  must(await added(world, { of: ana.admitted, device }));
  must(await world.people.setUserState("ana", "disabled", machineActor));
  assert.match(refusal(await used(world, device)), /is not known here/);
});

test("passkeys are added and removed only soon after a sign-in, and not without end", async () => {
  await using world = await newWorld();
  const { signIn, clock } = world;
  const ana = await world.newUser("ana");
  for (let count = 0; count < passkeysPerUserMax; count += 1) {
    must(await added(world, { of: ana.admitted, device: authenticator() }));
  }
  assert.equal(refusal(await signIn.beginNewPasskey(ana.admitted)), "limit_reached");
  const [first] = await signIn.passkeys(ana.admitted);
  clock.advance(freshMsMax);
  assert.equal(refusal(await signIn.removePasskey(first?.id ?? "", ana.admitted)), "sign_in_again");
});

test("answers that are no answers are refused, and end nothing", async () => {
  await using world = await newWorld();
  const ana = await world.newUser("ana");
  const device = authenticator();
  must(await added(world, { of: ana.admitted, device }));
  const { options, ceremony } = must(await world.signIn.beginPasskey());
  const answer = device.get(options, here);
  const response: Record<string, unknown> = Object(answer["response"]);
  const damaged = [
    {},
    { ...answer, id: "x" },
    { ...answer, response: {} },
    { ...answer, response: { ...response, signature: "AAAA" } },
    { ...answer, response: { ...response, authenticatorData: "AAAA" } },
    { ...answer, response: { ...response, clientDataJSON: "bm90IGpzb24" } },
    { ...answer, rawId: "AAAA" },
  ];
  for (const each of damaged) {
    assert.match(
      refusal(await world.signIn.withPasskey(each, having(ceremony))),
      /^credential_refused/,
    );
  }
  must(await world.signIn.withPasskey(answer, having(ceremony)));
});

test("where passkeys have no name to belong to, that is said", async () => {
  assert.equal(rpIdOf("http://127.0.0.1:7420"), undefined);
  assert.equal(rpIdOf("http://[::1]:7420"), undefined);
  assert.equal(rpIdOf("https://deliver.example.org"), "deliver.example.org");
  await using world = await newWorld("http://127.0.0.1:7420");
  assert.equal((await world.signIn.ways()).passkeysAt, undefined);
  assert.equal(refusal(await world.signIn.beginPasskey()), "wrong_state");
});

test("a changed password ends the passkeys but the one that one came in by, unless they are to stay", async () => {
  await using world = await newWorld();
  const ana = await world.newUser("ana");
  const [own, thief] = [authenticator(), authenticator()];
  must(await added(world, { of: ana.admitted, device: own }));
  must(await added(world, { of: ana.admitted, device: thief }));
  const came = must(await used(world, own)).admitted;
  const change = { current: phrase, password: otherPhrase } as const;
  const kept = await world.signIn.changePassword({ ...change, passkeys: "keep" }, came, browser);
  assert.equal(must(kept).passkeysEnded, 0);
  must(await used(world, thief));
  const back = { current: otherPhrase, password: phrase } as const;
  assert.equal(must(await world.signIn.changePassword(back, came, browser)).passkeysEnded, 1);
  assert.match(refusal(await used(world, thief)), /is not known here/);
  must(await used(world, own));
  const removed = (await world.entries()).filter(
    ({ type }) => type === "dev.tidegate.passkey.removed",
  );
  assert.deepEqual(
    removed.map(({ actor }) => actor),
    ["ana"],
  );
});

test("who has come in by a passkey and sets a first password keeps the others", async () => {
  await using world = await newWorld();
  const token = await invited(world.signIn, "ana");
  const [own, other] = [authenticator(), authenticator()];
  const begun = must(await world.signIn.beginInvitedPasskey({ token }));
  const credential = {
    kind: "passkey",
    label: "laptop",
    answer: own.create(begun.options, here),
  } as const;
  const ana = must(await world.signIn.accept({ token, credential }, having(begun.ceremony)));
  must(await added(world, { of: ana.admitted, device: other }));
  const set = await world.signIn.changePassword({ password: phrase }, ana.admitted, browser);
  assert.equal(must(set).passkeysEnded, 0);
  must(await used(world, other));
  // The invitation's own passkey is the present session's.
  const change = { current: phrase, password: otherPhrase };
  assert.equal(
    must(await world.signIn.changePassword(change, ana.admitted, browser)).passkeysEnded,
    1,
  );
  must(await used(world, own));
});

test("who came in by a passkey that is removed is out, unless it is they who remove it", async () => {
  await using world = await newWorld();
  const { signIn } = world;
  const ana = await world.newUser("ana");
  const [own, lost] = [authenticator(), authenticator()];
  const mine = must(await added(world, { of: ana.admitted, device: own }));
  const other = must(await added(world, { of: ana.admitted, device: lost }));
  const [present, away] = [must(await used(world, own)), must(await used(world, lost))];
  must(await signIn.removePasskey(other.id, present.admitted));
  assert.equal(await signIn.admit(away.secret, browser), undefined);
  assert(await signIn.admit(ana.secret, browser), "it came in by a password");
  must(await signIn.removePasskey(mine.id, present.admitted));
  assert(await signIn.admit(present.secret, browser));
});
