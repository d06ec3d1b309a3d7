/** Users, teams and grants over a real PostgreSQL; and that the documents are what the journal adds up to. */
import { strict as assert } from "node:assert";
import { test, type TestContext } from "node:test";
import { sure } from "#std/testing";
import {
  foldTeam,
  foldUser,
  isAllowed,
  machineActor,
  parseAppName,
  parseScope,
  renderScope,
  type Actor,
  type App,
  type Grant,
  type Grantee,
  type JournalEntry,
  type Role,
  type Store,
  type Team,
  type User,
} from "#domain";
import { silentLog, systemClock } from "#ground/storage/testing";
import { openPeople } from "./index.ts";
import { codeOf, openWorld } from "./people.testing.ts";

const root: Actor = { ...machineActor, origin: { address: "127.0.0.1", userAgent: "test" } };
const shop = sure(parseAppName("shop"));

const on = (role: Role, scope: string): Grant => ({ role, scope: sure(parseScope(scope)) });
const user = (name: string): Grantee => ({ kind: "user", name });
const team = (name: string): Grantee => ({ kind: "team", name });

async function open(t: TestContext) {
  const world = await openWorld(t);
  await putApp(world.store, {});
  return world;
}

async function putApp(store: Store, more: Partial<App>): Promise<void> {
  const app: App = {
    name: shop,
    createdAt: 1,
    createdBy: "ana",
    trackedBranch: "main",
    configVersion: 0,
    nextReleaseNumber: 1,
    ...more,
  };
  assert.ok(
    (await store.commit({ documents: [{ kind: "app", id: shop, app: shop, body: app }] })).ok,
  );
}

type World = Awaited<ReturnType<typeof open>>;

test("grants: an app that is deleted between the look at it and the writing has none", async (t) => {
  const { store } = await open(t);
  let isStill = true;
  const meanwhile: Store = {
    ...store,
    get: store.get.bind(store),
    async commit(batch) {
      if (isStill) await putApp(store, { deletedAt: 2 });
      isStill = false;
      return await store.commit(batch);
    },
  };
  const { people } = openPeople({ store: meanwhile, clock: systemClock, log: silentLog });
  const asked = { name: "ana", grants: [on("developer", "app:shop")], teams: [] };
  assert.equal(codeOf(await people.createUser(asked, root)), "not_found");
  assert.equal(await people.user("ana").then(codeOf), "not_found");
});

/** A user who has signed in once. */
async function active(
  { people, newcomers, store }: World,
  name: string,
  grants: readonly Grant[] = [],
) {
  const { id } = sure(await people.createUser({ name, grants, teams: [] }, root));
  const batch = await newcomers.changed(id, { state: "active" }, { name, user: id, grants: [] });
  assert.ok(batch !== undefined && (await store.commit(batch)).ok);
  return sure(await people.user(name));
}

async function actorOf({ people, newcomers }: World, name: string): Promise<Actor> {
  return await newcomers.actorOf(sure(await people.user(name)));
}

test("people: a name is given once, also to two who ask at the same moment", async (t) => {
  const { people } = await open(t);
  const asked = { name: "ana", grants: [], teams: [] };
  const both = await Promise.all([people.createUser(asked, root), people.createUser(asked, root)]);
  assert.deepEqual(both.map(codeOf).toSorted(), ["already_exists", "ok"]);
  assert.equal(codeOf(await people.createUser({ ...asked, name: "Ana B" }, root)), "invalid_input");
  assert.equal(
    codeOf(await people.createUser({ ...asked, name: "bo", teams: ["ops"] }, root)),
    "not_found",
  );
  assert.deepEqual(
    (await people.users()).map(({ name }) => name),
    ["ana"],
  );
});

test("people: a grant is given and taken, and each time again changes nothing", async (t) => {
  const world = await open(t);
  const { people, store } = world;
  await active(world, "bo");
  const wish = { to: user("bo"), grant: on("developer", "app:shop"), isGiven: true };
  const before = await store.journalLength();
  sure(await people.setGrant(wish, root));
  sure(await people.setGrant(wish, root));
  assert.equal(await store.journalLength(), before + 1);
  const production = { kind: "app", app: shop, environment: "production" } as const;
  assert.ok(isAllowed(await actorOf(world, "bo"), "source.push", production));
  sure(await people.setGrant({ ...wish, isGiven: false }, root));
  sure(await people.setGrant({ ...wish, isGiven: false }, root));
  assert.equal(await store.journalLength(), before + 2);
  assert.ok(!isAllowed(await actorOf(world, "bo"), "source.push", production));
});

test("people: members have what their team was granted, for as long as they are members", async (t) => {
  const world = await open(t);
  const { people, store } = world;
  await active(world, "bo");
  sure(await people.createTeam("ops", root));
  sure(
    await people.setGrant(
      { to: team("ops"), grant: on("operator", "team:ops"), isGiven: true },
      root,
    ),
  );
  sure(await people.setMember({ team: "ops", user: "bo", isMember: true }, root));
  await putApp(store, { team: sure(await people.team("ops")).team.name });
  const resource = sure(await people.locateScope({ kind: "app", app: shop }, root));
  assert.ok(isAllowed(await actorOf(world, "bo"), "rollout.steer", resource));
  sure(await people.setMember({ team: "ops", user: "bo", isMember: false }, root));
  assert.ok(!isAllowed(await actorOf(world, "bo"), "rollout.steer", resource));
});

test("people: a team that owns an app is not deleted; one that owns none goes with all it gave", async (t) => {
  const world = await open(t);
  const { people, store } = world;
  await active(world, "bo", []);
  const ops = sure(await people.createTeam("ops", root)).team.name;
  sure(await people.setMember({ team: "ops", user: "bo", isMember: true }, root));
  sure(
    await people.setGrant({ to: user("bo"), grant: on("admin", "team:ops"), isGiven: true }, root),
  );
  await putApp(store, { team: ops });
  assert.equal(codeOf(await people.deleteTeam("ops", root)), "wrong_state");
  await putApp(store, {});
  sure(await people.deleteTeam("ops", root));
  assert.equal(codeOf(await people.team("ops")), "not_found");
  sure(await people.createTeam("ops", root));
  const bo = sure(await people.user("bo"));
  assert.deepEqual([bo.teams, bo.grants], [[], []], "the next of its name starts afresh");
});

test("people: what was granted on an app ends with it", async (t) => {
  const world = await open(t);
  const { people } = world;
  await active(world, "bo", [
    on("admin", "app:shop"),
    on("viewer", "app:shop/production"),
    on("viewer", "platform"),
  ]);
  await people.forgetApp(shop);
  assert.deepEqual(
    sure(await people.user("bo")).grants.map(({ scope }) => renderScope(scope)),
    ["platform"],
  );
});

test("people: nobody gives what they could not grant", async (t) => {
  const world = await open(t);
  const { people } = world;
  await active(world, "bo", [on("admin", "app:shop"), on("admin", "team:ops")].slice(0, 1));
  await active(world, "cy");
  sure(await people.createTeam("ops", root));
  sure(
    await people.setGrant(
      { to: team("ops"), grant: on("operator", "platform"), isGiven: true },
      root,
    ),
  );
  sure(
    await people.setGrant({ to: user("bo"), grant: on("admin", "team:ops"), isGiven: true }, root),
  );
  const bo = await actorOf(world, "bo");
  const give = async (to: Grantee, grant: Grant) =>
    codeOf(await people.setGrant({ to, grant, isGiven: true }, bo));
  assert.equal(await give(user("cy"), on("operator", "app:shop")), "ok");
  assert.equal(await give(user("cy"), on("viewer", "platform")), "forbidden");
  assert.equal(await give(user("bo"), on("admin", "platform")), "forbidden");
  const join = await people.setMember({ team: "ops", user: "bo", isMember: true }, bo);
  assert.equal(codeOf(join), "forbidden", "the team has more than bo could give");
  const narrow: Actor = { ...machineActor, reach: { kind: "read" } };
  const wish = { to: user("cy"), grant: on("viewer", "platform"), isGiven: true };
  const refused = await people.setGrant(wish, narrow);
  assert.ok(!refused.ok && refused.error.code === "forbidden" && refused.error.isTokenTooNarrow);
});

test("people: a grant on what is not there is refused, and so is one on an app that goes at that moment", async (t) => {
  const world = await open(t);
  const { people, store } = world;
  await active(world, "bo");
  const give = async (scope: string) =>
    codeOf(
      await people.setGrant({ to: user("bo"), grant: on("viewer", scope), isGiven: true }, root),
    );
  assert.equal(await give("app:blog"), "not_found");
  assert.equal(await give("team:ops"), "not_found");
  await putApp(store, { deletedAt: 2 });
  assert.equal(await give("app:shop"), "not_found");
});

test("people: the last admin is neither disabled nor demoted", async (t) => {
  const world = await open(t);
  const { people } = world;
  await active(world, "ana", [on("admin", "platform")]);
  const demote = { to: user("ana"), grant: on("admin", "platform"), isGiven: false };
  assert.equal(codeOf(await people.setUserState("ana", "disabled", root)), "wrong_state");
  assert.equal(codeOf(await people.setGrant(demote, root)), "wrong_state");
  // Who was invited and never came could let nobody in.
  sure(await people.createUser({ name: "bo", grants: [on("admin", "platform")], teams: [] }, root));
  assert.equal(codeOf(await people.setGrant(demote, root)), "wrong_state");
  await active(world, "cy", [on("admin", "platform")]);
  assert.equal(codeOf(await people.setGrant(demote, root)), "ok");
});

test("people: two admins who take each other away at the same moment leave one", async (t) => {
  const world = await open(t);
  const { people } = world;
  await active(world, "ana", [on("admin", "platform")]);
  await active(world, "bo", [on("admin", "platform")]);
  for (let round = 0; round < 5; round += 1) {
    const both = await Promise.all([
      people.setUserState("ana", "disabled", root),
      people.setGrant({ to: user("bo"), grant: on("admin", "platform"), isGiven: false }, root),
    ]);
    assert.deepEqual(both.map(codeOf).toSorted(), ["ok", "wrong_state"], `round ${round}`);
    sure(await people.setUserState("ana", "active", root));
    sure(
      await people.setGrant(
        { to: user("bo"), grant: on("admin", "platform"), isGiven: true },
        root,
      ),
    );
  }
});

test("people: those who could grant something are named, those who could not are not", async (t) => {
  const world = await open(t);
  await active(world, "ana", [on("admin", "platform")]);
  await active(world, "bo", [on("admin", "app:shop")]);
  await active(world, "cy", [on("operator", "platform")]);
  await active(world, "dee", [on("admin", "platform")]);
  sure(await world.people.setUserState("dee", "disabled", root));
  const { people } = world;
  assert.deepEqual(await people.grantorsOf({ kind: "app", app: shop }), ["ana", "bo"]);
  assert.deepEqual(await people.grantorsOf({ kind: "platform" }), ["ana"]);
});

/** Every user that the journal speaks of, by id. */
function usersIn(entries: readonly JournalEntry[]): ReadonlyMap<string, User | undefined> {
  const users = new Map<string, User | undefined>();
  for (const entry of entries) {
    const isNew = entry.type === "dev.tidegate.user.created";
    const id = isNew ? entry.data.user.id : "";
    if (isNew) users.set(id, undefined);
    for (const [known, body] of users) {
      if (!isNew || known === id) users.set(known, foldUser(body, entry));
    }
  }
  return users;
}

/** Every team that there is by the journal, by name. */
function teamsIn(entries: readonly JournalEntry[]): ReadonlyMap<string, Team> {
  const teams = new Map<string, Team>();
  for (const entry of entries) {
    const name = teamOf(entry);
    if (name === undefined) continue;
    const next = foldTeam(teams.get(name), entry);
    if (next === undefined) teams.delete(name);
    else teams.set(name, next);
  }
  return teams;
}

function teamOf(entry: JournalEntry): string | undefined {
  if (entry.type === "dev.tidegate.team.created") return entry.data.team.name;
  const isAboutOne =
    entry.type === "dev.tidegate.team.changed" || entry.type === "dev.tidegate.team.deleted";
  return isAboutOne ? entry.data.team : undefined;
}

test("people: what is stored is what the journal adds up to, and each entry says who, from where, before and after", async (t) => {
  const world = await open(t);
  const { people, store } = world;
  await active(world, "ana", [on("admin", "platform")]);
  await active(world, "bo");
  sure(await people.createTeam("ops", root));
  sure(await people.createTeam("gone", root));
  sure(
    await people.setGrant(
      { to: team("ops"), grant: on("viewer", "platform"), isGiven: true },
      root,
    ),
  );
  sure(await people.setMember({ team: "ops", user: "bo", isMember: true }, root));
  sure(
    await people.setGrant(
      { to: user("bo"), grant: on("developer", "app:shop"), isGiven: true },
      root,
    ),
  );
  sure(await people.setUserState("bo", "disabled", root));
  sure(await people.deleteTeam("gone", root));
  const entries = await store.entries({ after: 0, limit: 100 });
  for (const { id, body } of await store.list("user", { limit: 10 })) {
    assert.deepEqual(body, usersIn(entries).get(id), body.name);
  }
  const ops = sure(await people.team("ops")).team;
  assert.deepEqual([...teamsIn(entries).values()], [ops], "the other one was deleted");
  const disabled = entries.findLast(({ type }) => type === "dev.tidegate.user.changed");
  assert.ok(disabled?.type === "dev.tidegate.user.changed");
  assert.deepEqual(
    [disabled.actor, disabled.by],
    ["admin", { address: "127.0.0.1", userAgent: "test" }],
  );
  assert.deepEqual([disabled.data.before.state, disabled.data.after.state], ["active", "disabled"]);
  assert.equal((await store.verifyJournal()).brokenAt, undefined);
});

// oxfmt-ignore
const nowhere: readonly (readonly [scope: string, what: string, name: string])[] = [
  ["app:nope",            "app",  "nope"],
  ["app:nope/production", "app",  "nope/production"],
  ["team:nope",           "team", "nope"],
];
for (const [scope, what, name] of nowhere) {
  test(`nothing is granted on ${scope}, which does not exist, also not with a new user`, async (t) => {
    const { people } = await open(t);
    const input = {
      name: "ana",
      grants: [on("viewer", "app:shop"), on("viewer", scope)],
      teams: [],
    };
    const refused = { code: "not_found", what, name };
    const made = await people.createUser(input, root);
    assert.deepEqual(made.ok ? made : made.error, refused);
    assert.deepEqual(await people.users(), [], "nobody was made");
    sure(await people.createUser({ ...input, grants: [on("viewer", "app:shop")] }, root));
    const wish = { to: user("ana"), grant: on("viewer", scope), isGiven: true };
    const given = await people.setGrant(wish, root);
    assert.deepEqual(given.ok ? given : given.error, refused);
  });
}
