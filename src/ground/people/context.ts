/** What every part of this room works with, and the few ways in which it reads. */
import { err, ok, type Result } from "#std";
import {
  parseTeamName,
  parseUserName,
  type Clock,
  type DocumentKind,
  type Documents,
  type Log,
  type NotFound,
  type Store,
  type Stored,
  type Team,
  type User,
} from "#domain";

export interface PeopleContext {
  readonly store: Pick<Store, "commit" | "get" | "list">;
  readonly clock: Clock;
  readonly log: Log;
}

/** Not above what a store gives at a time: a page that is not full is the last one. */
const pageRows = 1_000;

/** Every document of a kind, the oldest first. */
export async function all<K extends DocumentKind>(
  kind: K,
  { store }: PeopleContext,
): Promise<readonly Stored<Documents[K]>[]> {
  const found: Stored<Documents[K]>[] = [];
  for (;;) {
    const last = found.at(-1)?.id;
    const before = last === undefined ? {} : { before: last };
    const page = await store.list(kind, { limit: pageRows, ...before });
    found.push(...page);
    if (page.length < pageRows) return found.toReversed();
  }
}

export async function userNamed(
  name: string,
  { store }: PeopleContext,
): Promise<Result<Stored<User>, NotFound>> {
  const missing = err({ code: "not_found" as const, what: "user", name });
  if (!parseUserName(name).ok) return missing;
  const entry = await store.get("userName", name);
  const user = entry === undefined ? undefined : await store.get("user", entry.body.user);
  return user === undefined ? missing : ok(user);
}

export async function teamNamed(
  name: string,
  { store }: PeopleContext,
): Promise<Result<Stored<Team>, NotFound>> {
  const team = parseTeamName(name).ok ? await store.get("team", name) : undefined;
  return team === undefined || team.body.deletedAt !== undefined
    ? err({ code: "not_found", what: "team", name })
    : ok(team);
}

/** Every team there is. */
export async function allTeams(context: PeopleContext): Promise<readonly Stored<Team>[]> {
  return (await all("team", context)).filter(({ body }) => body.deletedAt === undefined);
}
