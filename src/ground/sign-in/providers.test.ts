/** OpenID Connect, against oidc-provider on loopback: who comes in, and every answer that lets nobody in. */
import { strict as assert } from "node:assert";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { machineActor, type Admitted, type Browser, type Provider, type SignedIn } from "#domain";
import { ceremonyMsMax, freshMsMax, providersMax } from "./limits.ts";
import { pathWithin } from "./provider-sign-in.ts";
import { testProvider, type TestProvider } from "./provider.testing.ts";
import {
  browser,
  must,
  newWorld,
  origin,
  otherPhrase,
  phrase,
  refusal,
  type World,
} from "./world.testing.ts";

const now = 1_800_000_000_000;
type Trust = Partial<Parameters<World["signIn"]["putProvider"]>[0]>;

/** A world whose clock shows the real time, because the provider's does. */
async function trusting(provider: TestProvider, trust: Trust = {}): Promise<World> {
  const world = await newWorld();
  world.clock.advance(Date.now() - now);
  must(await world.signIn.putProvider(providerInput(provider, trust), machineActor));
  return world;
}

function providerInput({ issuer, clientId, clientSecret }: TestProvider, trust: Trust = {}) {
  const client = { name: "acme", title: "Acme", issuer, clientId, clientSecret };
  return { ...client, emailDomains: [], createsUsers: true, ...trust };
}

interface Way {
  readonly linkTo?: Admitted;
  readonly at?: (back: URL) => URL;
  readonly by?: (ceremony: string) => Browser;
}

const own = (ceremony: string): Browser => ({ ...browser, ceremony });

async function comesIn(world: World, provider: TestProvider, { linkTo, at, by = own }: Way = {}) {
  const input = {
    provider: "acme",
    returnTo: "/apps/shop",
    ...(linkTo === undefined ? {} : { linkTo }),
  };
  const { url, ceremony } = must(await world.signIn.beginProvider(input));
  const back = await provider.visit(url);
  const query = (at?.(back) ?? back).search.slice(1);
  const end = async () => await world.signIn.endProvider({ provider: "acme", query }, by(ceremony));
  return { end, result: await end(), url: new URL(url) };
}

test("who signs in at the provider for the first time becomes a user, and comes back as the same", async () => {
  await using provider = await testProvider();
  await using world = await trusting(provider, { emailDomains: ["example.org"] });
  const first = must((await comesIn(world, provider)).result);
  assert.equal(first.returnTo, "/apps/shop");
  assert.equal(first.admitted.session.way, "provider");
  const { user } = first.admitted;
  assert.deepEqual(
    [user?.name, user?.email, user?.state, user?.grants],
    ["ana", "ana@example.org", "active", []],
  );
  provider.account = { ...provider.account, preferred_username: "other", email: "new@example.org" };
  const second = must((await comesIn(world, provider)).result);
  assert.equal(
    second.admitted.user?.id,
    user?.id,
    "by issuer and subject, whatever else has changed",
  );
  provider.account = { ...provider.account, sub: "2", preferred_username: "ana" };
  const other = must((await comesIn(world, provider)).result);
  assert.equal(other.admitted.user?.name, "ana2", "a name that is taken is nobody else's");
});

test("the browser is sent with code, PKCE, state and nonce, and with no secret", async () => {
  await using provider = await testProvider();
  await using world = await trusting(provider);
  const { url } = await comesIn(world, provider);
  const asked = Object.fromEntries(url.searchParams);
  assert.equal(asked["response_type"], "code");
  assert.equal(asked["code_challenge_method"], "S256");
  assert.equal(asked["redirect_uri"], `${origin}/auth/oidc/acme/callback`);
  for (const name of ["state", "nonce", "code_challenge"])
    assert((asked[name]?.length ?? 0) >= 43, name);
  assert(!url.href.includes(provider.clientSecret));
});

// oxfmt-ignore
const forgeries: readonly (readonly [claim: string, forge: NonNullable<TestProvider["forge"]>])[] = [
  ["for another client",           (claims) => ({ ...claims, aud: "somebody-else" })],
  ["for several clients, unnamed", (claims) => ({ ...claims, aud: ["tidegate", "somebody-else"] })],
  ["of another issuer",            (claims) => ({ ...claims, iss: "https://evil.example" })],
  ["that has expired",             (claims) => ({ ...claims, exp: Math.floor(Date.now() / 1000) - 3600 })],
  ["that is not valid yet",        (claims) => ({ ...claims, nbf: Math.floor(Date.now() / 1000) + 3600 })],
  ["with another nonce",           (claims) => ({ ...claims, nonce: "of another sign-in" })],
  ["without a nonce",              ({ nonce: _nonce, ...claims }) => claims],
  ["without a subject",            ({ sub: _sub, ...claims }) => claims],
  ["for another subject",          (claims) => ({ ...claims, sub: "2" })],
];
for (const [claim, forge] of forgeries) {
  test(`an ID token ${claim} lets nobody in`, async () => {
    await using provider = await testProvider();
    await using world = await trusting(provider);
    provider.forge = forge;
    assert.match(refusal((await comesIn(world, provider)).result), /does not fit this sign-in/);
    assert.equal((await world.people.users()).length, 0);
    provider.forge = (claims) => claims;
    must((await comesIn(world, provider)).result);
  });
}

test("an ID token that somebody else has signed lets nobody in", async () => {
  await using provider = await testProvider();
  await using world = await trusting(provider);
  provider.forge = (claims) => claims;
  provider.key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  assert.match(refusal((await comesIn(world, provider)).result), /does not fit this sign-in/);
});

const without = (name: string) => (back: URL) => {
  back.searchParams.delete(name);
  return back;
};
const having = (name: string, value: string) => (back: URL) => {
  back.searchParams.set(name, value);
  return back;
};
// oxfmt-ignore
const answers: readonly (readonly [claim: string, way: Way, why: RegExp])[] = [
  ["with another state",               { at: having("state", "x".repeat(43)) }, /does not fit/],
  ["without a state",                  { at: without("state") },               /does not fit/],
  ["with another code",                { at: having("code", "x".repeat(43)) },  /does not fit/],
  ["without a code",                   { at: without("code") },                /does not fit/],
  ["of another issuer",                { at: having("iss", "https://evil.example") }, /does not fit/],
  ["in a browser that did not ask",    { by: () => browser },                  /another browser/],
  ["with a cut ceremony",              { by: (text) => own(text.slice(0, -2)) }, /another browser/],
];
for (const [claim, way, why] of answers) {
  test(`an answer ${claim} lets nobody in`, async () => {
    await using provider = await testProvider();
    await using world = await trusting(provider);
    assert.match(refusal((await comesIn(world, provider, way)).result), why);
  });
}

test("an answer is taken once, in time, and only in the browser that asked for it", async () => {
  await using provider = await testProvider();
  await using world = await trusting(provider);
  const { end, result } = await comesIn(world, provider);
  must(result);
  assert.equal(refusal(await end()), "credential_refused: has been used already");
  const input = { provider: "acme", returnTo: "/" };
  const [mine, other] = [
    must(await world.signIn.beginProvider(input)),
    must(await world.signIn.beginProvider(input)),
  ];
  const query = (await provider.visit(mine.url)).search.slice(1);
  const swapped = await world.signIn.endProvider({ provider: "acme", query }, own(other.ceremony));
  assert.match(refusal(swapped), /does not fit/);
  world.clock.advance(ceremonyMsMax);
  const late = await world.signIn.endProvider({ provider: "acme", query }, own(mine.ceremony));
  assert.match(refusal(late), /comes too late/);
});

test("who says no at the provider is told that they did", async () => {
  await using provider = await testProvider();
  await using world = await trusting(provider);
  provider.isWilling = false;
  assert.match(refusal((await comesIn(world, provider)).result), /you did not agree/);
});

// oxfmt-ignore
const addresses: readonly (readonly [claim: string, account: Readonly<Record<string, unknown>>, why: RegExp | undefined])[] = [
  ["of the domain",             { email: "ana@Example.ORG", email_verified: true }, undefined],
  ["of another domain",         { email: "ana@evil.example", email_verified: true }, /another domain/],
  ["of a domain beneath it",    { email: "ana@sub.example.org", email_verified: true }, /another domain/],
  ["with the domain in front",  { email: "example.org@evil.example", email_verified: true }, /another domain/],
  ["with two signs",            { email: "ana@evil.example@example.org", email_verified: true }, /no verified/],
  ["that nobody has verified",  { email: "ana@example.org", email_verified: false }, /no verified/],
  ["that is said to be so",     { email: "ana@example.org", email_verified: "true" }, /no verified/],
  ["that is missing",           {}, /no verified/],
];
for (const [claim, account, why] of addresses) {
  test(`asked for a domain, an address ${claim} ${why === undefined ? "will do" : "lets nobody in"}`, async () => {
    await using provider = await testProvider();
    await using world = await trusting(provider, { emailDomains: ["example.org"] });
    provider.account = { sub: "1", ...account };
    const { result } = await comesIn(world, provider);
    if (why === undefined) must(result);
    else assert.match(refusal(result), why);
  });
}

test("where the operator did not say so nobody becomes a user, but users can link their account", async () => {
  await using provider = await testProvider();
  await using world = await trusting(provider, { createsUsers: false });
  assert.match(refusal((await comesIn(world, provider)).result), /nobody here has linked/);
  const ana = await world.newUser("ana");
  const bo = await world.newUser("bo");
  must((await comesIn(world, provider, { linkTo: ana.admitted })).result);
  const came = must((await comesIn(world, provider)).result);
  assert.equal(came.admitted.user?.name, "ana");
  const taken = await comesIn(world, provider, { linkTo: bo.admitted });
  assert.match(refusal(taken.result), /belongs to another user/);
  world.clock.advance(freshMsMax);
  const input = { provider: "acme", returnTo: "/", linkTo: ana.admitted };
  assert.equal(refusal(await world.signIn.beginProvider(input)), "sign_in_again");
});

// oxfmt-ignore
const endings: readonly (readonly [claim: string, end: (world: World, ana: SignedIn) => Promise<unknown>])[] = [
  ["the password was changed by another session", async ({ signIn }) => {
    const other = must(await signIn.withPassword({ name: "ana", password: phrase }, browser));
    must(await signIn.changePassword({ current: phrase, password: otherPhrase }, other.admitted, browser));
  }],
  ["the password was changed by the same session", async ({ signIn, clock }, { admitted }) => {
    clock.advance(1);
    must(await signIn.changePassword({ current: phrase, password: otherPhrase }, admitted, browser));
  }],
  ["its session was signed out", async ({ signIn }, { admitted }) =>
    must(await signIn.endSession(admitted, admitted.session.id))],
];
for (const [claim, end] of endings) {
  test(`an account is not linked by what began before ${claim}`, async () => {
    await using provider = await testProvider();
    await using world = await trusting(provider, { createsUsers: false });
    const ana = await world.newUser("ana");
    const input = { provider: "acme", returnTo: "/", linkTo: ana.admitted };
    const { url, ceremony } = must(await world.signIn.beginProvider(input));
    const query = (await provider.visit(url)).search.slice(1);
    await end(world, ana);
    const late = await world.signIn.endProvider({ provider: "acme", query }, own(ceremony));
    assert.match(refusal(late), /session that has ended, or before the password was changed/);
    assert.match(refusal((await comesIn(world, provider)).result), /nobody here has linked/);
  });
}

test("what providers publish is asked of each once, however they take turns", async () => {
  await using one = await testProvider();
  await using two = await testProvider();
  await using world = await trusting(one);
  must(await world.signIn.putProvider({ ...providerInput(two), name: "other" }, machineActor));
  for (const provider of ["acme", "other", "acme", "other"]) {
    must(await world.signIn.beginProvider({ provider, returnTo: "/" }));
  }
  assert.deepEqual([one.looks, two.looks], [1, 1]);
});

test("somebody with the same address is not taken for the user who has it", async () => {
  await using provider = await testProvider();
  await using world = await trusting(provider);
  must(
    await world.people.createUser(
      { name: "ana", email: "ana@example.org", grants: [], teams: [] },
      machineActor,
    ),
  );
  const came = must((await comesIn(world, provider)).result);
  assert.equal(came.admitted.user?.name, "ana2");
});

test("a disabled user does not come in by a provider either", async () => {
  await using provider = await testProvider();
  await using world = await trusting(provider);
  must((await comesIn(world, provider)).result);
  must(await world.people.setUserState("ana", "disabled", machineActor));
  assert.match(refusal((await comesIn(world, provider)).result), /may no longer sign in/);
});

test("the groups that a provider names decide the teams they are mapped to, and no others", async () => {
  await using provider = await testProvider();
  await using world = await trusting(provider);
  for (const team of ["ops", "web", "own"]) must(await world.people.createTeam(team, machineActor));
  const byGroup = { "acme-ops": "ops", "acme-web": "web", "acme-gone": "gone" };
  const teams = { claim: "groups", byGroup };
  must(await world.signIn.putProvider(providerInput(provider, { teams }), machineActor));
  provider.account = {
    ...provider.account,
    groups: ["acme-ops", "acme-gone", "unknown", "__proto__", 7],
  };
  const first = must((await comesIn(world, provider)).result);
  assert.deepEqual(first.admitted.user?.teams, ["ops"]);
  must(await world.people.setMember({ team: "own", user: "ana", isMember: true }, machineActor));
  provider.account = { ...provider.account, groups: ["acme-web"] };
  const second = must((await comesIn(world, provider)).result);
  assert.deepEqual(second.admitted.user?.teams.toSorted(), ["own", "web"]);
});

test("a provider is asked before it is kept, and its secret is never told", async () => {
  await using provider = await testProvider();
  await using world = await newWorld();
  const { signIn } = world;
  const put = async (trust: Trust) =>
    await signIn.putProvider(providerInput(provider, trust), machineActor);
  // oxfmt-ignore
  const refused = [
    [{ issuer: "http://127.0.0.1:9" },                "unavailable"],
    [{ issuer: `${provider.issuer}/other` },          "unavailable"],
    [{ issuer: "http://accounts.example.org" },       "invalid_input"],
    [{ issuer: "file:///etc/passwd" },                "invalid_input"],
    [{ issuer: "https://user@accounts.example.org" }, "invalid_input"],
    [{ issuer: "accounts" },                          "invalid_input"],
    [{ name: "Ac me" },                               "invalid_input"],
    [{ emailDomains: ["not a domain"] },              "invalid_input"],
    [{ teams: { claim: "groups", byGroup: { a: "No Team" } } }, "invalid_input"],
  ] as const;
  for (const [trust, code] of refused)
    assert.equal(refusal(await put(trust)), code, JSON.stringify(trust));
  must(await put({}));
  const { clientSecret: _left, ...again } = providerInput(provider, { title: "Acme accounts" });
  const kept: Provider = must(await signIn.putProvider(again, machineActor));
  assert.equal(kept.clientSecret, provider.clientSecret, "left out, it stays");
  const journal = JSON.stringify(await world.entries());
  assert(
    journal.includes("dev.tidegate.provider.changed") && !journal.includes(provider.clientSecret),
  );
  assert.deepEqual((await signIn.ways()).providers, [{ name: "acme", title: "Acme accounts" }]);
  for (let count = 1; count < providersMax; count += 1) must(await put({ name: `p${count}` }));
  assert.equal(refusal(await put({ name: "more" })), "limit_reached");
  must(await signIn.removeProvider("acme", machineActor));
  assert.equal(refusal(await signIn.removeProvider("acme", machineActor)), "not_found");
  assert.equal(
    refusal(await signIn.beginProvider({ provider: "acme", returnTo: "/" })),
    "not_found",
  );
});

test("a user who came by a provider sets a password soon after, and passkeys are theirs to add", async () => {
  await using provider = await testProvider();
  await using world = await trusting(provider);
  const came = must((await comesIn(world, provider)).result);
  must(await world.signIn.changePassword({ password: phrase }, came.admitted, browser));
  must(await world.signIn.withPassword({ name: "ana", password: phrase }, browser));
});

// oxfmt-ignore
const paths: readonly (readonly [text: string, path: string])[] = [
  ["/", "/"], ["/apps/shop?tab=1#x", "/apps/shop?tab=1#x"], ["/a/../b", "/b"],
  ["https://evil.example/", "/"], ["//evil.example", "/"], ["/\\evil.example", "/"], ["/x\\y", "/"], ["javascript:alert(1)", "/"],
  ["", "/"], ["/\u0000", "/"], ["/\r\nset-cookie: a=b", "/"], [`/${"x".repeat(600)}`, "/"], ["/%2f%2fevil.example", "/%2f%2fevil.example"],
];
for (const [text, path] of paths) {
  test(`coming back to ${JSON.stringify(text.slice(0, 40))} leads to ${path.slice(0, 40)}`, () => {
    assert.equal(pathWithin(text, origin), path);
  });
}
