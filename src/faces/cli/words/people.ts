/** The words for people: user, team, grant, token, audit, whoami. */
import { Argument, type Command, Option } from "commander";
import type { AuditOptions } from "../commands/audit.ts";
import type { NewUserOptions } from "../commands/people.ts";
import type { NewTokenOptions } from "../commands/token.ts";
import type { CommonOptions } from "../session.ts";
import { type Leaf, note } from "./leaf.ts";

const roles = ["viewer", "developer", "approver", "operator", "admin"] as const;
type Role = (typeof roles)[number];
const scopeWords = "platform, team:NAME, app:NAME or app:NAME/production";

export function addPeople(root: Command, leaf: Leaf): void {
  root.commandsGroup("People:");
  addUsers(root, leaf);
  addTeams(root, leaf);
  addGrants(root, leaf);
  addTokens(root, leaf);
  addAudit(root, leaf);
  leaf(
    root.command("whoami").description("say who you are here, and what you may do"),
    async (session) => (await import("../commands/people.ts")).whoami(session),
  );
}

function addUsers(root: Command, leaf: Leaf): void {
  const user = root.command("user").description("create, list, show, disable or enable users");
  const create = user.command("create <name>").description("create a user");
  create.option("--admin", "as admin of the platform");
  create.addOption(new Option("--role <role>", "with this role").choices(roles));
  create.option("--on <scope>", `where the role holds: ${scopeWords}`);
  create.option("--team <team...>", "in these teams");
  create.option("--email <address>", "where they are reached");
  note(create, {
    details: [
      "Prints a link by which they choose a password or a passkey, once.",
      "Users are never removed, because the journal names them; disable them instead.",
    ],
    examples: [
      ["tidegate user create ana --admin", "somebody who can let others in"],
      ["tidegate user create bo --role developer --on app:shop", "somebody for one app"],
    ],
  });
  leaf.changing<NewUserOptions>(create, async (session, options, [name = ""]) =>
    (await import("../commands/people.ts")).createUser(session, options, name),
  );
  leaf(user.command("list").description("list the users"), async (session) =>
    (await import("../commands/people.ts")).listUsers(session),
  );
  leaf(user.command("show <user>").description("show a user"), async (session, _, [name = ""]) =>
    (await import("../commands/people.ts")).showUser(session, name),
  );
  for (const [state, description] of [
    ["disable", "end a user's tokens and sessions, and let them in no more"],
    ["enable", "let a disabled user sign in again"],
  ] as const) {
    leaf.changing(
      user.command(`${state} <user>`).description(description),
      async (session, _, [name = ""]) =>
        (await import("../commands/people.ts")).setUserState(session, name, state),
    );
  }
}

function addTeams(root: Command, leaf: Leaf): void {
  const team = root.command("team").description("create, list, fill or delete teams");
  const create = team.command("create <name>").description("create a team");
  note(create, {
    details: [
      "What is granted to a team, each member may. A role on team:NAME holds for every app that is the team's.",
    ],
    examples: [
      ["tidegate team create payments", "then: tidegate team add payments ana"],
      [
        "tidegate grant add team:payments developer --on team:payments",
        "its members, for its apps",
      ],
    ],
  });
  leaf.changing(create, async (session, _, [name = ""]) =>
    (await import("../commands/people.ts")).createTeam(session, name),
  );
  leaf(team.command("list").description("list the teams you may see"), async (session) =>
    (await import("../commands/people.ts")).listTeams(session),
  );
  leaf.changing(
    team.command("delete <team>").description("delete a team that owns no app"),
    async (session, _, [name = ""]) =>
      (await import("../commands/people.ts")).deleteTeam(session, name),
  );
  for (const [change, description] of [
    ["add", "put a user into a team"],
    ["remove", "take a user out of a team"],
  ] as const) {
    leaf.changing(
      team.command(`${change} <team> <user>`).description(description),
      async (session, _, [name = "", user = ""]) =>
        (await import("../commands/people.ts")).setMember(session, { team: name, user }, change),
    );
  }
}

function addGrants(root: Command, leaf: Leaf): void {
  const grant = root.command("grant").description("list, add or remove grants");
  const list = grant.command("list").description("list who has which role where");
  list.option("--app <app>", "only what lets somebody do something to this app");
  leaf(list, async (session, { app }) =>
    (await import("../commands/people.ts")).listGrants(session, app),
  );
  for (const [change, description] of [
    ["add", "give a role within a scope to a user, or to team:NAME"],
    ["remove", "take it away"],
  ] as const) {
    const command = grant
      .command(`${change} <to>`)
      .description(description)
      .addArgument(new Argument("<role>", "which role").choices(roles));
    command.requiredOption("--on <scope>", `where it holds: ${scopeWords}`);
    if (change === "add") {
      note(command, {
        examples: [
          ["tidegate grant add bo developer --on app:shop", "bo may push to shop"],
          ["tidegate grant add team:sre operator --on platform", "everybody in sre, everywhere"],
        ],
      });
    }
    leaf.changing<CommonOptions & { on: string }>(
      command,
      async (session, { on }, [to = "", word]) => {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- commander let nothing else through
        const role = word as Role;
        return (await import("../commands/people.ts")).setGrant(session, { to, role, on }, change);
      },
    );
  }
}

function addTokens(root: Command, leaf: Leaf): void {
  const token = root.command("token").description("create, list or revoke tokens");
  const create = token
    .command("create")
    .description("make a token for a program; it is shown once");
  create.requiredOption("--label <words>", "what it is for");
  create.addOption(new Option("--read", "one that changes nothing").conflicts("push"));
  create.option("--push <app>", "one that pushes to this app, and nothing else");
  create.option("--for <user>", "for somebody else (admins of the platform)");
  create.option("--expires <duration>", "how long it lives, at most 366d", "90d");
  note(create, {
    details: [
      "A token is never worth more than its owner at the moment it is used, and ends with them.",
      "Programs send it as a Bearer token, git as the password over HTTP. The command line takes it from TIDEGATE_TOKEN.",
    ],
    examples: [
      ["tidegate token create --label ci --push shop", "for a pipeline that pushes to shop"],
      ["tidegate token create --label wallboard --read", "for a screen on the wall"],
    ],
  });
  leaf.changing<NewTokenOptions>(create, async (session, options) =>
    (await import("../commands/token.ts")).createToken(session, options),
  );
  const list = token.command("list").description("list tokens, and when they were last used");
  list.option("--of <user>", "of somebody else");
  leaf<CommonOptions & { of?: string }>(list, async (session, { of: owner }) =>
    (await import("../commands/token.ts")).listTokens(session, owner),
  );
  leaf.changing(
    token.command("revoke <token>").description("end a token at once"),
    async (session, _, [id = ""]) =>
      (await import("../commands/token.ts")).revokeToken(session, id),
  );
}

function addAudit(root: Command, leaf: Leaf): void {
  const audit = root
    .command("audit")
    .description("list what people did, or verify the record of it");
  const list = audit.command("list").description("list what people and programs did, newest first");
  list.option("--who <name>", "only by this user; admin is this machine's own key");
  list.option("--what <word>", "only what begins so: user, grant, token.created, rollout");
  list.option("--app <app>", "only to this app");
  list.option("--since <when>", "not before: 7d, or 2026-12-20T18:00:00Z");
  list.option("--until <when>", "before: 7d, or 2026-12-20T18:00:00Z");
  list.option("--limit <n>", "how many of the newest", "50");
  list.option("--full", "all of what changed, in lines as long as it takes");
  note(list, {
    examples: [
      ["tidegate audit list --app shop --since 7d", "what was done to shop this week"],
      ["tidegate audit list --who bo --json", "all of it, for a program"],
    ],
  });
  leaf<AuditOptions>(list, async (session, options) =>
    (await import("../commands/audit.ts")).listAudit(session, options),
  );
  const verify = audit.command("verify").description("say whether the record is whole");
  note(verify, {
    details: [
      "Recomputes the chain of hashes over every entry of the journal. Exit code 0: nobody has changed, removed or put in an entry; 3: somebody has, and from which entry on.",
    ],
  });
  leaf(verify, async (session) => (await import("../commands/audit.ts")).verifyAudit(session));
}
