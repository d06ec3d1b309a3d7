/** `tidegate release …`: what has run, and how to get it back. */
import type { ListedReleaseResource, ReleaseResource, WentBackResource } from "#faces/api/contract";
import {
  nextWhenTakenAway,
  setAgain,
  takenBackWords,
  type NotFound,
  type WrongState,
} from "#domain";
import type { Client } from "../client.ts";
import { CommandFailed } from "../command-failed.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { refused } from "../refusal.ts";
import { nameOfCode, renderWentBack } from "../render/went-back.ts";
import type { Paint } from "../render/paint.ts";
import { type Column, renderTable } from "../render/table.ts";
import { ago, counted, percent, short } from "../render/words.ts";
import type { Session } from "../session.ts";
import { wholeNumber } from "../whole-number.ts";

export async function listReleases(session: Session, limit: string): Promise<ExitCode> {
  const { terminal } = session;
  const next = "tidegate release list --limit 20";
  const query = { limit: wholeNumber("--limit", limit, { most: 200, next }) };
  const app = await session.app();
  const client = await session.client();
  const key = "GET /api/v1/apps/:app/releases";
  const list = await client.call(key, { params: { app }, query });
  if (list.releases.length === 0 && !session.isJson) {
    terminal.narrate(`${app} has no release yet\nnext: git push tide main`);
    return exitCodes.done;
  }
  session.show(list, ({ releases }) => renderReleases(releases, terminal.now(), terminal.paint));
  return exitCodes.done;
}

export interface RollbackOptions {
  readonly reason?: string;
}

export async function rollback(
  session: Session,
  { reason }: RollbackOptions,
  release?: string,
): Promise<ExitCode> {
  const app = await session.app();
  const body = {
    ...(release === undefined ? {} : { to: releaseNumber(release) }),
    ...(reason === undefined ? {} : { reason }),
  };
  const client = await session.client();
  if (session.isDryRun) return preview(session, client, { app, ...body });
  const done = await client.call("POST /api/v1/apps/:app/rollback", { params: { app }, body });
  session.show(done, (value) => renderWentBack(app, value));
  session.terminal.narrate(`next: ${nextOf(app, done)}`);
  return exitCodes.done;
}

function nextOf(app: string, { left, configTakenBack }: WentBackResource): string {
  if (left === undefined && configTakenBack !== undefined) return setAgain(app);
  return left === undefined
    ? nextWhenTakenAway({ app, isHarmful: false })
    : `tidegate release rollback v${left.number} --app ${app}, to bring ${nameOfCode(left)} back`;
}

/** Where the way back leads, found by the rule that the server goes by. */
async function preview(
  session: Session,
  client: Client,
  { app, ...body }: { readonly app: string; readonly to?: number; readonly reason?: string },
): Promise<ExitCode> {
  const { wayBack } = await import("#delivery/rollout");
  const [{ environments }, { releases }] = await Promise.all([
    client.call("GET /api/v1/apps/:app", { params: { app } }),
    client.call("GET /api/v1/apps/:app/releases", { params: { app }, query: { limit: 200 } }),
  ]);
  const path = `/api/v1/apps/${app}/rollback`;
  const { to } = body;
  const request = { method: "POST", path, body };
  const [environment] = environments;
  const live = environment?.live;
  const rollout = environment?.rollout;
  const isUnderWay = rollout !== undefined && rollout.finishedAt === undefined;
  const effects: string[] = [];
  if (isUnderWay) {
    const { usersExposed } = rollout.evidence.totals;
    const share = percent(rollout.exposurePercent / 100);
    const met = counted(usersExposed, "user");
    effects.push(`take the candidate away from ${share} of users (${met} met it so far)`);
    // What is being let in is what people want to be rid of; what is live stays.
    const isToLive = to === undefined || to === live?.number;
    const isAimedAtIt = isToLive && rollout.publishedAt === undefined;
    if (isAimedAtIt && live !== undefined) {
      effects.push(`leave everybody on v${live.number}`);
      return session.showPreview({ effects, request });
    }
  }
  if (live === undefined) {
    const state = "without a live release";
    throw refused({ code: "wrong_state", what: "app", state, next: "git push tide main" });
  }
  const target = wayBack(live, releases, to);
  if (!target.ok) throw targetFailed(target.error);
  effects.push(...effectsOf(target.value, live.number));
  return session.showPreview({ effects, request });
}

function effectsOf(
  { number, state, configVersion, takenBack }: ListedReleaseResource,
  live: number,
): readonly string[] {
  const how = state === "warm" ? "at once, for its processes still run" : "after starting it again";
  return [
    `bring v${number} back to everybody in the place of v${live}, ${how}`,
    `use configuration version ${configVersion} with it, and with what is pushed next`,
    ...(takenBack === undefined
      ? []
      : [`bring back what was taken away: ${takenBackWords(number, takenBack)}`]),
  ];
}

function targetFailed(error: NotFound | WrongState): CommandFailed {
  if (error.code === "wrong_state") return refused(error);
  const message = `there is no ${error.what} "${error.name}"`;
  return new CommandFailed(message, { exitCode: exitCodes.usage, next: "tidegate release list" });
}

/** Takes `v12` and `12`. */
export function releaseNumber(text: string): number {
  const number = Number(/^v?(\d{1,9})$/.exec(text)?.[1]);
  if (number > 0) return number;
  throw new CommandFailed(`"${text}" is no release; expected a number such as v12`, {
    exitCode: exitCodes.usage,
    next: "tidegate release list",
  });
}

export function renderReleases(
  releases: readonly ListedReleaseResource[],
  now: number,
  paint: Paint,
): string {
  const isAnyTaken = releases.some(({ takenBack }) => takenBack !== undefined);
  const rows = releases.map((release) => [
    paint.bold(`v${release.number}`),
    stateWord(release.state, paint),
    ago(release.createdAt, now),
    causeOf(release),
    release.commit === undefined ? "" : short(release.commit),
    release.subject ?? "",
    ...(isAnyTaken ? [takenOf(release)] : []),
    `config ${release.configVersion}`,
    release.sandboxLevel === undefined ? "" : `level ${release.sandboxLevel}`,
  ]);
  const columns: readonly Column[] = [
    ...["RELEASE", "STATE", "MADE", "CAUSE", "COMMIT", "SUBJECT"].map((title) => ({ title })),
    ...(isAnyTaken ? [{ title: "TAKEN BACK" }] : []),
    ...["CONFIG", "SANDBOX"].map((title) => ({ title, isExtra: true })),
  ];
  return renderTable(columns, rows, paint);
}

/** Why it exists: "push", or what it brought back. */
function causeOf({ cause, restoresNumber }: ListedReleaseResource): string {
  return restoresNumber === undefined ? cause : `back to v${restoresNumber}`;
}

function takenOf({ takenBack }: ListedReleaseResource): string {
  if (takenBack === undefined) return "";
  const { by, reason } = takenBack;
  // What its numbers were is told by its rollout, at length.
  if (by === undefined) return "by its own rollout";
  return `by ${by}${reason === "" ? "" : `: ${reason}`}`;
}

function stateWord(state: ReleaseResource["state"], paint: Paint): string {
  if (state === "live") return paint.good(state);
  if (state === "failed") return paint.bad(state);
  return state === "stopped" ? paint.dim(state) : paint.busy(state);
}
