/** The bad end of a rollout, and of all that go together with it: the candidate is taken away. */
import {
  type App,
  appOnConfig,
  type AppName,
  type ChangeId,
  type NewEntry,
  type ObjectId,
  parseId,
  type Release,
  type Rollout,
  type RolloutCommand,
  type RolloutId,
  type Stored,
  type TakenBack,
  type TakenBackBy,
} from "#domain";
import { some } from "#std";
import { regroupedEntry, rolledBackEntry, supersededEntry } from "./ending-entries.ts";
import {
  appPut,
  converging,
  type Ended,
  type EndingDrive,
  type Finish,
  type Outcome,
  type Part,
  type Parties,
  partiesOf,
  partsOf,
  releasePut,
  rewrite,
  rolloutPut,
  writeEnd,
} from "./ending-parts.ts";
import { toldBy } from "./joint.ts";
import { lastCountsTimeoutMs } from "./limits.ts";
import type { RolloutPorts } from "./ports.ts";

interface BadFinish extends Finish {
  /** Takes in what was counted since; gives when the newest interval of each of them ended, epoch ms. */
  readonly countedUntil: () => Promise<number>;
  /** Gives the rollouts with all the counts taken in. */
  readonly settle: () => Promise<readonly Rollout[]>;
}

/**
 * The candidate is taken away: first out of the table, as quickly as a commit and a receipt allow; then,
 * when the edges have handed in their last counts, the end is written with the full harm.
 */
export async function finishBadly(
  finish: BadFinish,
  drive: EndingDrive,
  signal: AbortSignal,
): Promise<Outcome> {
  const taken = await takeOut(finish, drive, signal);
  if (taken === undefined) return "go on";
  const settled = await finish.settle();
  if (signal.aborted) return "go on";
  const command = taken[0]?.body.command;
  const newer = await newerOf(command, drive.ports);
  const because = ofOneMoment(finish.because, taken, settled);
  const parts = await partsOf(settled, taken, async (rollout, stored) =>
    badPart(rollout, { stored, because, command, newer }, drive),
  );
  return await writeEnd(parts, finish, drive);
}

/** The reason with the numbers that the end has, not with those it was decided by. */
function ofOneMoment(
  because: string,
  taken: readonly Stored<Rollout>[],
  settled: readonly Rollout[],
): string {
  const index = taken.findIndex(
    ({ body: { verdict } }) => verdict.sentence !== "" && because.includes(verdict.sentence),
  );
  const before = taken[index]?.body.verdict.sentence;
  const after = settled[index]?.verdict.sentence;
  if (before === undefined || after === undefined) return because;
  return because.replace(before, () => after);
}

/** Nobody is routed to the candidate once this is done; it may be done again after a crash. */
async function takeOut(
  { before, rollouts, lease, because, countedUntil }: BadFinish,
  { ports, routes }: EndingDrive,
  signal: AbortSignal,
): Promise<readonly Stored<Rollout>[] | undefined> {
  const { clock, store } = ports;
  const noted = rollouts[0]?.command;
  const isNoted = noted?.kind === "abort" || noted?.kind === "supersede";
  const abort = { kind: "abort", by: "rollout", reason: because, at: clock.now() } as const;
  const command = isNoted ? noted : abort;
  const isOut = before.every(
    ({ body }) => body.exposure === 0 && body.command?.kind === noted?.kind,
  );
  if (!isOut || !isNoted) {
    const bodies = rollouts.map((rollout): Rollout => ({
      ...rollout,
      exposure: 0,
      reason: toldBy(rollout, because),
      command,
    }));
    if ((await rewrite(before, bodies, { lease, ports })) === undefined) return undefined;
  }
  const receipt = await routes.publish();
  // Users by rule, too, are counted up to the last moment.
  const wasMet = rollouts.some(
    ({ firstExposedAt, step, totals }) =>
      firstExposedAt !== undefined || step !== undefined || totals.candidateRequests > 0,
  );
  const ids = rollouts.map(({ id }) => id);
  if (wasMet) await lastCounts(ids, { at: receipt.at, countedUntil }, { ports, signal });
  const taken = await Promise.all(ids.map(async (id) => await store.get("rollout", id)));
  return taken.every((stored) => stored !== undefined) ? taken : undefined;
}

/** Waits until the counts up to the receipt are in, or a moment: an edge may have died with its last. */
async function lastCounts(
  rollouts: readonly RolloutId[],
  { at, countedUntil }: { readonly at: number; readonly countedUntil: () => Promise<number> },
  {
    ports: { clock, wakes },
    signal,
  }: { readonly ports: RolloutPorts; readonly signal: AbortSignal },
): Promise<void> {
  const deadline = clock.now() + lastCountsTimeoutMs;
  while (clock.now() < deadline && !signal.aborted) {
    const seen = rollouts.map((id) => wakes.tick(id));
    if ((await countedUntil()) >= at) return;
    const either = new AbortController();
    const both = AbortSignal.any([signal, either.signal]);
    await Promise.race([
      ...rollouts.map(async (id, index) => await wakes.past(id, seen[index] ?? 0, both)),
      clock.sleep(Math.max(1, deadline - clock.now()), both),
    ]);
    either.abort();
  }
}

/** The newer change that a rollout gives way to, if it is one, and whose. */
async function newerOf(
  command: RolloutCommand | undefined,
  { store }: RolloutPorts,
): Promise<Newer | undefined> {
  const id = parseId("chg", command?.by);
  if (command?.kind !== "supersede" || !id.ok) return undefined;
  const change = await store.get("change", id.value);
  return { change: id.value, app: change?.body.app, commit: change?.body.commit };
}

interface Newer {
  readonly change: ChangeId;
  readonly app: AppName | undefined;
  readonly commit: ObjectId | undefined;
}

interface BadlyEnded extends Ended {
  readonly command: RolloutCommand | undefined;
  readonly newer: Newer | undefined;
}

async function badPart(
  judged: Rollout,
  { stored, because, command, newer }: BadlyEnded,
  { ports, ending }: EndingDrive,
): Promise<Part | undefined> {
  const now = ports.clock.now();
  const { command: _done, waitsSince: _waits, asks: _answered, ...rest } = judged;
  // Who is superseded is not told of by an end of its own.
  const found = newer === undefined ? await ending.newErrors(judged) : undefined;
  const body: Rollout = {
    ...rest,
    exposure: 0,
    state: command?.kind === "supersede" ? "superseded" : "rolled_back",
    finishedAt: now,
    reason: toldBy(rest, because),
    ...some("newErrors", found),
  };
  const parties = await partiesOf(body, ports);
  if (parties === undefined) return undefined;
  const { app, candidate, baseline } = parties;
  const entry = badEntry(body, { newer, command }, { parties, now });
  const extras = await ending.moveOn(body, entry);
  const { activeRollout: _over, ...idle } = app.body;
  // During a bake the candidate was live: what was before it is live again, and whole.
  const restored = body.publishedAt === undefined ? undefined : baseline;
  const leftOver = candidate.body.freshBaseline === undefined ? restored : baseline;
  // Its change goes together with the newer one: it runs on, and nobody is on it.
  const isKept = entry.type === "dev.tidegate.rollout.regrouped";
  const takenBack = newer === undefined ? configTakenBack(body, { parties, command }) : undefined;
  const onBefore = restored === undefined ? idle : { ...idle, liveRelease: restored.body.id };
  return {
    rollout: body,
    entry,
    documents: [
      rolloutPut(body, stored.version),
      appPut(app, withoutConfig(onBefore, { parties, takenBack, now })),
      releasePut(
        { ...candidate, body: unpublished(candidate.body) },
        { state: isKept ? "starting" : "stopped", ...some("takenBack", takenBack) },
      ),
      ...(restored === undefined ? [] : [releasePut(restored, { state: "live" })]),
      ...extras.documents,
    ],
    enqueue: [...extras.enqueue, ...(isKept ? [] : converging(candidate)), ...converging(leftOver)],
  };
}

/** Who took back a configuration, and why; nothing of a push, which carries the configuration that others set. */
function configTakenBack(
  rollout: Rollout,
  { parties: { candidate }, command }: Pick<BadlyEnded, "command"> & { readonly parties: Parties },
): TakenBack | undefined {
  if (candidate.body.cause !== "config") return undefined;
  const by = personOf(rollout, command);
  return by === undefined ? { reason: rollout.reason } : { by: by.name, reason: by.reason };
}

interface WithoutConfig {
  readonly parties: Parties;
  readonly takenBack: TakenBack | undefined;
  readonly now: number;
}

/** What comes next has the configuration that users have, and not the one that they were just led away from. */
function withoutConfig(app: App, { parties, takenBack, now }: WithoutConfig): App {
  const { candidate, baseline } = parties;
  const isItsNewest = app.configVersion === candidate.body.configVersion;
  if (takenBack === undefined || baseline === undefined || !isItsNewest) return app;
  return appOnConfig(app, baseline.body.configVersion, { ...takenBack, at: now });
}

function badEntry(
  rollout: Rollout,
  { newer, command }: Pick<BadlyEnded, "newer" | "command">,
  { parties, now }: { readonly parties: Parties; readonly now: number },
): NewEntry {
  const { app, together } = rollout;
  const { candidate, baseline } = parties;
  if (newer !== undefined) {
    const isOther = together !== undefined && newer.app !== undefined && newer.app !== app;
    return isOther
      ? regroupedEntry(rollout, { app: newer.app, by: newer.change, now })
      : supersededEntry(rollout, newer, candidate.body);
  }
  return rolledBackEntry(
    rollout,
    {
      candidate: candidate.body,
      baseline: baseline?.body,
      ...some("by", personOf(rollout, command)),
    },
    now,
  );
}

/** The person whose word ended it; what decided itself notes that as a command of its own. */
function personOf(
  { publishedAt, verdict }: Rollout,
  command: RolloutCommand | undefined,
): TakenBackBy | undefined {
  if (command === undefined || notPeople.has(command.by) || verdict.kind === "harmful")
    return undefined;
  // Who went back did not speak of the rollout: its reason tells of them, and they said why in words of their own.
  const reason = command.words ?? (command.kind === "abort" ? command.reason : "");
  return { name: command.by, reason, wasLive: publishedAt !== undefined };
}

/** Who gives commands and is nobody: the rollout's own decision, and the platform as it deletes an app. */
const notPeople: ReadonlySet<string> = new Set(["rollout", "tidegate"]);

/** Nobody goes back to what was taken away, also if everybody had it for a while. */
function unpublished({ publishedAt: _was, ...release }: Release): Release {
  return release;
}
