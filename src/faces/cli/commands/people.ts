/** `tidegate user …`, `team …`, `grant …` and `whoami`: who there is, and who may do what where. */
import type {
  GrantResource,
  HeldGrantResource,
  TeamResource,
  UserResource,
} from "#faces/api/contract";
import { act } from "../act.ts";
import { CommandFailed } from "../command-failed.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { renderPairs, renderTable } from "../render/table.ts";
import { ago } from "../render/words.ts";
import type { CommonOptions, Session } from "../session.ts";

export interface NewUserOptions extends CommonOptions {
  readonly admin?: boolean;
  readonly role?: GrantResource["role"];
  readonly on?: string;
  readonly team?: readonly string[];
  readonly email?: string;
}

export async function createUser(
  session: Session,
  options: NewUserOptions,
  name: string,
): Promise<ExitCode> {
  const grants = grantsOf(options);
  const { team: teams = [], email } = options;
  const [first] = grants;
  const may = first === undefined ? "who may do nothing yet" : `as ${first.role} on ${first.on}`;
  const exitCode = await act(session, {
    key: "POST /api/v1/users",
    call: { body: { name, grants, teams: [...teams], ...(email === undefined ? {} : { email }) } },
    effect: `create the user ${name}, ${may}`,
    render: (user) => `user ${user.name} created, ${may}`,
    ...(session.isJson ? { next: `tidegate invitation create --for ${name}` } : {}),
  });
  if (!session.isDryRun && !session.isJson) await handOutLink(session, name);
  return exitCode;
}

/** The way in; a program that wants JSON asks for it by a call of its own. */
async function handOutLink(session: Session, forUser: string): Promise<void> {
  const client = await session.client();
  const { url } = await client.call("POST /api/v1/invitations", { body: { forUser } });
  session.terminal.result(renderPairs([["link", url]], session.terminal.paint));
  session.terminal.narrate(
    "whoever opens the link is that user: send it to nobody else; it works once, for 7 days\n" +
      `next: open it in a browser, or for programs: tidegate token create --label laptop --for ${forUser}`,
  );
}

function grantsOf({ admin, role, on }: NewUserOptions): GrantResource[] {
  if (admin === true) return [{ role: "admin", on: "platform" }];
  if (role === undefined && on === undefined) return [];
  if (role !== undefined && on !== undefined) return [{ role, on }];
  throw new CommandFailed("a role holds somewhere: --role and --on go together", {
    exitCode: exitCodes.usage,
    next: "--role developer --on app:NAME, or --admin",
  });
}

export async function listUsers(session: Session): Promise<ExitCode> {
  const { terminal } = session;
  const client = await session.client();
  const list = await client.call("GET /api/v1/users", {});
  if (list.users.length === 0 && !session.isJson) {
    terminal.narrate("no users yet: you are alone here\nnext: tidegate user create NAME --admin");
    return exitCodes.done;
  }
  const columns = ["name", "state", "may", "teams", "since"].map((title) => ({ title }));
  session.show(list, ({ users }) =>
    renderTable(
      columns,
      users.map((user) => [
        user.name,
        user.state,
        grantWords(user.grants),
        user.teams.join(", "),
        ago(user.createdAt, terminal.now()),
      ]),
      terminal.paint,
    ),
  );
  return exitCodes.done;
}

export async function showUser(session: Session, name: string): Promise<ExitCode> {
  const client = await session.client();
  const user = await client.call("GET /api/v1/users/:user", { params: { user: name } });
  session.show(user, (shown) => renderUser(shown, session));
  return exitCodes.done;
}

function renderUser(user: UserResource, { terminal }: Session): string {
  const rows = [
    ["state", user.state],
    ["may", grantWords(user.grants)],
    ["teams", user.teams.join(", ") || "none"],
    ["email", user.email],
    ["created", `${ago(user.createdAt, terminal.now())} by ${user.createdBy}`],
  ] as const;
  return `${user.name}  ${terminal.paint.dim(user.id)}\n${renderPairs(rows, terminal.paint)}`;
}

function grantWords(grants: readonly GrantResource[]): string {
  return grants.map(({ role, on }) => `${role} on ${on}`).join(", ") || "nothing";
}

export async function setUserState(
  session: Session,
  name: string,
  state: "disable" | "enable",
): Promise<ExitCode> {
  const isEnd = state === "disable";
  return await act(session, {
    key: isEnd ? "POST /api/v1/users/:user/disable" : "POST /api/v1/users/:user/enable",
    call: { params: { user: name } },
    effect: isEnd
      ? `disable the user ${name}, and end their tokens and sessions at once`
      : `let the user ${name} sign in again`,
    render: (user) =>
      isEnd
        ? `user ${user.name} disabled; their tokens and sessions have ended`
        : `user ${user.name} may sign in again`,
  });
}

export async function createTeam(session: Session, name: string): Promise<ExitCode> {
  return await act(session, {
    key: "POST /api/v1/teams",
    call: { body: { name } },
    effect: `create the team ${name}, without members`,
    render: (team) => `team ${team.name} created`,
    next: `tidegate team add ${name} USER`,
  });
}

export async function deleteTeam(session: Session, name: string): Promise<ExitCode> {
  return await act(session, {
    key: "DELETE /api/v1/teams/:team",
    call: { params: { team: name } },
    effect: `delete the team ${name}, and take away all that was granted for it`,
    render: (team) => `team ${team.name} deleted`,
  });
}

export async function listTeams(session: Session): Promise<ExitCode> {
  const { terminal } = session;
  const client = await session.client();
  const list = await client.call("GET /api/v1/teams", {});
  if (list.teams.length === 0 && !session.isJson) {
    terminal.narrate("no teams\nnext: tidegate team create NAME");
    return exitCodes.done;
  }
  const columns = ["name", "members", "may"].map((title) => ({ title }));
  session.show(list, ({ teams }) => renderTable(columns, teams.map(rowOf), terminal.paint));
  return exitCodes.done;
}

function rowOf({ name, members, grants }: TeamResource): readonly string[] {
  return [name, members.map((member) => member.name).join(", "), grantWords(grants)];
}

export async function setMember(
  session: Session,
  names: { readonly team: string; readonly user: string },
  change: "add" | "remove",
): Promise<ExitCode> {
  const { team, user } = names;
  const isIn = change === "add";
  return await act(session, {
    key: isIn
      ? "PUT /api/v1/teams/:team/members/:user"
      : "DELETE /api/v1/teams/:team/members/:user",
    call: { params: names },
    effect: isIn ? `put ${user} into the team ${team}` : `take ${user} out of the team ${team}`,
    render: ({ members }) => {
      const now = members.map(({ name }) => name).join(", ") || "nobody";
      return `in team ${team} now: ${now}`;
    },
  });
}

export async function listGrants(session: Session, app?: string): Promise<ExitCode> {
  const { terminal } = session;
  const client = await session.client();
  const query = app === undefined ? {} : { app };
  const list = await client.call("GET /api/v1/grants", { query });
  if (list.grants.length === 0 && !session.isJson) {
    terminal.narrate("nobody was granted anything\nnext: tidegate grant add NAME ROLE --on SCOPE");
    return exitCodes.done;
  }
  const columns = ["to", "role", "on"].map((title) => ({ title }));
  session.show(list, ({ grants }) =>
    renderTable(
      columns,
      grants.map(({ to, role, on }) => [to, role, on]),
      terminal.paint,
    ),
  );
  return exitCodes.done;
}

export async function setGrant(
  session: Session,
  { to, role, on }: HeldGrantResource,
  change: "add" | "remove",
): Promise<ExitCode> {
  const isGiven = change === "add";
  return await act(session, {
    key: isGiven ? "PUT /api/v1/grants/:scope/:to/:role" : "DELETE /api/v1/grants/:scope/:to/:role",
    call: { params: { scope: on, to, role } },
    effect: isGiven ? `make ${to} ${role} on ${on}` : `take the role ${role} on ${on} from ${to}`,
    render: () => (isGiven ? `${to} is ${role} on ${on}` : `${to} is no longer ${role} on ${on}`),
  });
}

export async function whoami(session: Session): Promise<ExitCode> {
  const client = await session.client();
  const me = await client.call("GET /api/v1/me", {});
  session.show(me, ({ name, token, reach, grants }) => {
    const held = reach?.kind === "push" ? `push to ${reach.app}` : (reach?.kind ?? "all");
    const rows = [
      ["may", grantWords(grants)],
      ["token", token === undefined ? undefined : `${token}, reaches ${held}`],
    ] as const;
    return `${name}\n${renderPairs(rows, session.terminal.paint)}`;
  });
  return exitCodes.done;
}
