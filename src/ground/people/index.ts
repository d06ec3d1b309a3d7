/**
 * People: users, teams, what they were granted, their tokens and SSH keys.
 *
 * Answers: who somebody is by a token or a key, what they may do now, and every change to that, as journal entries
 * and what those add up to.
 * Leaves to others: deciding whether something is allowed (`isAllowed` in the domain, asked by the faces),
 * and how users sign in.
 * Invariants: nobody gives what they could not grant; the last admin of the platform stays one; a token is
 * worth what its owner is worth at this moment, and its text is kept by nobody; what was granted on an app
 * ends with the app.
 * Read next: grants.ts, actors.ts, then tokens.ts.
 */
import { err, ok, Turns, type Result } from "#std";
import {
  isVisible,
  machineActor,
  sessionOwner,
  type Actor,
  type AppName,
  type Newcomers,
  type NotFound,
  type People,
  type Resource,
  type Scope,
} from "#domain";
import { hasAdmin } from "./admins.ts";
import { actorOf, grantorsOf, resourceAt } from "./actors.ts";
import { all, teamNamed, userNamed, type PeopleContext } from "./context.ts";
import { forgetAppGrants, heldGrants, setGrant } from "./grants.ts";
import { addSshKey, admitSshKey, listSshKeys, removeSshKey, endingSshKeys } from "./ssh-keys.ts";
import { stillIn } from "./still-in.ts";
import { createTeam, deleteTeam, setMember, teamView, teamViews } from "./teams.ts";
import {
  admitToken,
  createToken,
  endingTokens,
  listTokens,
  ownTokens,
  revokeToken,
} from "./tokens.ts";
import { createUser, setUserState } from "./users.ts";
import { writeNewUser, writeUser } from "./write.ts";

/** Opens people on a store. The faces get `people`, signing in gets `newcomers`. */
export function openPeople(context: PeopleContext): {
  readonly people: People;
  readonly newcomers: Newcomers;
  /** Whether a user can administer the platform. Once there is one, there always is. */
  readonly hasAdmin: () => Promise<boolean>;
} {
  const turns = new Turns();
  const inTurn: InTurn = async (user, act) => await turns.take(sessionOwner(user), act);
  return {
    people: {
      ...peopleOf(context, inTurn),
      ...tokensOf(context, inTurn),
      ...sshKeysOf(context, inTurn),
    },
    newcomers: newcomersOf(context, inTurn),
    hasAdmin: async () => await hasAdmin(context),
  };
}

type InTurn = Newcomers["inTurn"];

type OfTokens = Pick<People, "tokens" | "createToken" | "revokeToken" | "admit">;

type OfSshKeys = Pick<People, "sshKeys" | "addSshKey" | "removeSshKey" | "admitSshKey">;

function peopleOf(
  context: PeopleContext,
  inTurn: InTurn,
): Omit<People, keyof OfTokens | keyof OfSshKeys> {
  return {
    users: async () => (await all("user", context)).map(({ body }) => body),
    async user(name) {
      const found = await userNamed(name, context);
      return found.ok ? ok(found.value.body) : found;
    },
    createUser: async (input, actor) => await createUser(input, actor, context),
    async setUserState(name, state, actor) {
      const found = await userNamed(name, context);
      if (!found.ok) return found;
      const { id } = found.value.body;
      return await inTurn(id, async () => await setUserState({ name, state }, actor, context));
    },
    teams: async () => await teamViews(context),
    team: async (name) => await teamView(name, context),
    createTeam: async (name, actor) => await createTeam(name, actor, context),
    deleteTeam: async (name, actor) => await deleteTeam(name, actor, context),
    setMember: async (input, actor) => await setMember(input, actor, context),
    grants: async (on) => await heldGrants(on, context),
    setGrant: async (input, actor) => await setGrant(input, actor, context),
    grantorsOf: async (on) => await grantorsOf(on, context),
    sees: async (who, app) => await sees(who, app, context),
    locateScope: async (scope, actor) => await locateScope(scope, actor, context),
    forgetApp: async (app) => await forgetAppGrants(app, context),
  };
}

function tokensOf(context: PeopleContext, inTurn: InTurn): OfTokens {
  return {
    tokens: async (owner) => await listTokens(owner, context),
    createToken: async (input, actor) =>
      await inTurn(actor.user, async () => await createToken(input, actor, context)),
    revokeToken: async (id, actor) =>
      await inTurn(actor.user, async () => await revokeToken(id, actor, context)),
    admit: async (text, origin) => await admitToken(text, origin, context),
  };
}

function sshKeysOf(context: PeopleContext, inTurn: InTurn): OfSshKeys {
  return {
    sshKeys: async (owner) => await listSshKeys(owner, context),
    addSshKey: async (input, actor) =>
      await inTurn(actor.user, async () => await addSshKey(input, actor, context)),
    removeSshKey: async (id, actor) =>
      await inTurn(actor.user, async () => await removeSshKey(id, actor, context)),
    admitSshKey: async (key, origin, isProven) =>
      await admitSshKey(key, { origin, isProven }, context),
  };
}

function newcomersOf(context: PeopleContext, inTurn: InTurn): Newcomers {
  const { store } = context;
  return {
    user: async (id) => (await store.get("user", id))?.body,
    async userByName(name) {
      const found = await userNamed(name, context);
      return found.ok ? found.value.body : undefined;
    },
    hasUsers: async () => (await store.list("user", { limit: 1 })).length > 0,
    hasTeam: async (name) => (await teamNamed(name, context)).ok,
    actorOf: async (user) => await actorOf(user, context),
    written: (user, by) => writeNewUser(user, by),
    async changed(id, facts, by) {
      const stored = await store.get("user", id);
      if (stored === undefined || stored.body.state === "disabled") return undefined;
      return writeUser(stored, facts, by);
    },
    stillIn: async (actor) => await stillIn(actor, context),
    inTurn,
    ownTokens: async (user) => await ownTokens(user, context),
    endingTokens: (tokens, by) => endingTokens(tokens, by, context),
    endingSshKeys: async (user, by) => await endingSshKeys(user, by, context),
  };
}

async function sees(who: string, app: AppName, context: PeopleContext): Promise<boolean> {
  const user = await userNamed(who, context);
  if (!user.ok && who !== machineActor.name) return false;
  const actor = user.ok ? await actorOf(user.value.body, context) : machineActor;
  return isVisible(actor, await resourceAt({ kind: "app", app }, context));
}

async function isApp(name: string, { store }: PeopleContext): Promise<boolean> {
  const app = await store.get("app", name);
  return app !== undefined && app.body.deletedAt === undefined;
}

/** What is not there, and what the actor may not see, are answered alike. */
async function locateScope(
  scope: Scope,
  actor: Actor,
  context: PeopleContext,
): Promise<Result<Resource, NotFound>> {
  const resource = await resourceAt(scope, context);
  if (scope.kind === "platform") return ok(resource);
  const isTeam = scope.kind === "team";
  const name = isTeam ? scope.team : scope.app;
  const isThere = isTeam ? (await teamNamed(name, context)).ok : await isApp(name, context);
  if (isThere && isVisible(actor, resource)) return ok(resource);
  return err({ code: "not_found", what: isTeam ? "team" : "app", name });
}
