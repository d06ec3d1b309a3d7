/** `tidegate rollout …`: who has the candidate, how they fare, and a person's say in it. */
import { setTimeout as delay } from "node:timers/promises";
import { some } from "#std";
import { type IntervalCounts, type Rollout, type WrongState, wrongStateInWords } from "#domain";
import type { RolloutAction, RolloutResource } from "#faces/api/contract";
import { openTo } from "../allowed.ts";
import type { Client } from "../client.ts";
import { CommandFailed } from "../command-failed.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { intervalsPage, wordLookMs, wordMsMax } from "../limits.ts";
import { withProgress } from "../progress.ts";
import { refused } from "../refusal.ts";
import { renderRollout } from "../render/rollout.ts";
import { count, counted, percent } from "../render/words.ts";
import type { Session } from "../session.ts";

export async function showRollout(session: Session, named?: string): Promise<ExitCode> {
  const { terminal } = session;
  const rollout = named ?? (await session.app());
  const client = await session.client();
  const shown = await namedRollout(client, rollout);
  session.show(shown, (value) =>
    renderRollout(value, { now: terminal.now(), paint: terminal.paint }),
  );
  if (shown.previewUrl !== undefined && !session.isJson) {
    terminal.narrate(`preview: ${shown.previewUrl}`);
  }
  const early = await notBegunYet(client, shown.app, shown);
  if (early !== undefined) terminal.narrate(wrongStateInWords(early));
  const asks = early?.next ?? shown.asks;
  if (asks !== undefined) await narrateOpen(session, client, { app: shown.app, asks });
  return exitCodes.done;
}

/** What is asked about a rollout that is over, or of an app without one, may be meant for the newest change. */
async function notBegunYet(
  client: Client,
  app: string,
  rollout: RolloutResource | undefined,
): Promise<WrongState | undefined> {
  if (rollout !== undefined && rollout.finishedAt === undefined) return undefined;
  const { notBegun } = await import("#delivery/rollout");
  const { changes } = await client.call("GET /api/v1/changes", { query: { app, limit: 1 } });
  const [newest] = changes;
  return notBegun(rollout, newest && { ...newest, ...some("rollout", newest.rolloutId) });
}

async function namedRollout(client: Client, rollout: string): Promise<RolloutResource> {
  const params = { rollout };
  return await orNotBegun(client, rollout, async () =>
    client.call("GET /api/v1/rollouts/:rollout", { params }),
  );
}

/** Where an app has no rollout yet, but a change on its way, says that. */
async function orNotBegun<T>(client: Client, named: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const isNone = error instanceof CommandFailed && error.code === "not_found";
    if (!isNone || named.startsWith("rol_")) throw error;
    const early = await notBegunYet(client, named, undefined).catch(() => undefined);
    throw early === undefined ? error : refused(early);
  }
}

const told: Readonly<Record<RolloutAction, string>> = {
  pause: "pause: exposure stays as it is",
  resume: "resume",
  promote: "promote: everybody gets the release",
  abort: "abort: the release is taken away from its users",
  approve: "go on: the step is approved",
  "skip-to": "go on with that step",
};

function stepOf(typed: string): number {
  if (/^[1-9]\d{0,2}$/.test(typed)) return Number(typed);
  throw new CommandFailed(`step is ${typed}; expected the number of a step, from 1`, {
    exitCode: exitCodes.usage,
    next: "tidegate rollout show",
  });
}

export interface ActOptions {
  readonly action: RolloutAction;
  readonly rollout?: string;
  readonly reason?: string;
  /** Counted from 1, as typed. */
  readonly step?: string;
}

export async function actOnRollout(session: Session, options: ActOptions): Promise<ExitCode> {
  const { action, reason = "" } = options;
  const step = options.step === undefined ? {} : { step: stepOf(options.step) };
  const rollout = options.rollout ?? (await session.app());
  const client = await session.client();
  const wish: Wish = { rollout, action, reason, ...step };
  if (session.isDryRun) return saying(wish, async () => preview(session, client, wish));
  const key = "POST /api/v1/rollouts/:rollout/:action";
  const taken = await saying(wish, async () =>
    orNotBegun(client, rollout, async () =>
      client.call(key, { params: { rollout, action }, body: { reason, ...step } }),
    ),
  );
  const shown = await withProgress(session.terminal, `${action} to be carried out`, async () =>
    carriedOut(client.quiet, taken),
  );
  session.show(shown, ({ app }) => `the rollout of ${app} was told to ${told[action]}`);
  const resume = action === "pause" ? `tidegate rollout resume ${shown.id}, or ` : "";
  const asks = `${resume}tidegate rollout show ${shown.id}`;
  await narrateOpen(session, client, { app: shown.app, asks });
  return exitCodes.done;
}

/** Who may pause may not always resume: then it is said who can. */
async function narrateOpen(
  { terminal }: Session,
  client: Client,
  asked: { readonly app: string; readonly asks: string },
): Promise<void> {
  const { mayNot, next } = await openTo(client, asked);
  for (const sentence of mayNot) terminal.narrate(sentence);
  terminal.narrate(`next: ${next}`);
}

/** Whether a reason is needed depends on the evidence; where it was left out, the command is given whole. */
async function saying<T>({ rollout, action, reason }: Wish, say: () => Promise<T>): Promise<T> {
  try {
    return await say();
  } catch (error) {
    const isMissing =
      error instanceof CommandFailed &&
      error.code === "invalid_input" &&
      error.message.startsWith("reason: ") &&
      reason.trim() === "";
    if (!isMissing) throw error;
    throw new CommandFailed(error.message.replace(/^reason: /, "--reason is missing; "), {
      exitCode: error.exitCode,
      code: error.code,
      next: `tidegate rollout ${action} ${rollout} --reason "…"`,
    });
  }
}

/** A word is taken first and carried out then: who types the next command finds it done. */
async function carriedOut(client: Client, taken: RolloutResource): Promise<RolloutResource> {
  const deadline = performance.now() + wordMsMax;
  let rollout = taken;
  while (isUnderWay(rollout) && performance.now() < deadline) {
    await delay(wordLookMs);
    const params = { rollout: rollout.id };
    rollout = await client.call("GET /api/v1/rollouts/:rollout", { params });
  }
  return rollout;
}

function isUnderWay({ command, finishedAt }: RolloutResource): boolean {
  return command !== undefined && finishedAt === undefined;
}

interface Wish {
  readonly rollout: string;
  readonly action: RolloutAction;
  readonly reason: string;
  readonly step?: number;
}

/** Asks the rule that the server asks, about the rollout as the server has it now. */
async function preview(session: Session, client: Client, wish: Wish): Promise<ExitCode> {
  const { rollout: named, action, reason, step } = wish;
  const { refusalOf } = await import("#delivery/rollout");
  const rollout = await namedRollout(client, named);
  const early = await notBegunYet(client, rollout.app, rollout);
  if (early !== undefined) throw refused(early);
  const about = step === undefined ? {} : { step };
  const command = { kind: action, by: "dry-run", reason, at: session.terminal.now(), ...about };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the contract agrees with the domain
  const known = domainOf(rollout) as Rollout;
  const refusal = refusalOf(known, command);
  const isReasonWanted = refusal?.code === "invalid_input" && reason.trim() === "";
  // What comes of it can be told all the same; that a reason is wanted is told with it.
  const left = isReasonWanted ? refusalOf(known, { ...command, reason: "a reason" }) : refusal;
  if (left !== undefined) throw refused(left);
  const why = `need a --reason for the journal: ${action} does not wait for the evidence`;
  return session.showPreview({
    effects: [effectOf(action, rollout, step), ...(isReasonWanted ? [why] : [])],
    app: rollout.app,
    ...(isReasonWanted ? { next: `tidegate rollout ${action} ${named} --reason "…"` } : {}),
    request: {
      method: "POST",
      path: `/api/v1/rollouts/${rollout.id}/${action}`,
      body: { reason, ...about },
    },
  });
}

/** The rollout as the rules know it: what the contract groups as evidence stands by itself there. */
function domainOf({ evidence, verdict, ...rest }: RolloutResource): object {
  const { guardrails, throughIndex, totals } = evidence;
  return { ...rest, totals, verdict: { ...verdict, guardrails, throughIndex }, salt: "" };
}

function effectOf(action: RolloutAction, rollout: RolloutResource, step = 0): string {
  const { app, evidence, exposurePercent, steps, stepNumber } = rollout;
  const { usersExposed, usersHarmed } = evidence.totals;
  const share = `${percent(exposurePercent / 100)} of users`;
  const met = `${counted(usersExposed, "user")} met it so far, ${count(usersHarmed)} with a failure`;
  switch (action) {
    case "pause":
      return `keep the candidate of ${app} at ${share}; harm would still take it away (${met})`;
    case "resume":
      return `let the rollout of ${app} go on from ${share} (${met})`;
    case "promote":
      return `give the candidate of ${app} to everybody, from ${share} now (${met})`;
    case "abort":
      return `take the candidate of ${app} away from ${share}: ${met}`;
    case "approve":
      return `approve step ${step} of ${app} (${steps[stepNumber - 1] ?? ""}) and let it go on from ${share} (${met})`;
    default:
      return `go from step ${stepNumber} to step ${step} of ${app} (${steps[step - 1] ?? ""}), from ${share} now (${met})`;
  }
}

/** Prints a counts file: the policy first, then two lines an interval. */
export async function printCounts(session: Session, named?: string): Promise<ExitCode> {
  const { countsLinesOf } = await import("#delivery/rollout");
  const rollout = named ?? (await session.app());
  const client = await session.client();
  const key = "GET /api/v1/rollouts/:rollout/counts";
  let after = -1;
  // A newer rollout of the app may begin while we read: go on with the one we began with.
  let of = rollout;
  for (;;) {
    const query = { after, limit: intervalsPage };
    const page = await client.call(key, { params: { rollout: of }, query });
    const { rollout: id, app, policy, intervals } = page;
    if (after < 0) session.terminal.result(JSON.stringify({ rollout: id, app, policy }));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the contract agrees with the domain
    const stored = intervals as readonly Omit<IntervalCounts, "rollout">[];
    const lines = stored.flatMap((counts) => countsLinesOf(counts));
    if (lines.length > 0) session.terminal.result(lines.join("\n"));
    if (intervals.length < intervalsPage) return exitCodes.done;
    [after, of] = [intervals.at(-1)?.index ?? after, id];
  }
}
