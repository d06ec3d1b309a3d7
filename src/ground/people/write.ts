/** What writes a user or a team down: the entry, and the document that it adds up to. */
import { assert } from "#std";
import {
  foldTeam,
  foldUser,
  signed,
  type Actor,
  type Batch,
  type NewEntry,
  type Stored,
  type Team,
  type TeamFacts,
  type User,
  type UserFacts,
} from "#domain";

export type Written = Required<Pick<Batch, "entries" | "documents">>;

/** A new user, whose name nobody has. */
export function writeNewUser(user: User, by: Actor): Written {
  return {
    entries: [{ type: "dev.tidegate.user.created", ...signed(by), data: { user } }],
    documents: [
      { kind: "user", id: user.id, body: user, ifVersion: 0 },
      { kind: "userName", id: user.name, body: { user: user.id }, ifVersion: 0 },
    ],
  };
}

/** Refused by the store when somebody else has written the user since. */
export function writeUser(
  { id, body, version }: Stored<User>,
  after: Partial<UserFacts>,
  by: Actor,
): Written {
  const before = factsOf(body, after);
  const data = { id: body.id, user: body.name, before, after };
  const entry: NewEntry = { type: "dev.tidegate.user.changed", ...signed(by), data };
  const next = foldUser(body, entry);
  assert(next !== undefined, "a user who is changed is still there");
  return { entries: [entry], documents: [{ kind: "user", id, body: next, ifVersion: version }] };
}

export function writeTeam(
  { id, body, version }: Stored<Team>,
  after: TeamFacts,
  by: Actor,
): Written {
  const data = { team: body.name, before: { grants: body.grants }, after };
  const entry: NewEntry = { type: "dev.tidegate.team.changed", ...signed(by), data };
  const next = foldTeam(body, entry);
  assert(next !== undefined, "a team that is changed is still there");
  return { entries: [entry], documents: [{ kind: "team", id, body: next, ifVersion: version }] };
}

/** What these facts were. */
function factsOf<T extends object, K extends keyof T>(body: T, after: Pick<T, K> | Partial<T>) {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys are those of `after`
  return Object.fromEntries(Object.entries(body).filter(([key]) => key in after)) as Partial<T>;
}
