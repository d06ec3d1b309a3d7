/** `tidegate completion`: what a shell needs to complete, and the answer when it asks. */
import type { Command } from "commander";
import type { Client } from "../client.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { completionMsMax, completionNamesMax } from "../limits.ts";
import { type Candidate, type NameKind, wantedAt } from "../manual/complete.ts";
import { completionScripts, shells } from "../manual/completion.ts";
import { pagesOf } from "../manual/pages.ts";
import { short, spoken } from "../render/words.ts";
import type { Session } from "../session.ts";

export async function printCompletion(session: Session, shell: string): Promise<ExitCode> {
  const known = shells.find((each) => each === shell) ?? "bash";
  session.show({ shell: known, script: completionScripts[known] }, ({ script }) => script);
  return exitCodes.done;
}

/** Answers a shell, and is silent about whatever goes wrong: a person is in the middle of a line. */
export async function complete(
  session: Session,
  root: Command,
  words: readonly string[],
): Promise<ExitCode> {
  const wanted = wantedAt(pagesOf(root), words);
  const current = (words.at(-1) ?? "").replace(/^--[a-z-]+=/, "").replace(/^=$/, "");
  if (wanted.kind === "files" || wanted.kind === "directories") {
    session.terminal.result(`:${wanted.kind}`);
  }
  if (wanted.kind === "words") print(session, wanted.words, current);
  if (wanted.kind === "names") print(session, await inTime(namesOf(session, wanted)), current);
  return exitCodes.done;
}

function print({ terminal }: Session, candidates: readonly Candidate[], current: string): void {
  const lines = candidates
    .filter(({ text }) => text.startsWith(current))
    .map(({ text, about }) => `${text}\t${about.replaceAll(/\s+/g, " ")}`);
  if (lines.length > 0) terminal.result(lines.join("\n"));
}

async function inTime(names: Promise<readonly Candidate[]>): Promise<readonly Candidate[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Candidate[]>((resolve) => {
    timer = setTimeout(() => {
      resolve([]);
      // An answer that is still under way would keep the process, and with it the shell.
      setImmediate(() => process.exit(exitCodes.done));
    }, completionMsMax);
  });
  try {
    return await Promise.race([names.catch(() => []), late]);
  } finally {
    clearTimeout(timer);
  }
}

interface Asked {
  readonly of: NameKind;
  readonly app?: string;
}

async function namesOf(session: Session, { of, app }: Asked): Promise<readonly Candidate[]> {
  const client = (await session.client()).quiet;
  switch (of) {
    case "app":
      return apps(client);
    case "change":
      return changes(client, app);
    case "release":
      return releases(client, await session.app(app));
    case "rollout":
      return rollouts(client);
    case "ssh-key":
      return sshKeys(client);
    case "team":
    case "token":
    case "user":
      return people(client, of);
    default:
      return [...(await apps(client)), ...(await changes(client, app))];
  }
}

async function apps(client: Client): Promise<readonly Candidate[]> {
  const list = await client.call("GET /api/v1/apps", {});
  return list.apps.map(({ name, url }) => ({ text: name, about: url }));
}

async function changes(client: Client, app: string | undefined): Promise<readonly Candidate[]> {
  const query = { limit: completionNamesMax, ...(app === undefined ? {} : { app }) };
  const list = await client.call("GET /api/v1/changes", { query });
  return list.changes.map((change) => ({
    text: short(change.commit),
    about: `${change.app}, ${spoken(change.state)}: ${change.subject}`,
  }));
}

async function releases(client: Client, app: string): Promise<readonly Candidate[]> {
  const call = { params: { app }, query: { limit: completionNamesMax } };
  const list = await client.call("GET /api/v1/apps/:app/releases", call);
  return list.releases.map(({ number, state, cause }) => ({
    text: `v${number}`,
    about: `${state}, by ${cause}`,
  }));
}

async function sshKeys(client: Client): Promise<readonly Candidate[]> {
  const list = await client.call("GET /api/v1/ssh-keys", {});
  return list.sshKeys.map(({ id, label }) => ({ text: id, about: label }));
}

async function people(
  client: Client,
  of: "team" | "token" | "user",
): Promise<readonly Candidate[]> {
  if (of === "token") {
    const { tokens } = await client.call("GET /api/v1/tokens", {});
    return tokens.map(({ id, label }) => ({ text: id, about: label }));
  }
  if (of === "team") {
    const { teams } = await client.call("GET /api/v1/teams", {});
    return teams.map(({ name }) => ({ text: name, about: "team" }));
  }
  const { users } = await client.call("GET /api/v1/users", {});
  return users.map(({ name, state }) => ({ text: name, about: state }));
}

/** Those under way by their apps, which name them. */
async function rollouts(client: Client): Promise<readonly Candidate[]> {
  const list = await client.call("GET /api/v1/apps", {});
  return list.apps.flatMap(({ name, environments: [environment] }) => {
    const rollout = environment?.rollout;
    return rollout === undefined ? [] : [{ text: name, about: `rollout ${spoken(rollout.state)}` }];
  });
}
