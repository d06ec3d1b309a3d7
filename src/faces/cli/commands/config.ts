/** `tidegate config …`: an app's environment variables; each change of them makes a new release. */
import { setTimeout as delay } from "node:timers/promises";
import { configWords, isConfigCarried } from "#domain";
import type { ConfigResource } from "#faces/api/contract";
import type { Client } from "../client.ts";
import { CommandFailed } from "../command-failed.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { wordLookMs, wordMsMax } from "../limits.ts";
import { withProgress } from "../progress.ts";
import { refused } from "../refusal.ts";
import type { Session } from "../session.ts";
import { standardInput } from "../standard-input.ts";

export async function listConfig(session: Session): Promise<ExitCode> {
  const app = await session.app();
  const client = await session.client();
  const config = await client.call("GET /api/v1/apps/:app/config", { params: { app } });
  if (Object.keys(config.values).length === 0 && !session.isJson) {
    const said = standingOf(app, config) ?? `${app} has no configuration`;
    session.terminal.narrate(`${said}\nnext: tidegate config set NAME=value`);
    return exitCodes.done;
  }
  session.show(config, ({ values }) =>
    Object.entries(values)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${value}`)
      .join("\n"),
  );
  const said = standingOf(app, config);
  if (said !== undefined && !session.isJson) session.terminal.narrate(said);
  return exitCodes.done;
}

/** That users have another one, or that one was taken back; nothing where what is listed is all there is. */
function standingOf(app: string, config: ConfigResource): string | undefined {
  const { version, live, takenBack } = config;
  const isAll = takenBack === undefined && (live === undefined || live === version);
  return isAll ? undefined : `configuration of ${app}: ${configWords(config)}`;
}

export async function setConfig(session: Session, pairs: readonly string[]): Promise<ExitCode> {
  const [name = "", ...more] = pairs.filter((pair) => !pair.includes("="));
  if (more.length > 0) throw notASetting(more[0] ?? "");
  const given = pairs.filter((pair) => pair.includes("=")).map((pair) => parsePair(pair));
  // Everybody on the machine can read a command line; standard input is between the two of us.
  const read = name === "" ? [] : [[checkedName(name), await valueOf(name, session)] as const];
  return changeConfig(session, { set: Object.fromEntries([...given, ...read]) });
}

/** Nothing on standard input is a pipe that failed, or a `=` that was forgotten, more often than a wish. */
async function valueOf(name: string, session: Session): Promise<string> {
  const value = await standardInput(session, `the value of ${name}`);
  if (value !== "") return value;
  throw new CommandFailed(`standard input is empty; expected the value of ${name}`, {
    exitCode: exitCodes.usage,
    next: `tidegate config set ${name}=value, or ${name}= for an empty one`,
  });
}

export async function unsetConfig(session: Session, names: readonly string[]): Promise<ExitCode> {
  return changeConfig(session, { unset: [...names] });
}

async function changeConfig(
  session: Session,
  body: { readonly set?: Record<string, string>; readonly unset?: string[] },
): Promise<ExitCode> {
  const app = await session.app();
  const client = await session.client();
  if (session.isDryRun) return preview(session, client, { app, ...body });
  const before = await rolloutOf(client, app);
  const config = await client.call("PATCH /api/v1/apps/:app/config", { params: { app }, body });
  if (config.isUnchanged === true) {
    session.show(config, ({ version }) => `nothing to change: ${itIsSo(app, version)}`);
    return exitCodes.done;
  }
  const rollout = await withProgress(session.terminal, "the rollout to begin", async () =>
    begun(client.quiet, { app, before: before.rollout, isLive: before.isLive }),
  );
  session.show(config, ({ version }) => `${app} has configuration version ${version}`);
  for (const line of whatComes(app, { ...before, rollout })) session.terminal.narrate(line);
  return exitCodes.done;
}

interface Coming {
  readonly isLive: boolean;
  readonly liveVersion: number | undefined;
  /** Absent: none has begun yet. */
  readonly rollout: string | undefined;
}

/** Users have it only when its rollout let it in, and nobody but who asks hears that it did not. */
function whatComes(app: string, { isLive, liveVersion, rollout }: Coming): readonly string[] {
  if (!isLive) return ["the first release gets it", "next: git push tide main"];
  const had = liveVersion === 0 ? "none" : `version ${liveVersion}`;
  const show = rollout === undefined ? `--app ${app}` : rollout;
  return [
    `it is rolled out like a commit: until the evidence lets it in, users have ${had}`,
    `next: tidegate rollout show ${show}`,
  ];
}

function itIsSo(app: string, version: number): string {
  return version === 0
    ? `${app} has no configuration`
    : `configuration version ${version} of ${app} says so already`;
}

async function rolloutOf(client: Client, app: string) {
  const { environments } = await client.call("GET /api/v1/apps/:app", { params: { app } });
  const [environment] = environments;
  const live = environment?.live;
  return {
    rollout: environment?.rollout?.id,
    isLive: live !== undefined,
    liveVersion: live?.configVersion,
  };
}

/** What is live is rolled out anew with it: gives that rollout, which who types the next command finds. */
async function begun(
  client: Client,
  told: { readonly app: string; readonly before: string | undefined; readonly isLive: boolean },
): Promise<string | undefined> {
  const deadline = performance.now() + wordMsMax;
  while (told.isLive && performance.now() < deadline) {
    const { rollout } = await rolloutOf(client, told.app);
    if (rollout !== undefined && rollout !== told.before) return rollout;
    await delay(wordLookMs);
  }
  return undefined;
}

interface Wish {
  readonly app: string;
  readonly set?: Record<string, string>;
  readonly unset?: string[];
}

/** Says what would become of each name, and never a value: they may be secrets. */
async function preview(
  session: Session,
  client: Client,
  { app, set = {}, unset = [] }: Wish,
): Promise<ExitCode> {
  const [{ environments }, { values, version, newest }, { releases }] = await Promise.all([
    client.call("GET /api/v1/apps/:app", { params: { app } }),
    client.call("GET /api/v1/apps/:app/config", { params: { app } }),
    client.call("GET /api/v1/apps/:app/releases", { params: { app }, query: { limit: 1 } }),
  ]);
  const [environment] = environments;
  const rollout = environment?.rollout;
  if (rollout !== undefined && rollout.finishedAt === undefined) {
    throw refused({
      code: "wrong_state",
      what: "app",
      state: `in the rollout ${rollout.id}`,
      next: "wait for its end, or run: tidegate rollout abort (while it bakes: promote)",
    });
  }
  const missing = unset.find((name) => !Object.hasOwn(values, name));
  if (missing !== undefined) throw notThere(missing);
  const effects = [
    ...Object.entries(set).map(([name, value]) => {
      if (!Object.hasOwn(values, name)) return `set ${name}, which is new`;
      return values[name] === value ? `leave ${name} as it is` : `change ${name}`;
    }),
    ...unset.map((name) => `unset ${name}`),
  ];
  const { live } = environment ?? {};
  const isSame = Object.entries(set).every(([name, value]) => values[name] === value);
  if (isSame && unset.length === 0 && isConfigCarried(version, { live, newest: releases[0] })) {
    effects.push(`change nothing: ${itIsSo(app, version)}`);
  } else {
    effects.push(`make configuration version ${newest + 1} of ${app}`);
    if (live !== undefined) effects.push(`roll out v${live.number} with it, as a new release`);
  }
  const body = { set: Object.fromEntries(Object.keys(set).map((name) => [name, "…"])), unset };
  const path = `/api/v1/apps/${app}/config`;
  return session.showPreview({ effects, request: { method: "PATCH", path, body } });
}

/** As the server says it. */
function notThere(name: string): CommandFailed {
  return new CommandFailed(`there is no variable "${name}"`, {
    exitCode: exitCodes.usage,
    code: "not_found",
    next: "tidegate config list",
  });
}

/** Splits at the first `=`: values may hold more of them. */
function parsePair(pair: string): readonly [string, string] {
  const at = pair.indexOf("=");
  if (at > 0) return [checkedName(pair.slice(0, at)), pair.slice(at + 1)];
  throw notASetting(pair);
}

function checkedName(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name)) return name;
  const expected = "at most 128 letters, digits and _, not starting with a digit";
  throw new CommandFailed(`"${name}" is no name of a variable; expected ${expected}`, {
    exitCode: exitCodes.usage,
    next: "tidegate config set NAME=value",
  });
}

function notASetting(found: string): CommandFailed {
  return new CommandFailed(
    `"${found}" is no setting; expected NAME=value, or one NAME whose value is on standard input`,
    { exitCode: exitCodes.usage, next: "tidegate config set NAME=value" },
  );
}
