/** From a user to an actor: with what they and their teams were granted, as it is now. */
import type { Actor, Grant, Resource, Scope, Team, User } from "#domain";
import { gives, isAllowed, renderScope, resourceOfScope, type Forbidden } from "#domain";
import { all, allTeams, type PeopleContext } from "./context.ts";
import { grantorsNamedMax } from "./limits.ts";

/** What a user may do at this moment. A disabled one may nothing. */
export async function actorOf(user: User, { store }: PeopleContext): Promise<Actor> {
  if (user.state === "disabled") return { name: user.name, user: user.id, grants: [] };
  const teams = await Promise.all(user.teams.map(async (name) => await store.get("team", name)));
  const living = teams.flatMap((team) => (team === undefined ? [] : [team.body]));
  const grants = [...user.grants, ...living.flatMap(grantsOf)];
  return { name: user.name, user: user.id, grants };
}

function grantsOf({ grants, deletedAt }: Team): readonly Grant[] {
  return deletedAt === undefined ? grants : [];
}

/** What permissions are held for in a scope: for an app, also those of its team. */
export async function resourceAt(scope: Scope, { store }: PeopleContext): Promise<Resource> {
  if (scope.kind !== "app" && scope.kind !== "environment") return resourceOfScope(scope);
  const app = await store.get("app", scope.app);
  return resourceOfScope(scope, app?.body.team);
}

/** Why the actor may not give these roles; nothing when they may. */
export async function refusedGrant(
  grants: readonly Grant[],
  actor: Actor,
  context: PeopleContext,
): Promise<Forbidden | undefined> {
  for (const { scope } of grants) {
    const on = await resourceAt(scope, context);
    if (isAllowed(actor, "grant.write", on)) continue;
    const { reach: _reach, ...owner } = actor;
    const isTokenTooNarrow = isAllowed(owner, "grant.write", on);
    const grantors = await grantorsOf(on, context);
    const facts = { who: actor.name, permission: "grant.write", on } as const;
    return { code: "forbidden", ...facts, isTokenTooNarrow, grantors };
  }
  return undefined;
}

/** Active users who could grant something on this, at most a few. */
export async function grantorsOf(on: Resource, context: PeopleContext): Promise<readonly string[]> {
  const teams = new Map((await allTeams(context)).map(({ id, body }) => [id, body.grants]));
  const users = (await all("user", context)).filter(({ body }) => body.state === "active");
  const able = users.filter(({ body }) =>
    [...body.grants, ...body.teams.flatMap((name) => teams.get(name) ?? [])].some((grant) =>
      gives(grant, "grant.write", on),
    ),
  );
  return able.slice(0, grantorsNamedMax).map(({ body }) => body.name);
}

export function isSameGrant(a: Grant, b: Grant): boolean {
  return a.role === b.role && renderScope(a.scope) === renderScope(b.scope);
}
