/** `tidegate change …`: how far a commit's delivery has come, and what came of it. */
import { setTimeout as delay } from "node:timers/promises";
import { changeStandings, nextWhenTakenAway } from "#domain";
import { some } from "#std";
import type { ChangeResource } from "#faces/api/contract";
import type { Client } from "../client.ts";
import { CommandFailed } from "../command-failed.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { git } from "../git.ts";
import { wordLookMs, wordMsMax } from "../limits.ts";
import { renderChange, renderChanges, sentenceOf } from "../render/change.ts";
import { plain } from "../render/plain.ts";
import { short, spoken } from "../render/words.ts";
import type { Session } from "../session.ts";
import { wholeNumber } from "../whole-number.ts";

export interface ListOptions {
  readonly all?: boolean;
  readonly limit?: string;
  /** How they stand, as it is typed: "rolled-back". */
  readonly state?: string;
}

export async function listChanges(session: Session, options: ListOptions): Promise<ExitCode> {
  const { terminal } = session;
  const app = options.all === true ? undefined : await session.app().catch(() => undefined);
  const client = await session.client();
  const next = "tidegate change list --limit 20";
  const limit = wholeNumber("--limit", options.limit ?? "20", { most: 200, next });
  const standing = changeStandings.find((each) => each === options.state?.replace("-", "_"));
  const query = { limit, ...some("app", app), ...some("standing", standing) };
  const list = await client.call("GET /api/v1/changes", { query });
  if (list.changes.length === 0 && !session.isJson) {
    terminal.narrate(
      standing === undefined
        ? "no changes yet\nnext: git push tide main"
        : `no change is ${spoken(standing)} now\nnext: tidegate change list`,
    );
    return exitCodes.done;
  }
  session.show(list, ({ changes }) => renderChanges(changes, terminal.now(), terminal.paint));
  return exitCodes.done;
}

export interface ShowOptions {
  /** Instead of the change: what this stage printed. */
  readonly log?: "build" | "test";
}

export async function showChange(
  session: Session,
  { log: stage }: ShowOptions,
  named?: string,
): Promise<ExitCode> {
  const { terminal } = session;
  const client = await session.client();
  const id = await idOf(session, client, named);
  if (stage !== undefined) return await showLog(session, client, { change: id, stage });
  const change = await fetchChange(client, id);
  session.show(change, (value) => renderChange(value, terminal.now(), terminal.paint));
  const next = nextFor(change);
  if (next !== undefined) terminal.narrate(`next: ${next}`);
  return exitCodes.done;
}

async function showLog(
  session: Session,
  client: Client,
  params: { readonly change: string; readonly stage: "build" | "test" },
): Promise<ExitCode> {
  const log = await client.call("GET /api/v1/changes/:change/logs/:stage", { params });
  if (log.lines.length === 0 && !session.isJson) {
    session.terminal.narrate(`the ${params.stage} of this change printed nothing that is kept`);
    return exitCodes.done;
  }
  session.show(log, ({ lines }) => lines.map((line) => plain(line)).join("\n"));
  return exitCodes.done;
}

/** Says how a change stands and what to do now; the exit code says the same to scripts. */
export function endOf(session: Session, change: ChangeResource): ExitCode {
  const { terminal } = session;
  const is = change.state === "failed" ? "" : "is ";
  const line = `${short(change.commit)} ${is}${spoken(change.standing)}: ${sentenceOf(change)}`;
  const next = nextFor(change);
  terminal.narrate(next === undefined ? line : `${line}\nnext: ${next}`);
  return isWaiting(change) ? exitCodes.waiting : exitCodeFor[change.state];
}

/** What a person answered meanwhile is told on; for what waits still, a terminal does not hang. */
export function isWaiting({ state, rollout }: ChangeResource): boolean {
  return state === "held" || rollout?.waitsSince !== undefined;
}

/** Gives the change once what was said to its rollout is carried out: as it stands then. */
export async function settledChange(client: Client, id: string): Promise<ChangeResource> {
  const deadline = performance.now() + wordMsMax;
  let change = await fetchChange(client, id);
  while (isUnderWay(change) && performance.now() < deadline) {
    await delay(wordLookMs);
    change = await fetchChange(client, id);
  }
  return change;
}

function isUnderWay({ rollout }: ChangeResource): boolean {
  return rollout?.command !== undefined && rollout.finishedAt === undefined;
}

const exitCodeFor: Readonly<Record<ChangeResource["state"], ExitCode>> = {
  // The stream came to an end and the change did not: somebody has to look.
  delivering: exitCodes.platform,
  held: exitCodes.waiting,
  live: exitCodes.done,
  unchanged: exitCodes.done,
  failed: exitCodes.failed,
  rolled_back: exitCodes.failed,
  superseded: exitCodes.failed,
};

function nextFor(change: ChangeResource): string | undefined {
  // While it bakes, everybody has it, and somebody may be asked all the same.
  const { asks } = change.rollout ?? {};
  if (asks !== undefined) return asks;
  const named = change.stages.find(({ problem }) => problem?.next !== undefined)?.problem?.next;
  switch (change.state) {
    case "delivering":
      return `tidegate change watch ${change.id}`;
    case "held":
      return `tidegate rollout show --app ${change.app}`;
    case "failed":
      return named ?? "put it right and push again";
    case "rolled_back":
      return nextWhenTakenAway({
        app: change.app,
        by: change.takenBackBy,
        isHarmful: isHarmful(change),
      });
    case "superseded":
      return change.supersededBy === undefined
        ? undefined
        : `tidegate change show ${change.supersededBy}`;
    default:
      return undefined;
  }
}

function isHarmful({ rollout }: ChangeResource): boolean {
  return rollout === undefined || rollout.verdict.kind === "harmful";
}

export async function fetchChange(client: Client, change: string): Promise<ChangeResource> {
  return client.call("GET /api/v1/changes/:change", { params: { change } });
}

/** What git calls a commit in the repository here, such as HEAD or a branch; ids are taken as they are. */
export async function commitOf({ terminal }: Session, named: string): Promise<string | undefined> {
  if (/^(?:chg_[0-9a-z]+|[0-9a-f]{7,64})$/.test(named)) return named;
  const argv = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${named}^{commit}`];
  const { isDone, text } = await git(terminal.cwd, argv);
  return isDone && text !== "" ? text : undefined;
}

/** Without a name, the newest change of the app. */
export async function idOf(session: Session, client: Client, named?: string): Promise<string> {
  if (named !== undefined) return (await commitOf(session, named)) ?? named;
  const app = await session.app();
  const { changes } = await client.call("GET /api/v1/changes", { query: { app, limit: 1 } });
  const [newest] = changes;
  if (newest !== undefined) return newest.id;
  throw new CommandFailed(`${app} has no change yet`, {
    exitCode: exitCodes.usage,
    next: "git push tide main",
  });
}
