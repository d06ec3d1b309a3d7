/** The words for apps: app, link, open, config, domain, logs. */
import type { Command } from "commander";
import type { DeleteOptions } from "../commands/app.ts";
import type { LinkOptions } from "../commands/link.ts";
import type { LogsOptions } from "../commands/logs.ts";
import type { OpenOptions } from "../commands/open.ts";
import type { CommonOptions } from "../session.ts";
import { appOption, type Leaf, note } from "./leaf.ts";

export function addApps(root: Command, leaf: Leaf): void {
  root.commandsGroup("Apps:");
  const app = root.command("app").description("create, list, show or delete apps");
  const create = app.command("create <name>").description("create an app");
  create.option("--team <team>", "whose it is");
  leaf.changing<CommonOptions & { team?: string }>(
    note(create, {
      details: [
        "A name is lower-case letters, digits and hyphens, because it becomes part of the app's address.",
      ],
      examples: [["tidegate app create shop", "then: tidegate link shop"]],
    }),
    async (session, { team }, [name = ""]) =>
      (await import("../commands/app.ts")).createApp(session, name, team),
  );
  const assign = app.command("assign <app>").description("give an app to a team, or to nobody's");
  assign.option("--team <team>", "whose it is to be").option("--no-team", "nobody's");
  leaf.changing<CommonOptions & { team?: string | boolean }>(
    assign,
    async (session, { team }, [name = ""]) =>
      (await import("../commands/app.ts")).assignApp(session, name, team),
  );
  leaf(app.command("list").description("list the apps"), async (session) =>
    (await import("../commands/app.ts")).listApps(session),
  );
  leaf(app.command("show [app]").description("show an app"), async (session, _, [name]) =>
    (await import("../commands/app.ts")).showApp(session, name),
  );
  addDelete(app, leaf);
  addHere(root, leaf);
  addConfig(root, leaf);
  addDomains(root, leaf);
  const logs = root
    .command("logs [app]")
    .description("print what an app's processes print")
    .addOption(appOption());
  logs.option("-f, --follow", "go on as lines come");
  logs.option("--tail <n>", "how many of the last lines", "200");
  logs.option("--release <release>", "only this release");
  logs.option("--instance <instance>", "only this instance");
  leaf<CommonOptions & LogsOptions>(logs, async (session, options, [name]) =>
    (await import("../commands/logs.ts")).showLogs(session, options, name),
  );
}

function addDelete(app: Command, leaf: Leaf): void {
  const command = app.command("delete <app>").description("stop and delete an app");
  command.option("--yes", "do not ask; needed where nobody can be asked");
  leaf.changing<CommonOptions & DeleteOptions>(
    note(command, {
      details: [
        "On a terminal it says what would go, and asks for the app's name. Elsewhere it needs --yes.",
        "For seven days the repository is kept in git/trash/APP.*.git in the data directory, and then it is gone. Configuration, domains and releases are gone at once. The journal stays.",
        "No command takes this back. To have the app again: tidegate app create APP, tidegate link APP in a clone of it (yours, or one made with git clone DATA/git/trash/APP.*.git on the instance's machine), git push tide main, and set its configuration anew.",
      ],
      examples: [
        ["tidegate app delete shop --dry-run", "see what would go"],
        ["tidegate app delete shop --yes", "in a script"],
      ],
    }),
    async (session, options, [name = ""]) =>
      (await import("../commands/app.ts")).deleteApp(session, options, name),
  );
}

/** What has to do with where one is: the repository here, and a browser. */
function addHere(root: Command, leaf: Leaf): void {
  const link = root
    .command("link [app]")
    .description("connect the git repository here with an app");
  note(link, {
    details: [
      "Adds the remote tide, and keeps the credential in a file of yours that only git reads. Nothing secret is in the remote's URL or in the repository's settings.",
    ],
    examples: [
      ["tidegate link shop", "then: git push tide main"],
      ["tidegate link shop --ssh", "the same with a key in place of a credential"],
    ],
  });
  link.option("--ssh", "over SSH, with a key of yours (tidegate ssh-key add) and no credential");
  leaf.changing<CommonOptions & LinkOptions>(link, async (session, options, [name]) =>
    (await import("../commands/link.ts")).link(session, options, name),
  );
  const open = root
    .command("open [target]")
    .description("open the console at the page of an app, a change or a rollout");
  open.option("--site", "the app itself, as its users see it");
  note(open, {
    details: [
      "Prints the address and, on a desktop, opens it in the browser. Without a target it is the page of the app that this directory is linked to, elsewhere the console's first page.",
      "On the machine that runs Tidegate, the browser is signed in with a link that works once and within a minute.",
    ],
    examples: [
      ["tidegate open shop", "the page of the app"],
      ["tidegate open HEAD", "the page of the change that is checked out here"],
      ["tidegate open shop --site", "the app itself"],
    ],
  });
  leaf.changing<CommonOptions & OpenOptions>(open, async (session, options, [target]) =>
    (await import("../commands/open.ts")).open(session, options, target),
  );
}

function addConfig(root: Command, leaf: Leaf): void {
  const config = root.command("config").description("list, set or unset an app's configuration");
  leaf(
    config
      .command("list")
      .description("print what a next release gets, with its values, and whether users have it")
      .addOption(appOption()),
    async (session) => (await import("../commands/config.ts")).listConfig(session),
  );
  const set = config
    .command("set <name=value...>")
    .description("set variables; a NAME without = takes its value from standard input")
    .addOption(appOption());
  note(set, {
    details: [
      "A change of configuration makes a new release, which is rolled out like a commit.",
      "What is taken back from users, by its rollout, by an abort or by a way back, is not in what is pushed next: set it again to try it once more.",
    ],
    examples: [
      ["tidegate config set LOG_LEVEL=debug", "a value for everybody to see"],
      [
        "tidegate config set API_KEY < key.txt",
        "a value that stays off the command line; config list prints it",
      ],
    ],
  });
  leaf.changing(set, async (session, _, pairs) =>
    (await import("../commands/config.ts")).setConfig(session, pairs),
  );
  leaf.changing(
    config.command("unset <name...>").description("unset variables").addOption(appOption()),
    async (session, _, names) =>
      (await import("../commands/config.ts")).unsetConfig(session, names),
  );
}

function addDomains(root: Command, leaf: Leaf): void {
  const domain = root.command("domain").description("add, list or remove an app's own domains");
  leaf.changing(
    note(domain.command("add <app> <host>").description("serve an app by a domain of its own"), {
      details: [
        "Says which DNS record the name needs, and whether the certificate covers it. An app has at most 20 domains, and no two apps have the same one.",
      ],
      examples: [["tidegate domain add shop www.example.com", "beside the app's usual address"]],
    }),
    async (session, _, [app = "", host = ""]) =>
      (await import("../commands/domain.ts")).addDomain(session, app, host),
  );
  leaf(
    domain.command("list [app]").description("list an app's own domains"),
    async (session, _, [app]) => (await import("../commands/domain.ts")).listDomains(session, app),
  );
  leaf.changing(
    domain.command("remove <app> <host>").description("serve an app by this domain no more"),
    async (session, _, [app = "", host = ""]) =>
      (await import("../commands/domain.ts")).removeDomain(session, app, host),
  );
}
