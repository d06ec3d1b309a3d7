/** Users: created, disabled, let in again; never removed, because the journal names them. */
import { err, ok, some, type Result } from "#std";
import {
  newId,
  parseUserName,
  type Actor,
  type AlreadyExists,
  type Forbidden,
  type InvalidInput,
  type LimitReached,
  type NotFound,
  type People,
  type TeamName,
  type User,
  type WrongState,
} from "#domain";
import { refusedGrant } from "./actors.ts";
import { takingAway } from "./admins.ts";
import { all, teamNamed, userNamed, type PeopleContext } from "./context.ts";
import { conflictsMax, grantsPerHolderMax, teamsPerUserMax, usersMax } from "./limits.ts";
import { unmoved } from "./scopes.ts";
import { writeNewUser, writeUser } from "./write.ts";

type NewUser = Parameters<People["createUser"]>[0];
type CreateError = NotFound | InvalidInput | Forbidden | WrongState | AlreadyExists | LimitReached;

export async function createUser(
  input: NewUser,
  actor: Actor,
  context: PeopleContext,
): Promise<Result<User, CreateError>> {
  const name = parseUserName(input.name);
  if (!name.ok) return name;
  const teams = await teamsOf(input.teams, context);
  if (!teams.ok) return teams;
  const refused = await refusedGrant([...input.grants, ...teams.value.grants], actor, context);
  if (refused !== undefined) return err(refused);
  const guard = await unmoved(input.grants, context);
  if (!guard.ok) return guard;
  const full = tooMany(input) ?? (await isFull(context));
  if (full !== undefined) return err(full);
  const now = context.clock.now();
  const user: User = {
    id: newId("usr", () => context.clock.random()),
    name: name.value,
    state: "invited",
    ...some("email", input.email),
    createdAt: now,
    createdBy: actor.name,
    credentialsFromAt: now,
    teams: teams.value.names,
    grants: input.grants,
  };
  const { entries, documents } = writeNewUser(user, actor);
  const batch = { entries, documents: [...documents, ...guard.value] };
  if ((await context.store.commit(batch)).ok) return ok(user);
  const isTaken = (await userNamed(user.name, context)).ok;
  if (isTaken) return err({ code: "already_exists", what: "user", name: user.name });
  // An app that is named was written in between: it is decided again on what is there now.
  return await createUser(input, actor, context);
}

async function teamsOf(names: readonly string[], context: PeopleContext) {
  const found: { readonly names: TeamName[]; readonly grants: User["grants"][number][] } = {
    names: [],
    grants: [],
  };
  for (const name of new Set(names)) {
    const team = await teamNamed(name, context);
    if (!team.ok) return team;
    found.names.push(team.value.body.name);
    found.grants.push(...team.value.body.grants);
  }
  return ok(found);
}

function tooMany({ grants, teams }: NewUser): LimitReached | undefined {
  if (grants.length > grantsPerHolderMax) return limit("grants of one user", grantsPerHolderMax);
  return teams.length > teamsPerUserMax ? limit("teams of one user", teamsPerUserMax) : undefined;
}

async function isFull(context: PeopleContext): Promise<LimitReached | undefined> {
  const count = (await all("user", context)).length;
  return count >= usersMax ? limit("users", usersMax) : undefined;
}

export function limit(what: string, allowed: number): LimitReached {
  return { code: "limit_reached", limit: what, allowed, unit: what.split(" ")[0] ?? what };
}

/**
 * Disables a user or lets them in again. What they came in with ends at the same instant, and stays ended:
 * whoever is let in again signs in again.
 */
export async function setUserState(
  { name, state }: { readonly name: string; readonly state: "active" | "disabled" },
  actor: Actor,
  context: PeopleContext,
): Promise<Result<User, NotFound | WrongState>> {
  for (let attempt = 0; attempt < conflictsMax; attempt += 1) {
    const found = await userNamed(name, context);
    if (!found.ok) return found;
    const { body: user } = found.value;
    if (isAs(user, state)) return ok(user);
    const turn = await takingAway(user, { ...user, state }, context);
    if (!turn.ok) return turn;
    const now = context.clock.now();
    // Let in again, too: what was begun before they were disabled and ended after it opens nothing.
    const credentialsFromAt =
      state === "disabled" ? now + 1 : Math.max(user.credentialsFromAt, now);
    const after = { state, credentialsFromAt };
    const batch = writeUser(found.value, after, actor);
    const documents = [...batch.documents, ...turn.value];
    const written = await context.store.commit({ ...batch, documents });
    if (written.ok) return ok({ ...user, ...after });
  }
  throw new Error(`the user ${name} changed faster than they could be written`);
}

/** Who has never signed in need not be enabled. */
function isAs(user: User, state: "active" | "disabled"): boolean {
  return state === "disabled" ? user.state === "disabled" : user.state !== "disabled";
}
