/** The words of the command line. Commands load when they are run, so that starting stays quick. */
import { Argument, Command, Option } from "commander";
import type { ListOptions, ShowOptions } from "./commands/change.ts";
import type { SimulateOptions } from "./commands/simulate.ts";
import type { UpOptions } from "./commands/up.ts";
import type { ReplayOptions } from "./commands/verdict.ts";
import type { ExitCode } from "./exit-code.ts";
import { openSession, type CommonOptions, type Session } from "./session.ts";
import type { Terminal } from "./terminal.ts";

export interface Program {
  readonly command: Command;
  /** What the command that ran ended with. */
  exitCode(): ExitCode | undefined;
}

type Run<Options> = (
  session: Session,
  options: Options,
  words: readonly string[],
) => Promise<ExitCode>;

export function programOf(terminal: Terminal, version: string): Program {
  let exitCode: ExitCode | undefined;
  /** Adds what every command has, and runs it. */
  const leaf = <Options extends CommonOptions = CommonOptions>(
    command: Command,
    run: Run<Options>,
  ): Command =>
    command
      .option("--json", "print the API's type as JSON, and nothing else on stdout")
      .option("--data <dir>", "data directory of the instance (TIDEGATE_DATA)")
      .action(async () => {
        const options = command.opts<Options>();
        const words = command.processedArgs.flat().filter((word) => typeof word === "string");
        exitCode = await run(openSession(terminal, options), options, words);
      });
  const root = new Command("tidegate")
    .description("From git push to proven in front of users.")
    .version(version, "-V, --version", "print the version")
    .showHelpAfterError(false)
    .helpCommand(false)
    .addHelpText("after", endOfHelp);
  addPlatform(root, leaf);
  addApps(root, leaf);
  addDeliveries(root, leaf);
  addTrials(root, leaf);
  return { command: root, exitCode: () => exitCode };
}

const endOfHelp = `
First delivery:
  tidegate up --detach
  tidegate app create shop && tidegate link shop
  git push tide main

Exit codes:
  0 done   1 the change, app or claim failed   2 usage   3 platform fault   4 waiting for a person`;

type Leaf = <Options extends CommonOptions = CommonOptions>(
  command: Command,
  run: Run<Options>,
) => Command;

function addPlatform(root: Command, leaf: Leaf): void {
  root.commandsGroup("This machine:");
  const up = root.command("up").description("start Tidegate here");
  up.option("--detach", "return as soon as it is ready");
  up.option("--port <n>", "port of the API (default: 7420, else a free one)");
  up.option("--edge-port <n>", "port of the apps (default: 7480, else a free one)");
  up.option("--edges <n>", "edge processes (default: one a core)");
  leaf<CommonOptions & UpOptions>(up, async (session, options) =>
    (await import("./commands/up.ts")).up(session, options),
  );
  leaf(root.command("down").description("stop Tidegate and the apps it runs"), async (session) =>
    (await import("./commands/down.ts")).down(session),
  );
  leaf(root.command("status").description("say how this instance is"), async (session) =>
    (await import("./commands/platform.ts")).showStatus(session),
  );
  leaf(
    root.command("doctor").description("say what this machine offers, and how to improve it"),
    async (session) => (await import("./commands/doctor.ts")).diagnose(session),
  );
}

/** Files whose form has a schema. */
const formats = ["scenario", "counts"] as const;

const appOption = () => new Option("--app <name>", "the app (default: the one linked here)");

function addApps(root: Command, leaf: Leaf): void {
  root.commandsGroup("Apps:");
  const app = root.command("app").description("create, list, show or delete apps");
  leaf(app.command("create <name>").description("create an app"), async (session, _, [name = ""]) =>
    (await import("./commands/app.ts")).createApp(session, name),
  );
  leaf(app.command("list").description("list the apps"), async (session) =>
    (await import("./commands/app.ts")).listApps(session),
  );
  leaf(app.command("show [name]").description("show an app"), async (session, _, [name]) =>
    (await import("./commands/app.ts")).showApp(session, name),
  );
  leaf(
    app.command("delete <name>").description("stop and delete an app"),
    async (session, _, [name = ""]) => (await import("./commands/app.ts")).deleteApp(session, name),
  );
  leaf(
    root.command("link [name]").description("connect the git repository here with an app"),
    async (session, _, [name]) => (await import("./commands/link.ts")).link(session, name),
  );
  leaf(
    root.command("open [name]").description("print the URL of an app"),
    async (session, _, [name]) => (await import("./commands/app.ts")).openApp(session, name),
  );
  addConfig(root, leaf);
  const logs = root
    .command("logs")
    .description("print what an app's processes print")
    .addOption(appOption());
  logs.option("-f, --follow", "go on as lines come");
  logs.option("--tail <n>", "how many of the last lines", "200");
  logs.option("--release <release>", "only this release");
  leaf<CommonOptions & { tail: string }>(logs, async (session, options) =>
    (await import("./commands/logs.ts")).showLogs(session, options),
  );
}

function addConfig(root: Command, leaf: Leaf): void {
  const config = root.command("config").description("list, set or unset an app's configuration");
  leaf(
    config.command("list").description("print the configuration").addOption(appOption()),
    async (session) => (await import("./commands/config.ts")).listConfig(session),
  );
  leaf(
    config
      .command("set <name=value...>")
      .description("set variables; a NAME without = takes its value from standard input")
      .addOption(appOption()),
    async (session, _, pairs) => (await import("./commands/config.ts")).setConfig(session, pairs),
  );
  leaf(
    config.command("unset <name...>").description("unset variables").addOption(appOption()),
    async (session, _, names) => (await import("./commands/config.ts")).unsetConfig(session, names),
  );
}

function addDeliveries(root: Command, leaf: Leaf): void {
  root.commandsGroup("Deliveries:");
  leaf(
    root
      .command("plan [dir]")
      .description("say how a directory would be built, tested and run, and why"),
    async (session, _, [directory]) =>
      (await import("./commands/plan.ts")).showPlan(session, directory),
  );
  addChanges(root, leaf);
  const release = root.command("release").description("list releases, or roll back to one");
  const list = release.command("list").description("list an app's releases").addOption(appOption());
  list.option("--limit <n>", "how many of the newest", "20");
  leaf<CommonOptions & { limit: string }>(list, async (session, { limit }) =>
    (await import("./commands/release.ts")).listReleases(session, limit),
  );
  leaf(
    release
      .command("rollback [release]")
      .description("restore code and configuration")
      .addOption(appOption()),
    async (session, _, [to]) => (await import("./commands/release.ts")).rollback(session, to),
  );
  addRollouts(root, leaf);
  const dora = root
    .command("dora")
    .description("report DORA's delivery metrics")
    .addOption(appOption());
  dora.option("--window <duration>", "how far back", "30d").option("--all", "all apps");
  leaf<CommonOptions & { window: string }>(dora, async (session, options) =>
    (await import("./commands/platform.ts")).showDora(session, options),
  );
  const journal = root.command("journal").description("verify the journal of all that happened");
  leaf(journal.command("verify").description("recompute its chain of hashes"), async (session) =>
    (await import("./commands/platform.ts")).verifyJournal(session),
  );
}

function addChanges(root: Command, leaf: Leaf): void {
  const change = root.command("change").description("list, show or watch changes");
  const list = change.command("list").description("list changes").addOption(appOption());
  list.option("--all", "of all apps").option("--limit <n>", "how many of the newest", "20");
  leaf<CommonOptions & ListOptions>(list, async (session, options) =>
    (await import("./commands/change.ts")).listChanges(session, options),
  );
  const show = change
    .command("show [change]")
    .description("show a change (default: the newest)")
    .addOption(appOption());
  show.addOption(
    new Option("--log <stage>", "print what this stage printed").choices(["build", "test"]),
  );
  leaf<CommonOptions & ShowOptions>(show, async (session, options, [id]) =>
    (await import("./commands/change.ts")).showChange(session, options, id),
  );
  leaf(
    change
      .command("watch [change]")
      .description("follow a change to its end")
      .addOption(appOption()),
    async (session, _, [id]) => (await import("./commands/change.ts")).watchChange(session, id),
  );
}

const actions = [
  ["pause", "keep exposure as it is"],
  ["resume", "go on after a pause"],
  ["promote", "give it to everybody now"],
  ["abort", "take it away from its users"],
] as const;

function addRollouts(root: Command, leaf: Leaf): void {
  const rollout = root.command("rollout").description("show a rollout, or have a say in it");
  leaf(
    rollout
      .command("show [rollout]")
      .description("show who has it and how they fare")
      .addOption(appOption()),
    async (session, _, [id]) => (await import("./commands/rollout.ts")).showRollout(session, id),
  );
  leaf(
    rollout
      .command("counts [rollout]")
      .description("print what was counted, for tidegate verdict replay")
      .addOption(appOption()),
    async (session, _, [id]) => (await import("./commands/rollout.ts")).printCounts(session, id),
  );
  for (const [action, description] of actions) {
    const command = rollout.command(`${action} [rollout]`).description(description);
    command.addOption(appOption()).option("--reason <text>", "why; goes into the journal");
    leaf<CommonOptions & { reason?: string }>(command, async (session, options, [id]) =>
      (await import("./commands/rollout.ts")).actOnRollout(session, {
        action,
        ...(id === undefined ? {} : { rollout: id }),
        ...(options.reason === undefined ? {} : { reason: options.reason }),
      }),
    );
  }
  addSteps(rollout, leaf);
}

/** What is said of one step carries its number, and is refused once the rollout is in another. */
function addSteps(rollout: Command, leaf: Leaf): void {
  const approve = rollout
    .command("approve [rollout]")
    .description("say yes to the step it waits in")
    .addOption(appOption());
  approve.requiredOption("--step <n>", "the step that is approved");
  approve.option("--reason <text>", "why; goes into the journal");
  leaf<CommonOptions & { step: string; reason?: string }>(approve, async (session, options, [id]) =>
    (await import("./commands/rollout.ts")).actOnRollout(session, {
      action: "approve",
      step: options.step,
      ...(id === undefined ? {} : { rollout: id }),
      ...(options.reason === undefined ? {} : { reason: options.reason }),
    }),
  );
  const skip = rollout
    .command("skip-to <step> [rollout]")
    .description("go on with a later step at once")
    .addOption(appOption());
  skip.requiredOption("--reason <text>", "why; goes into the journal");
  leaf<CommonOptions & { reason: string }>(skip, async (session, { reason }, [step, id]) =>
    (await import("./commands/rollout.ts")).actOnRollout(session, {
      action: "skip-to",
      reason,
      ...(step === undefined ? {} : { step }),
      ...(id === undefined ? {} : { rollout: id }),
    }),
  );
}

/** What needs no instance: the production verdict on recorded and on synthetic counts. */
function addTrials(root: Command, leaf: Leaf): void {
  root.commandsGroup("Trials:");
  const simulate = root
    .command("simulate <scenario>")
    .description("try the rollout policy of a scenario file in the world of that file");
  simulate.option("--runs <n>", "how often (default: as the file says, else 100)");
  simulate.option("--seed <n>", "of the first run (default: as the file says, else 1)");
  leaf<CommonOptions & SimulateOptions>(simulate, async (session, options, [file]) =>
    (await import("./commands/simulate.ts")).simulateScenario(session, options, file),
  );
  const schema = root
    .command("schema")
    .description("print the JSON Schema of a file that trials read")
    .addArgument(new Argument("<format>", "which file").choices(formats));
  leaf(schema, async (session, _, [format = ""]) =>
    (await import("./commands/schema.ts")).printSchema(session, format),
  );
  const verdict = root.command("verdict").description("judge recorded counts");
  const replay = verdict
    .command("replay <counts>")
    .description("say what the verdict was after each interval of a counts file");
  replay.option("--policy <file>", "judge by this tidegate.yaml (default: as recorded)");
  leaf<CommonOptions & ReplayOptions>(replay, async (session, options, [file]) =>
    (await import("./commands/verdict.ts")).replayVerdict(session, options, file),
  );
}
