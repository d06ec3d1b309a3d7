/** The handlers of what is about people. Access was decided before; what is left is turning words into nouns. */
import { err, ok, some, type Result } from "#std";
import {
  isVisible,
  parseAppName,
  parseId,
  parseScope,
  renderScope,
  type Grant,
  type Grantee,
  type Held,
  type InvalidInput,
  type People,
  type SshKey,
  type TeamView,
  type Token,
  type TokenReach,
  type User,
} from "#domain";
import type {
  GrantResource,
  HeldGrantResource,
  JsonRouteKey,
  MeResource,
  RouteInput,
  SshKeyResource,
  TeamResource,
  TokenResource,
  UserResource,
} from "#faces/api/contract";
import type { Asked, Handlers } from "./handlers.ts";
import type { ApiError } from "./problems.ts";
import { copy } from "./resources.ts";
import { type Freshness, tooLongAgo } from "./too-long-ago.ts";

export type PeopleRoutes = Exclude<
  Extract<
    JsonRouteKey,
    `${string} /api/v1/${"me" | "users" | "teams" | "grants" | "tokens" | "ssh-keys"}${string}`
  >,
  `${string} /api/v1/teams/:team/apps`
>;

export function peopleHandlers(people: People, signIn: Freshness): Pick<Handlers, PeopleRoutes> {
  return {
    ...userHandlers(people, signIn),
    ...teamHandlers(people, signIn),
    ...grantHandlers(people, signIn),
    ...tokenHandlers(people, signIn),
    ...sshKeyHandlers(people, signIn),
  };
}

type UserRoutes = Extract<PeopleRoutes, `${string} /api/v1/${"me" | "users"}${string}`>;

function userHandlers(people: People, signIn: Freshness): Pick<Handlers, UserRoutes> {
  return {
    "GET /api/v1/me": async (_input, { actor }) => ok(meOf(actor)),
    "GET /api/v1/users": async () => ok({ users: (await people.users()).map(userOf) }),
    "POST /api/v1/users": async ({ body }, asked) => {
      const stale = tooLongAgo("make a user", asked, signIn);
      if (stale !== undefined) return err(stale);
      const grants = grantsFrom(body.grants);
      if (!grants.ok) return grants;
      const { name, teams, email } = body;
      const input = {
        name,
        teams,
        grants: grants.value,
        ...(email === undefined ? {} : { email }),
      };
      return then(await people.createUser(input, asked.actor), userOf);
    },
    "GET /api/v1/users/:user": async ({ params }) => then(await people.user(params.user), userOf),
    "POST /api/v1/users/:user/disable": async ({ params }, { actor }) =>
      then(await people.setUserState(params.user, "disabled", actor), userOf),
    "POST /api/v1/users/:user/enable": async ({ params }, asked) => {
      const stale = tooLongAgo("let a user in again", asked, signIn);
      if (stale !== undefined) return err(stale);
      return then(await people.setUserState(params.user, "active", asked.actor), userOf);
    },
    "GET /api/v1/users/:user/tokens": async ({ params }) => {
      const user = await people.user(params.user);
      if (!user.ok) return user;
      return ok({ tokens: (await people.tokens(user.value.name)).map(tokenOf) });
    },
    "GET /api/v1/users/:user/ssh-keys": async ({ params }) => {
      const user = await people.user(params.user);
      if (!user.ok) return user;
      return ok({ sshKeys: (await people.sshKeys(user.value.name)).map(sshKeyOf) });
    },
    "POST /api/v1/users/:user/tokens": async ({ params, body }, asked) =>
      await makeToken({ people, signIn }, { ...body, owner: params.user }, asked),
  };
}

function teamHandlers(
  people: People,
  signIn: Freshness,
): Pick<Handlers, Extract<PeopleRoutes, `${string} /api/v1/teams${string}`>> {
  return {
    "GET /api/v1/teams": async (_input, { actor }) => {
      const teams = (await people.teams()).filter(({ team: { name: team } }) =>
        isVisible(actor, { kind: "team", team }),
      );
      return ok({ teams: teams.map(teamOf) });
    },
    "POST /api/v1/teams": async ({ body }, { actor }) =>
      then(await people.createTeam(body.name, actor), teamOf),
    "GET /api/v1/teams/:team": async ({ params }) => then(await people.team(params.team), teamOf),
    "DELETE /api/v1/teams/:team": async ({ params }, { actor }) =>
      then(await people.deleteTeam(params.team, actor), () => ({ name: params.team })),
    "PUT /api/v1/teams/:team/members/:user": async ({ params }, asked) => {
      const stale = tooLongAgo("add somebody to a team", asked, signIn);
      if (stale !== undefined) return err(stale);
      return then(await people.setMember({ ...params, isMember: true }, asked.actor), teamOf);
    },
    "DELETE /api/v1/teams/:team/members/:user": async ({ params }, { actor }) =>
      then(await people.setMember({ ...params, isMember: false }, actor), teamOf),
  };
}

type GrantRoutes = Extract<PeopleRoutes, `${string} /api/v1/grants${string}`>;

function grantHandlers(people: People, signIn: Freshness): Pick<Handlers, GrantRoutes> {
  return {
    "GET /api/v1/grants": async ({ query }, { actor }) => {
      if (query.app === undefined) return ok({ grants: (await people.grants()).map(heldOf) });
      const app = parseAppName(query.app);
      if (!app.ok) return err({ code: "not_found", what: "app", name: query.app });
      const on = await people.locateScope({ kind: "app", app: app.value }, actor);
      return on.ok ? ok({ grants: (await people.grants(on.value)).map(heldOf) }) : on;
    },
    "PUT /api/v1/grants/:scope/:to/:role": async ({ params }, asked) => {
      const stale = tooLongAgo("give a role", asked, signIn);
      if (stale !== undefined) return err(stale);
      return await setGrant(people, { ...params, isGiven: true }, asked);
    },
    "DELETE /api/v1/grants/:scope/:to/:role": async ({ params }, asked) =>
      await setGrant(people, { ...params, isGiven: false }, asked),
  };
}

type GrantInput = RouteInput<"PUT /api/v1/grants/:scope/:to/:role">["params"] & {
  readonly isGiven: boolean;
};

async function setGrant(
  people: People,
  { scope, to, role, isGiven }: GrantInput,
  { actor }: Asked,
): Promise<Result<HeldGrantResource, ApiError>> {
  const grants = grantsFrom([{ role, on: scope }]);
  if (!grants.ok) return grants;
  const [grant] = grants.value;
  if (grant === undefined) return err({ code: "not_found", what: "grant", name: scope });
  return then(await people.setGrant({ to: granteeOf(to), grant, isGiven }, actor), heldOf);
}

/** `ana`, or `team:ops`. */
function granteeOf(text: string): Grantee {
  return text.startsWith("team:")
    ? { kind: "team", name: text.slice("team:".length) }
    : { kind: "user", name: text };
}

type TokenRoutes = Extract<PeopleRoutes, `${string} /api/v1/tokens${string}`>;

function tokenHandlers(people: People, signIn: Freshness): Pick<Handlers, TokenRoutes> {
  return {
    "GET /api/v1/tokens": async (_input, { actor }) =>
      ok({ tokens: (await ownTokens(people, actor)).map(tokenOf) }),
    "POST /api/v1/tokens": async ({ body }, asked) =>
      await makeToken({ people, signIn }, body, asked),
    "DELETE /api/v1/tokens/:token": async ({ params }, { actor }) => {
      const id = parseId("tok", params.token);
      if (!id.ok) return id;
      return then(await people.revokeToken(id.value, actor), tokenOf);
    },
  };
}

function sshKeyHandlers(
  people: People,
  signIn: Freshness,
): Pick<Handlers, Extract<PeopleRoutes, `${string} /api/v1/ssh-keys${string}`>> {
  return {
    "GET /api/v1/ssh-keys": async (_input, { actor }) => {
      const keys = isNarrow(actor) ? [] : await people.sshKeys(actor.name);
      return ok({ sshKeys: keys.map(sshKeyOf) });
    },
    "POST /api/v1/ssh-keys": async ({ body: { publicKey, label } }, asked) => {
      const stale = tooLongAgo("add a key", asked, signIn);
      if (stale !== undefined) return err(stale);
      const input = { publicKey, ...some("label", label) };
      return then(await people.addSshKey(input, asked.actor), sshKeyOf);
    },
    "DELETE /api/v1/ssh-keys/:key": async ({ params }, { actor }) => {
      const id = parseId("key", params.key);
      if (!id.ok) return id;
      return then(await people.removeSshKey(id.value, actor), sshKeyOf);
    },
  };
}

/** By a token that reaches less than its owner. */
function isNarrow({ reach }: Asked["actor"]): boolean {
  return reach !== undefined && reach.kind !== "all";
}

/** One that reaches less than its owner knows of itself alone. */
async function ownTokens(people: People, actor: Asked["actor"]): Promise<readonly Token[]> {
  const tokens = await people.tokens(actor.name);
  return isNarrow(actor) ? tokens.filter(({ id }) => id === actor.token) : tokens;
}

type TokenInput = RouteInput<"POST /api/v1/tokens">["body"];

async function makeToken(
  { people, signIn }: { readonly people: People; readonly signIn: Freshness },
  { label, reach, expiresInMs, owner }: TokenInput & { readonly owner?: string },
  asked: Asked,
): Promise<Result<TokenResource & { readonly text: string }, ApiError>> {
  const { actor } = asked;
  const stale = tooLongAgo("make a token", asked, signIn);
  if (stale !== undefined) return err(stale);
  const checked = await reachFrom(reach, actor, people);
  if (!checked.ok) return checked;
  const whose = owner === undefined ? {} : { owner };
  const made = await people.createToken(
    { label, reach: checked.value, expiresInMs, ...whose },
    actor,
  );
  return then(made, ({ token, text }) => ({ ...tokenOf(token), text }));
}

/** A token for an app that its maker cannot see is one for an app that does not exist. */
async function reachFrom(
  reach: TokenInput["reach"],
  actor: Asked["actor"],
  people: People,
): Promise<Result<TokenReach, ApiError>> {
  if (reach.kind !== "push") return ok(reach);
  const app = parseAppName(reach.app);
  if (!app.ok) return err({ code: "not_found", what: "app", name: reach.app });
  const found = await people.locateScope({ kind: "app", app: app.value }, actor);
  return found.ok ? ok({ kind: "push", app: app.value }) : found;
}

function grantsFrom(given: readonly GrantResource[]): Result<readonly Grant[], InvalidInput> {
  const grants: Grant[] = [];
  for (const { role, on } of given) {
    const scope = parseScope(on);
    if (!scope.ok) return scope;
    grants.push({ role, scope: scope.value });
  }
  return ok(grants);
}

function grantOf({ role, scope }: Grant): GrantResource {
  return { role, on: renderScope(scope) };
}

function userOf({ credentialsFromAt: _from, grants, ...user }: User): UserResource {
  return copy({ ...user, grants: grants.map(grantOf) });
}

function teamOf({ team, members }: TeamView): TeamResource {
  const { name, createdAt, createdBy, grants } = team;
  const shown = members.map(({ name: member, state }) => ({ name: member, state }));
  return { name, createdAt, createdBy, grants: grants.map(grantOf), members: shown };
}

function heldOf({ to, grant }: Held): HeldGrantResource {
  return { to: to.kind === "team" ? `team:${to.name}` : to.name, ...grantOf(grant) };
}

function tokenOf({ hash: _hash, owner: _owner, ownerName, ...token }: Token): TokenResource {
  return copy({ ...token, owner: ownerName });
}

function sshKeyOf({ owner: _owner, publicKey: _key, ownerName, ...key }: SshKey): SshKeyResource {
  return copy({ ...key, owner: ownerName });
}

function meOf({ name, user, token, reach, grants }: Asked["actor"]): MeResource {
  return copy({
    name,
    ...(user === undefined ? {} : { user }),
    ...(token === undefined ? {} : { token }),
    ...(reach === undefined ? {} : { reach }),
    grants: grants.map(grantOf),
  });
}

function then<A, B, E>(result: Result<A, E>, map: (value: A) => B): Result<B, E> {
  return result.ok ? ok(map(result.value)) : result;
}
