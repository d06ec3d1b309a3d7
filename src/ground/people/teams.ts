/** Teams: users who share grants, and whose apps a role granted for the team holds for. */
import { err, ok, type Result } from "#std";
import {
  parseTeamName,
  signed,
  type Actor,
  type AlreadyExists,
  type Forbidden,
  type InvalidInput,
  type LimitReached,
  type NotFound,
  type Team,
  type TeamName,
  type TeamView,
  type User,
  type WrongState,
} from "#domain";
import { refusedGrant } from "./actors.ts";
import { all, allTeams, teamNamed, userNamed, type PeopleContext } from "./context.ts";
import { forgetScope } from "./grants.ts";
import { conflictsMax, teamsMax, teamsPerUserMax } from "./limits.ts";
import { limit } from "./users.ts";
import { writeUser } from "./write.ts";

export async function teamViews(context: PeopleContext): Promise<readonly TeamView[]> {
  const users = (await all("user", context)).map(({ body }) => body);
  return (await allTeams(context)).map(({ body }) => viewOf(body, users));
}

export async function teamView(
  name: string,
  context: PeopleContext,
): Promise<Result<TeamView, NotFound>> {
  const team = await teamNamed(name, context);
  if (!team.ok) return team;
  return ok(
    viewOf(
      team.value.body,
      (await all("user", context)).map(({ body }) => body),
    ),
  );
}

function viewOf(team: Team, users: readonly User[]): TeamView {
  return { team, members: users.filter(({ teams }) => teams.includes(team.name)) };
}

export async function createTeam(
  text: string,
  actor: Actor,
  context: PeopleContext,
): Promise<Result<TeamView, InvalidInput | AlreadyExists | LimitReached>> {
  const name = parseTeamName(text);
  if (!name.ok) return name;
  const teams = await all("team", context);
  if (teams.length >= teamsMax) return err(limit("teams", teamsMax));
  const before = teams.find(({ id }) => id === name.value);
  const exists = err({ code: "already_exists" as const, what: "team", name: name.value });
  if (before !== undefined && before.body.deletedAt === undefined) return exists;
  const now = context.clock.now();
  const team: Team = { name: name.value, createdAt: now, createdBy: actor.name, grants: [] };
  const written = await context.store.commit({
    entries: [{ type: "dev.tidegate.team.created", ...signed(actor), data: { team } }],
    documents: [{ kind: "team", id: team.name, body: team, ifVersion: before?.version ?? 0 }],
  });
  return written.ok ? ok({ team, members: [] }) : exists;
}

/** Its members and what was granted for its apps go first: whoever is cut off does it again. */
export async function deleteTeam(
  name: string,
  actor: Actor,
  context: PeopleContext,
): Promise<Result<void, NotFound | WrongState>> {
  const team = await teamNamed(name, context);
  if (!team.ok) return team;
  const apps = (await all("app", context)).filter(
    ({ body }) => body.team === name && body.deletedAt === undefined,
  );
  if (apps.length > 0)
    return err(
      owning(
        team.value.body.name,
        apps.map(({ id }) => id),
      ),
    );
  for (const { body } of await all("user", context)) {
    const input = { team: name, user: body.name, isMember: false };
    if (body.teams.includes(team.value.body.name)) await setMember(input, actor, context);
  }
  await forgetScope({ kind: "team", team: team.value.body.name }, actor, context);
  const { id, body, version } = team.value;
  const documents = [
    {
      kind: "team" as const,
      id,
      body: { ...body, grants: [], deletedAt: context.clock.now() },
      ifVersion: version,
    },
  ];
  const entry = {
    type: "dev.tidegate.team.deleted",
    ...signed(actor),
    data: { team: body.name },
  } as const;
  const written = await context.store.commit({ entries: [entry], documents });
  return written.ok ? ok(undefined) : await deleteTeam(name, actor, context);
}

function owning(team: TeamName, apps: readonly string[]): WrongState {
  const [first = ""] = apps;
  return {
    code: "wrong_state",
    what: `team ${team}`,
    state: `the owner of ${apps.slice(0, 5).join(", ")}`,
    next: `Give its apps away first: tidegate app assign ${first} --team NAME, or --no-team`,
  };
}

export interface Membership {
  readonly team: string;
  readonly user: string;
  readonly isMember: boolean;
}

/** Whoever puts somebody into a team gives them all that the team has, and must be able to. */
export async function setMember(
  { team: teamName, user: userName, isMember }: Membership,
  actor: Actor,
  context: PeopleContext,
): Promise<Result<TeamView, NotFound | Forbidden | LimitReached>> {
  for (let attempt = 0; attempt < conflictsMax; attempt += 1) {
    const team = await teamNamed(teamName, context);
    if (!team.ok) return team;
    const user = await userNamed(userName, context);
    if (!user.ok) return user;
    const { name, grants } = team.value.body;
    const others = user.value.body.teams.filter((each) => each !== name);
    if (user.value.body.teams.includes(name) === isMember) return await teamView(name, context);
    const refused = isMember ? await refusedGrant(grants, actor, context) : undefined;
    if (refused !== undefined) return err(refused);
    if (isMember && others.length >= teamsPerUserMax) {
      return err(limit("teams of one user", teamsPerUserMax));
    }
    const teams = isMember ? [...others, name] : others;
    const written = await context.store.commit(writeUser(user.value, { teams }, actor));
    if (written.ok) return await teamView(name, context);
  }
  throw new Error(`the user ${userName} changed faster than they could be written`);
}
