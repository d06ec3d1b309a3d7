/** What is over once a password may be known to somebody: sessions, and the tokens that were made in them. */
import { strict as assert } from "node:assert";
import { test } from "node:test";
import { machineActor, type Actor, type SignedIn, type TokensThen } from "#domain";
import { browser, must, newWorld, otherPhrase, phrase, type World } from "./world.testing.ts";

// oxfmt-ignore
const waysOut: readonly (readonly [how: string, act: (world: World, ana: SignedIn, tokens?: TokensThen) => Promise<unknown>])[] = [
  ["a new password", async ({ signIn }, { admitted: of }, tokens = "end") =>
    must(await signIn.changePassword({ current: phrase, password: otherPhrase, tokens }, of, browser))],
  ["the end of all other sessions", async ({ signIn }, { admitted: of }, tokens = "end") =>
    await signIn.endOtherSessions(of, tokens)],
];
for (const [how, act] of waysOut) {
  test(`${how} ends the tokens one has made, unless they are to stay, and nobody else's`, async () => {
    await using world = await newWorld();
    const [ana, bo] = [await world.newUser("ana"), await world.newUser("bo")];
    const isOpen = await tokenOf(world, ana);
    const others = [await tokenOf(world, bo), await tokenOf(world, ana, machineActor)];
    await act(world, ana, "keep");
    assert(await isOpen(), "kept");
    await (how === "a new password"
      ? world.signIn
          .changePassword({ current: otherPhrase, password: phrase }, ana.admitted, browser)
          .then(must)
      : act(world, ana));
    assert.equal(await isOpen(), false);
    for (const isOther of others) assert(await isOther(), "made by somebody else");
    const told = (await world.entries()).filter(
      ({ type }) => type === "dev.tidegate.token.revoked",
    );
    assert.deepEqual(
      told.map(({ actor }) => actor),
      ["ana"],
    );
  });
}

test("a new way in by an invitation ends the tokens that its user has made", async () => {
  await using world = await newWorld();
  const isOpen = await tokenOf(world, await world.newUser("ana"));
  const input = { note: "lost it", forUser: "ana", grants: [], teams: [] };
  const { token } = must(await world.signIn.invite(input, machineActor));
  assert(await isOpen(), "an invitation that nobody has accepted ends nothing");
  const credential = { kind: "password", password: otherPhrase } as const;
  must(await world.signIn.accept({ token, credential }, browser));
  assert.equal(await isOpen(), false);
});

const lost = { note: "lost it", forUser: "ana", grants: [], teams: [] };

test("a second link for a user takes the first one back", async () => {
  await using world = await newWorld();
  await world.newUser("ana");
  const [first, second] = [
    must(await world.signIn.invite(lost, machineActor)),
    must(await world.signIn.invite(lost, machineActor)),
  ];
  const credential = { kind: "password", password: otherPhrase } as const;
  const refused = await world.signIn.accept({ token: first.token, credential }, browser);
  assert.equal(refused.ok ? "let in" : refused.error.code, "credential_refused");
  must(await world.signIn.accept({ token: second.token, credential }, browser));
});

for (const [how, act] of waysOut) {
  test(`${how} takes open links for that user back, whatever becomes of tokens`, async () => {
    await using world = await newWorld();
    const ana = await world.newUser("ana");
    const { token } = must(await world.signIn.invite(lost, machineActor));
    await act(world, ana, "keep");
    const credential = { kind: "password", password: otherPhrase } as const;
    const refused = await world.signIn.accept({ token, credential }, browser);
    assert.equal(refused.ok ? "let in" : refused.error.code, "credential_refused");
  });
}

/** A token that `who` makes, or somebody else for them; gives whether it opens something. */
async function tokenOf(world: World, who: SignedIn, by: Actor = who.admitted.actor) {
  const wish = { label: "ci", reach: { kind: "all" }, expiresInMs: 86_400_000 } as const;
  const { text } = must(
    await world.people.createToken({ ...wish, owner: who.admitted.actor.name }, by),
  );
  return async () => (await world.people.admit(text, browser)) !== undefined;
}
