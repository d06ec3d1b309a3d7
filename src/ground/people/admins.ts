/**
 * Somebody must be able to let others in: the last active user who is admin of the platform stays one. What
 * would take an admin away is written together with the one document of their turn, so that of two who take
 * each other away at the same moment, the second looks again.
 */
import { err, ok, type Result } from "#std";
import type { DocumentPut, Grant, User, WrongState } from "#domain";
import { all, type PeopleContext } from "./context.ts";

/** Gives what is to be written with it; refuses when nobody would be left. */
export async function takingAway(
  before: User,
  after: Pick<User, "state" | "grants">,
  context: PeopleContext,
): Promise<Result<readonly DocumentPut[], WrongState>> {
  if (!isAdmin(before) || isAdmin(after)) return ok([]);
  const turn = await context.store.get("turn", "admins");
  const others = (await all("user", context)).filter(({ id }) => id !== before.id);
  if (!others.some(({ body }) => isAdmin(body))) return err(last(before));
  const body = { at: context.clock.now() };
  return ok([{ kind: "turn", id: "admins", body, ifVersion: turn?.version ?? 0 }]);
}

/** Whether a user can administer the platform. Once there is one, there always is. */
export async function hasAdmin(context: PeopleContext): Promise<boolean> {
  return (await all("user", context)).some(({ body }) => isAdmin(body));
}

function isAdmin({ state, grants }: Pick<User, "state" | "grants">): boolean {
  return state === "active" && grants.some(isAdminGrant);
}

function isAdminGrant({ role, scope }: Grant): boolean {
  return role === "admin" && scope.kind === "platform";
}

function last({ name }: User): WrongState {
  return {
    code: "wrong_state",
    what: `user ${name}`,
    state: "the last admin of the platform",
    next: "Make somebody else one first: tidegate grant add NAME admin --on platform",
  };
}
