/** Passwords, sessions, invitations and links, on a real store. */
import { strict as assert } from "node:assert";
import { test } from "node:test";
import { machineActor, parseScope, type Browser } from "#domain";
import {
  freeAttempts,
  freshMsMax,
  linkMsMax,
  linksOpenMax,
  machineSessionMsMax,
  sessionIdleMsMax,
  sessionMsMax,
  sessionsPerUserMax,
  waitMsMax,
} from "./limits.ts";
import {
  admitted,
  browser,
  invited,
  must,
  newWorld,
  otherPhrase,
  phrase,
  refusal,
} from "./world.testing.ts";

const elsewhere: Browser = { address: "203.0.113.5", userAgent: "curl/8" };

test("an invitation makes a user who can sign in, once", async () => {
  await using world = await newWorld();
  const { signIn } = world;
  assert.equal((await signIn.ways()).hasUsers, false);
  const token = await invited(signIn);
  const read = must(await signIn.readInvitation(token));
  assert.equal(read.state, "open");
  const credential = { kind: "password", password: phrase } as const;
  const first = must(await signIn.accept({ token, name: "Ana", credential }, browser));
  assert.equal(first.admitted.user?.name, "ana");
  assert.equal(first.admitted.user?.state, "active");
  const again = await signIn.accept({ token, name: "bo", credential }, browser);
  assert.equal(refusal(again), "credential_refused: has been accepted already");
  assert.equal((await signIn.ways()).hasUsers, true);
  const second = must(await signIn.withPassword({ name: " ANA ", password: phrase }, elsewhere));
  assert.notEqual(second.secret, first.secret, "each sign-in has a secret of its own");
  assert.equal((await signIn.sessions(second.admitted)).length, 2);
});

test("a link that is accepted twice at once makes one user", async () => {
  await using world = await newWorld();
  const token = await invited(world.signIn);
  const credential = { kind: "password", password: phrase } as const;
  const names = ["ana", "bo", "cy"];
  const all = await Promise.all(
    names.map(async (name) => await world.signIn.accept({ token, name, credential }, browser)),
  );
  assert.equal(all.filter((each) => each.ok).length, 1);
  assert.equal((await world.people.users()).length, 1);
});

test("invitations are refused when they are cut off, foreign, revoked or too old, and say what to do", async () => {
  await using world = await newWorld();
  const { signIn, clock } = world;
  const token = await invited(signIn);
  const [id = "", secret = ""] = token.split(".");
  const other = await invited(signIn);
  const mixed = `${id}.${other.split(".")[1]}`;
  // oxfmt-ignore
  const cases = [
    ["",                            "is not whole"],
    [token.slice(0, -1),            "is not whole"],
    [`${token}x`,                   "is not whole"],
    [secret,                        "is not whole"],
    [`inv_000000000000.${secret}`,  "is not of this Tidegate"],
    [mixed,                         "is not of this Tidegate"],
  ] as const;
  for (const [text, why] of cases) {
    const read = await signIn.readInvitation(text);
    assert.equal(refusal(read), `credential_refused: ${why}`, text);
    assert(!read.ok && read.error.next.length > 10);
  }
  must(await signIn.revokeInvitation(other.split(".")[0] ?? "", machineActor));
  assert.equal(refusal(await signIn.readInvitation(other)), "credential_refused: was taken back");
  clock.advance(7 * 86_400_000);
  assert.equal(refusal(await signIn.readInvitation(token)), "credential_refused: has expired");
  const credential = { kind: "password", password: phrase } as const;
  const late = await signIn.accept({ token, name: "ana", credential }, browser);
  assert.equal(refusal(late), "credential_refused: has expired");
  assert.deepEqual(
    (await signIn.invitations()).map(({ state }) => state),
    ["revoked", "expired"],
  );
});

test("an accepted invitation is not revoked any more, and a name that is taken is said", async () => {
  await using world = await newWorld();
  await world.newUser("ana");
  const { signIn } = world;
  const [made] = await signIn.invitations();
  assert.equal(refusal(await signIn.revokeInvitation(made?.id ?? "", machineActor)), "wrong_state");
  const token = await invited(signIn);
  const credential = { kind: "password", password: phrase } as const;
  const taken = await signIn.accept({ token, name: "ana", credential }, browser);
  assert.equal(refusal(taken), "already_exists");
  must(await signIn.accept({ token, name: "bo", credential }, browser));
});

test("an invitation gives nothing on the next app, nor a place in the next team, of a name", async () => {
  await using world = await newWorld();
  const { signIn, people, store, clock } = world;
  const scope = parseScope("app:shop");
  assert(scope.ok && scope.value.kind === "app");
  const { app } = scope.value;
  const grants = [{ role: "admin" as const, scope: scope.value }];
  const early = await signIn.invite({ note: "", grants, teams: [] }, machineActor);
  assert(!early.ok && early.error.code === "not_found", "there is no such app yet");
  const create = async (): Promise<void> => {
    const numbers = { createdAt: clock.now(), configVersion: 0, nextReleaseNumber: 1 };
    const body = { name: app, createdBy: "bo", trackedBranch: "main", ...numbers };
    must(await store.commit({ documents: [{ kind: "app", id: app, app, body }] }));
    must(await people.createTeam("ops", machineActor));
  };
  await create();
  const input = { note: "", grants, teams: ["ops"] };
  const tokens = [1, 2].map(async () => must(await signIn.invite(input, machineActor)).token);
  const [first = "", second = ""] = await Promise.all(tokens);
  const credential = { kind: "password", password: phrase } as const;
  must(await signIn.accept({ token: first, name: "ana", credential }, browser));
  must(await people.deleteTeam("ops", machineActor));
  await store.deleteApp(app);
  clock.advance(1);
  await create();
  must(await signIn.accept({ token: second, name: "cy", credential }, browser));
  assert.deepEqual(must(await people.user("ana")).grants, grants);
  const { grants: given, teams } = must(await people.user("cy"));
  assert.deepEqual({ given, teams }, { given: [], teams: [] });
});

test("an invitation for a user gives them a new way in, and ends what they had", async () => {
  await using world = await newWorld();
  const { signIn } = world;
  const before = await world.newUser("ana");
  const input = { note: "lost it", forUser: "ana", grants: [], teams: [] };
  const { token } = must(await signIn.invite(input, machineActor));
  const credential = { kind: "password", password: otherPhrase } as const;
  const after = must(await signIn.accept({ token, credential }, browser));
  assert.equal(after.admitted.user?.id, before.admitted.user?.id);
  assert.equal(await signIn.admit(before.secret, browser), undefined);
  assert.equal(
    refusal(await signIn.withPassword({ name: "ana", password: phrase }, elsewhere)),
    "sign_in_refused",
  );
  must(await signIn.withPassword({ name: "ana", password: otherPhrase }, elsewhere));
});

test("an unknown name, a wrong password and a disabled user are answered alike", async () => {
  await using world = await newWorld();
  const { signIn, people } = world;
  const ana = await world.newUser("ana");
  must(await people.setUserState("ana", "disabled", machineActor));
  await world.newUser("bo");
  // oxfmt-ignore
  const cases = [
    ["ana", phrase], ["ana", "wrong wrong wrong"], ["bo", "wrong wrong wrong"], ["nobody-here", phrase], ["", phrase],
    ["../../etc", phrase], ["ana\u0000", phrase],
  ] as const;
  for (const [name, password] of cases) {
    const result = await signIn.withPassword({ name, password }, elsewhere);
    assert.deepEqual(result, { ok: false, error: { code: "sign_in_refused" } }, name);
  }
  assert.equal(await signIn.admit(ana.secret, browser), undefined, "and the session has ended");
});

test("who is let in again signs in again: what ended stays ended", async () => {
  await using world = await newWorld();
  const ana = await world.newUser("ana");
  must(await world.people.setUserState("ana", "disabled", machineActor));
  world.clock.advance(1_000);
  must(await world.people.setUserState("ana", "active", machineActor));
  assert.equal(await world.signIn.admit(ana.secret, browser), undefined);
  must(await world.signIn.withPassword({ name: "ana", password: phrase }, browser));
});

test("sessions are refused when they are cut off, altered, foreign or made up", async () => {
  await using world = await newWorld();
  await using other = await newWorld();
  const ana = await world.newUser("ana");
  const foreign = await other.newUser("ana");
  const { secret } = ana;
  const flipped = secret.slice(0, -1) + (secret.endsWith("A") ? "B" : "A");
  for (const text of [
    "",
    secret.slice(0, -1),
    `${secret}A`,
    flipped,
    secret.toUpperCase(),
    foreign.secret,
    "x".repeat(10_000),
  ]) {
    assert.equal(await world.signIn.admit(text, browser), undefined, text.slice(0, 60));
  }
  assert.equal((await world.signIn.admit(secret, browser))?.user?.name, "ana");
});

test("a session ends when nobody uses it, and after a time however it is used", async () => {
  await using world = await newWorld();
  const { signIn, clock } = world;
  const idle = await world.newUser("ana");
  clock.advance(sessionIdleMsMax - 1);
  assert(await signIn.admit(idle.secret, browser), "used a moment before its end, it goes on");
  clock.advance(sessionIdleMsMax - 1);
  assert(await signIn.admit(idle.secret, browser));
  clock.advance(sessionIdleMsMax);
  assert.equal(await signIn.admit(idle.secret, browser), undefined, "unused, it has ended");

  const used = must(await signIn.withPassword({ name: "ana", password: phrase }, browser));
  const hours = sessionMsMax / 3_600_000;
  for (let hour = 0; hour < hours; hour += 12) {
    assert(await signIn.admit(used.secret, browser), `after ${hour} hours`);
    clock.advance(12 * 3_600_000);
  }
  assert.equal(
    await signIn.admit(used.secret, browser),
    undefined,
    "used all the time, it has ended",
  );
});

test("one ends one's own sessions, one or all others, and nobody else's", async () => {
  await using world = await newWorld();
  const { signIn } = world;
  const ana = await world.newUser("ana");
  const bo = await world.newUser("bo");
  const more = await Promise.all(
    [1, 2, 3].map(async () =>
      must(await signIn.withPassword({ name: "ana", password: phrase }, elsewhere)),
    ),
  );
  const foreign = await signIn.endSession(ana.admitted, bo.admitted.session.id);
  assert.equal(refusal(foreign), "not_found");
  assert.equal(must(await signIn.endSession(ana.admitted, more[0]?.admitted.session.id ?? "")), 1);
  assert.equal(await signIn.admit(more[0]?.secret ?? "", browser), undefined);
  assert.equal((await signIn.endOtherSessions(ana.admitted)).sessionsEnded, 2);
  assert.equal((await signIn.sessions(ana.admitted)).length, 1);
  assert(await signIn.admit(bo.secret, browser));
  assert.equal(must(await signIn.endSession(ana.admitted, ana.admitted.session.id)), 1);
  assert.equal(await signIn.admit(ana.secret, browser), undefined);
});

test("a user has so many sessions and no more: the one unused for longest makes room", async () => {
  await using world = await newWorld();
  const { signIn, clock } = world;
  const first = await world.newUser("ana");
  for (let count = 0; count < sessionsPerUserMax; count += 1) {
    clock.advance(1);
    must(await signIn.withPassword({ name: "ana", password: phrase }, browser));
  }
  assert.equal(await signIn.admit(first.secret, browser), undefined);
});

test("who comes in many times from elsewhere does not put out a user who is in", async () => {
  await using world = await newWorld();
  const { signIn, clock } = world;
  const first = await world.newUser("ana");
  for (let count = 0; count < sessionsPerUserMax + 5; count += 1) {
    clock.advance(1);
    must(await signIn.withPassword({ name: "ana", password: phrase }, elsewhere));
  }
  assert(await signIn.admit(first.secret, browser));
  assert.equal((await signIn.sessions(first.admitted)).length, sessionsPerUserMax);
  const [told] = (await world.entries()).filter(({ data }) => "sessions" in data);
  assert.match(JSON.stringify(told?.data), /made room for a newer one/);
});

test("changing the password takes the present one, and ends all other sessions", async () => {
  await using world = await newWorld();
  const { signIn } = world;
  const here = await world.newUser("ana");
  const there = must(await signIn.withPassword({ name: "ana", password: phrase }, elsewhere));
  const of = here.admitted;
  // oxfmt-ignore
  const refused = [
    [{ password: otherPhrase },                                "sign_in_refused"],
    [{ current: "not the right one", password: otherPhrase },  "sign_in_refused"],
    [{ current: phrase, password: "too short" },               "invalid_input"],
    [{ current: phrase, password: "Password2026!!" },          "invalid_input"],
  ] as const;
  for (const [input, code] of refused) {
    assert.equal(refusal(await signIn.changePassword(input, of, browser)), code);
  }
  assert(await signIn.admit(there.secret, browser), "what was refused has ended nothing");
  const changed = must(
    await signIn.changePassword({ current: phrase, password: otherPhrase }, of, browser),
  );
  assert.equal(changed.sessionsEnded, 1);
  assert.equal(await signIn.admit(there.secret, browser), undefined);
  assert(await signIn.admit(here.secret, browser), "the one that changed it goes on");
  assert.equal(
    refusal(await signIn.withPassword({ name: "ana", password: phrase }, browser)),
    "sign_in_refused",
  );
  must(await signIn.withPassword({ name: "ana", password: otherPhrase }, browser));
});

test("that somebody must wait is told without the answer waiting for it", async () => {
  await using world = await newWorld();
  await world.newUser("ana");
  const held = Promise.withResolvers<void>();
  const commit = world.store.commit.bind(world.store);
  world.store.commit = async (batch) => {
    if (batch.entries?.some(({ type }) => type === "dev.tidegate.signin.held_off")) {
      await held.promise;
    }
    return await commit(batch);
  };
  const wrong = { name: "ana", password: "wrong wrong wrong" };
  for (let count = 0; count < freeAttempts; count += 1) {
    assert.equal(refusal(await world.signIn.withPassword(wrong, elsewhere)), "sign_in_refused");
  }
  held.resolve();
});

test("wrong passwords make the next attempt wait, also the right one, and never for good", async () => {
  await using world = await newWorld();
  const { signIn, clock, logged } = world;
  const holder = await world.newUser("ana");
  const wrong = { name: "ana", password: "wrong wrong wrong" };
  for (let count = 0; count < freeAttempts; count += 1) {
    assert.equal(refusal(await signIn.withPassword(wrong, elsewhere)), "sign_in_refused");
  }
  const held = await signIn.withPassword({ name: "ana", password: phrase }, elsewhere);
  assert(!held.ok && held.error.code === "too_many_sign_ins" && held.error.retryAfterMs > 0);
  const known = { ...browser, device: holder.device };
  must(await signIn.withPassword({ name: "ana", password: phrase }, known));
  clock.advance(waitMsMax);
  must(await signIn.withPassword({ name: "ana", password: phrase }, elsewhere));
  assert.deepEqual(logged, ["sign_in.held_off"], "told once");
  const told = (await world.entries()).filter(
    ({ type }) => type === "dev.tidegate.signin.held_off",
  );
  assert.equal(told.length, 1);
});

test("a device cookie of another user, another Tidegate or a cut one is no known browser", async () => {
  await using world = await newWorld();
  await using other = await newWorld();
  const { signIn } = world;
  const ana = await world.newUser("ana");
  const bo = await world.newUser("bo");
  const foreign = await other.newUser("ana");
  const wrong = { name: "ana", password: "wrong wrong wrong" };
  for (let count = 0; count < freeAttempts; count += 1) await signIn.withPassword(wrong, elsewhere);
  for (const device of [bo.device, foreign.device, ana.device?.slice(0, -1), "dev_x.y", ""]) {
    const held = await signIn.withPassword(
      { name: "ana", password: phrase },
      { ...elsewhere, device },
    );
    assert.equal(refusal(held), "too_many_sign_ins", device);
  }
});

test("a link of this machine signs a browser in, once and within a minute", async () => {
  await using world = await newWorld();
  const { signIn, clock } = world;
  const { secret } = must(await signIn.makeLink(machineActor));
  const came = must(await signIn.withLink(secret, browser));
  assert.equal(came.admitted.actor.name, "admin");
  assert.equal(came.admitted.session.way, "machine");
  assert.equal(came.device, undefined);
  const replayed = await signIn.withLink(secret, browser);
  assert.match(refusal(replayed), /was used already, has expired, or is of another Tidegate/);
  const late = must(await signIn.makeLink(machineActor));
  clock.advance(linkMsMax);
  assert.match(refusal(await signIn.withLink(late.secret, browser)), /has expired/);
  assert.match(refusal(await signIn.withLink(late.secret.slice(0, -1), browser)), /is not whole/);
  clock.advance(machineSessionMsMax);
  assert.equal(await signIn.admit(came.secret, browser), undefined);
});

test("a link that is opened twice at once signs one browser in", async () => {
  await using world = await newWorld();
  const { secret } = must(await world.signIn.makeLink(machineActor));
  const both = await Promise.all(
    [1, 2, 3].map(async () => await world.signIn.withLink(secret, browser)),
  );
  assert.equal(both.filter((each) => each.ok).length, 1);
});

test("a user's token makes no link, and links are not made without end", async () => {
  await using world = await newWorld();
  const { signIn, clock } = world;
  const ana = await world.newUser("ana");
  assert.equal(refusal(await signIn.makeLink(ana.admitted.actor)), "wrong_state");
  const narrowed = { ...machineActor, reach: { kind: "read" } } as const;
  assert.equal(refusal(await signIn.makeLink(narrowed)), "wrong_state");
  for (let count = 0; count < linksOpenMax; count += 1) must(await signIn.makeLink(machineActor));
  assert.equal(refusal(await signIn.makeLink(machineActor)), "limit_reached");
  clock.advance(linkMsMax);
  must(await signIn.makeLink(machineActor));
});

test("the machine has neither password nor passkeys, and is told so", async () => {
  await using world = await newWorld();
  const { signIn } = world;
  const { secret } = must(await signIn.makeLink(machineActor));
  const of = must(await signIn.withLink(secret, browser)).admitted;
  assert.equal(
    refusal(await signIn.changePassword({ password: phrase }, of, browser)),
    "wrong_state",
  );
  assert.equal(refusal(await signIn.beginNewPasskey(of)), "wrong_state");
  assert.deepEqual(await signIn.passkeys(of), []);
});

test("no secret is in the store or the journal, and no hash is in the journal", async () => {
  await using world = await newWorld();
  const { signIn, store } = world;
  const token = await invited(signIn);
  const credential = { kind: "password", password: phrase } as const;
  const ana = must(await signIn.accept({ token, name: "ana", credential }, browser));
  const link = must(await signIn.makeLink(machineActor));
  const everything = await world.everything();
  const [, invitationSecret = ""] = token.split(".");
  for (const secret of [ana.secret, link.secret, invitationSecret, phrase, ana.device ?? ""]) {
    assert(secret.length > 10 && !everything.includes(secret), "a secret is stored");
  }
  const journal = JSON.stringify(await world.entries());
  assert(journal.includes("dev.tidegate.session.started"), "the journal tells of the sign-in");
  const password = await store.get("password", ana.admitted.user?.id ?? "");
  const [session] = await store.list("session", { limit: 1 });
  const [invitation] = await store.list("invitation", { limit: 1 });
  for (const hash of [password?.body.hash, session?.id, invitation?.body.secretHash]) {
    assert(hash !== undefined && !journal.includes(hash), "a hash is in the journal");
  }
});

test("what was signed in with is fresh for a quarter of an hour", async () => {
  await using world = await newWorld();
  const ana = await world.newUser("ana");
  assert.equal(world.signIn.freshUntilAt(ana.admitted), world.clock.now() + freshMsMax);
  world.clock.advance(freshMsMax);
  assert.equal(world.signIn.freshUntilAt(await admitted(world.signIn, ana)), undefined);
  assert.equal(refusal(await world.signIn.beginNewPasskey(ana.admitted)), "sign_in_again");
});
