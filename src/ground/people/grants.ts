/** Grants: a role within a scope, to a user or a team. */
import { err, ok, type Result } from "#std";
import {
  gives,
  permissions,
  type Actor,
  type AppName,
  type Forbidden,
  type Grant,
  type Grantee,
  type Held,
  type LimitReached,
  type NotFound,
  type Resource,
  type Scope,
  type Stored,
  type Team,
  type User,
  type WrongState,
} from "#domain";
import { isSameGrant, refusedGrant } from "./actors.ts";
import { takingAway } from "./admins.ts";
import { all, allTeams, teamNamed, userNamed, type PeopleContext } from "./context.ts";
import { conflictsMax, grantsPerHolderMax } from "./limits.ts";
import { unmoved } from "./scopes.ts";
import { limit } from "./users.ts";
import { writeTeam, writeUser, type Written } from "./write.ts";

/** Every grant, those of disabled users left out; with `on`, those that let one do something to it. */
export async function heldGrants(
  on: Resource | undefined,
  context: PeopleContext,
): Promise<readonly Held[]> {
  const users = (await all("user", context)).filter(({ body }) => body.state !== "disabled");
  const held = [
    ...users.flatMap(({ body }) => heldBy({ kind: "user", name: body.name }, body.grants)),
    ...(await allTeams(context)).flatMap(({ body }) =>
      heldBy({ kind: "team", name: body.name }, body.grants),
    ),
  ];
  return on === undefined ? held : held.filter(({ grant }) => givesAnything(grant, on));
}

function heldBy(to: Grantee, grants: readonly Grant[]): readonly Held[] {
  return grants.map((grant) => ({ to, grant }));
}

function givesAnything(grant: Grant, on: Resource): boolean {
  return permissions.some((permission) => gives(grant, permission, on));
}

interface Wish {
  readonly to: Grantee;
  readonly grant: Grant;
  readonly isGiven: boolean;
}

type Refusal = NotFound | Forbidden | WrongState | LimitReached;

export async function setGrant(
  wish: Wish,
  actor: Actor,
  context: PeopleContext,
): Promise<Result<Held, Refusal>> {
  const { to, grant } = wish;
  for (let attempt = 0; attempt < conflictsMax; attempt += 1) {
    const refused = await refusedGrant([grant], actor, context);
    if (refused !== undefined) return err(refused);
    const found = await (to.kind === "user"
      ? userNamed(to.name, context)
      : teamNamed(to.name, context));
    if (!found.ok) return found;
    const grants = withOrWithout(found.value.body.grants, wish);
    if (grants === undefined) return ok({ to, grant });
    if (grants.length > grantsPerHolderMax)
      return err(limit(`grants of one ${to.kind}`, grantsPerHolderMax));
    const batch = await writeGrants(found.value, grants, { actor, context });
    if (!batch.ok) return batch;
    const guard = await unmoved([grant], context);
    if (!guard.ok) return guard;
    const documents = [...batch.value.documents, ...guard.value];
    const written = await context.store.commit({ ...batch.value, documents });
    if (written.ok) return ok({ to, grant });
  }
  throw new Error(`the ${to.kind} ${to.name} changed faster than it could be written`);
}

/** `undefined`: it is as it should be. */
function withOrWithout(
  grants: readonly Grant[],
  { grant, isGiven }: Wish,
): readonly Grant[] | undefined {
  const others = grants.filter((each) => !isSameGrant(each, grant));
  if (others.length < grants.length === isGiven) return undefined;
  return isGiven ? [...others, grant] : others;
}

interface Writing {
  readonly actor: Actor;
  readonly context: PeopleContext;
}

async function writeGrants(
  holder: Stored<User> | Stored<Team>,
  grants: readonly Grant[],
  { actor, context }: Writing,
): Promise<Result<Written, WrongState>> {
  if (!isUser(holder)) return ok(writeTeam(holder, { grants }, actor));
  const turn = await takingAway(holder.body, { ...holder.body, grants }, context);
  if (!turn.ok) return turn;
  const { entries, documents } = writeUser(holder, { grants }, actor);
  return ok({ entries, documents: [...documents, ...turn.value] });
}

function isUser(holder: Stored<User> | Stored<Team>): holder is Stored<User> {
  return "credentialsFromAt" in holder.body;
}

/** Takes away all that was granted in a scope, and in what lies within it. */
export async function forgetScope(
  scope: Exclude<Scope, { readonly kind: "platform" | "environment" }>,
  actor: Actor,
  context: PeopleContext,
): Promise<void> {
  const holders: readonly (Stored<User> | Stored<Team>)[] = [
    ...(await all("user", context)),
    ...(await allTeams(context)),
  ];
  for (const holder of holders) {
    const grants = holder.body.grants.filter((each) => !isWithin(each.scope, scope));
    if (grants.length === holder.body.grants.length) continue;
    const batch = isUser(holder)
      ? writeUser(holder, { grants }, actor)
      : writeTeam(holder, { grants }, actor);
    const written = await context.store.commit(batch);
    // Somebody wrote in between: from the beginning, until nothing is left to take.
    if (!written.ok) return await forgetScope(scope, actor, context);
  }
}

function isWithin(scope: Scope, outer: Scope): boolean {
  if (outer.kind === "team") return scope.kind === "team" && scope.team === outer.team;
  if (outer.kind !== "app") return false;
  return (scope.kind === "app" || scope.kind === "environment") && scope.app === outer.app;
}

/** As `forgetScope`, by the platform itself. */
export async function forgetAppGrants(app: AppName, context: PeopleContext): Promise<void> {
  await forgetScope({ kind: "app", app }, { name: "tidegate", grants: [] }, context);
}
