/** The two ends of a rollout: everybody is let in, or the candidate is taken away. */
import {
  bucketCount,
  type App,
  type DocumentPut,
  type Lease,
  type NewEntry,
  parseId,
  type Release,
  type Rollout,
  type RolloutId,
  type Stored,
  type WorkItem,
} from "#domain";
import { bakedEntry, publishedEntry, rolledBackEntry, supersededEntry } from "./ending-entries.ts";
import { lastCountsTimeoutMs } from "./limits.ts";
import type { RolloutPorts } from "./ports.ts";
import type { RoutePublisher } from "./publish.ts";
import { fullExposure } from "./steps.ts";

/** What goes into the transaction beside the rollout's own entries and documents. */
interface Extras {
  readonly documents: readonly DocumentPut[];
  readonly enqueue: readonly WorkItem[];
}

/** How the plot takes part in the end of a rollout: the change moves on with it, or not at all. */
export interface Ending {
  /** `entry` is the one that ends (published, rolled back, superseded) or holds the rollout. */
  moveOn(rollout: Rollout, entry: NewEntry): Promise<Extras>;
  /** Called after the end is written. */
  ended(rollout: Rollout): void;
}

export interface EndingDrive {
  readonly ports: RolloutPorts;
  readonly routes: RoutePublisher;
  readonly ending: Ending;
}

interface Finish {
  readonly stored: Stored<Rollout>;
  readonly rollout: Rollout;
  readonly lease: Lease;
  readonly because: string;
}

type Outcome = "over" | "go on";

/**
 * Everybody is let in: first the table, so that "everybody has it" is true when it is said, then one
 * transaction with the end, then the processes. A policy with a bake ends there for the change, while the
 * rollout goes on: its candidate is live, the release before is its control, and the second time this
 * ends the bake.
 */
export async function finishWell(asked: Finish, drive: EndingDrive): Promise<Outcome> {
  return asked.stored.body.state === "baking"
    ? await finishBake(asked, drive)
    : await publish(asked, drive);
}

async function publish(asked: Finish, drive: EndingDrive): Promise<Outcome> {
  const { ports, routes, ending } = drive;
  const now = ports.clock.now();
  const opened = await openFully(asked, drive);
  if (opened === undefined) return "go on";
  const rollout = publishedOf(asked, opened.body.exposure, now);
  const isBaking = rollout.state === "baking";
  const parties = await partiesOf(rollout, ports);
  if (parties === undefined) return "go on";
  const { app, candidate, baseline } = parties;
  const entry = publishedEntry(rollout, candidate.body, ports);
  const extras = await ending.moveOn(rollout, entry);
  const { activeRollout: _over, ...idle } = app.body;
  const live: App = { ...(isBaking ? app.body : idle), liveRelease: candidate.body.id };
  const left = rollout.exposure < bucketCount ? "exposed" : "warm";
  const written = await ports.store.commit({
    entries: [entry],
    documents: [
      rolloutPut(rollout, opened.version),
      appPut(app, live),
      releasePut(candidate, { state: "live", publishedAt: now }),
      ...(baseline === undefined ? [] : [releasePut(baseline, { state: left })]),
      ...extras.documents,
    ],
    enqueue: [
      ...extras.enqueue,
      ...[candidate, baseline].flatMap((release) => converging(release)),
      ...(isBaking ? [] : cooling(baseline, rollout, now)),
    ],
    lease: asked.lease,
    ...(isBaking ? {} : { finish: "done" }),
  });
  if (!written.ok) return written.error.code === "fence_lost" ? "over" : "go on";
  await routes.publish();
  if (isBaking) return "go on";
  ending.ended(rollout);
  return "over";
}

/** The rollout once everybody has the candidate: it bakes, if its policy says so and there is a way back. Pure. */
export function publishedOf(
  { rollout, because }: Pick<Finish, "rollout" | "because">,
  exposure: number,
  now: number,
): Rollout {
  const { command: _done, waitsSince: _waits, ...rest } = rollout;
  const isBaking = rest.policy.bake !== undefined && rest.baseline !== undefined;
  return {
    ...rest,
    firstExposedAt: rest.firstExposedAt ?? now,
    publishedAt: now,
    reason: because,
    ...(isBaking
      ? { state: "baking", exposure }
      : { state: "promoted", exposure: bucketCount, finishedAt: now }),
  };
}

/** The control goes over to what everybody has, and the release before is as warm as after any rollout. */
async function finishBake(
  { stored, rollout: judged, lease, because }: Finish,
  { ports, routes, ending }: EndingDrive,
): Promise<Outcome> {
  const now = ports.clock.now();
  const { command: _done, waitsSince: _waits, ...rest } = judged;
  const rollout: Rollout = {
    ...rest,
    state: "promoted",
    exposure: bucketCount,
    finishedAt: now,
    reason: because,
  };
  const parties = await partiesOf(rollout, ports);
  if (parties === undefined) return "go on";
  const { app, candidate, baseline } = parties;
  const { activeRollout: _over, ...idle } = app.body;
  const written = await ports.store.commit({
    entries: [bakedEntry(rollout, candidate.body)],
    documents: [
      rolloutPut(rollout, stored.version),
      appPut(app, idle),
      ...(baseline === undefined ? [] : [releasePut(baseline, { state: "warm" })]),
    ],
    enqueue: [...converging(baseline), ...cooling(baseline, rollout, now)],
    lease,
    finish: "done",
  });
  if (!written.ok) return written.error.code === "fence_lost" ? "over" : "go on";
  await routes.publish();
  ending.ended(rollout);
  return "over";
}

function converging(release: Stored<Release> | undefined): readonly WorkItem[] {
  return release === undefined
    ? []
    : [{ kind: "tidy", key: `converge:${release.id}`, app: release.body.app }];
}

function cooling(
  baseline: Stored<Release> | undefined,
  { app, policy }: Rollout,
  now: number,
): readonly WorkItem[] {
  if (baseline === undefined) return [];
  return [{ kind: "tidy", key: `cool:${baseline.id}`, app, dueAt: now + policy.warmMs }];
}

/** Routes everybody (but the control) to the candidate; the noted command makes whoever takes over go on here. */
async function openFully(
  { stored, rollout, lease, because }: Finish,
  { ports, routes }: EndingDrive,
): Promise<Stored<Rollout> | undefined> {
  const full = rollout.baseline === undefined ? bucketCount : fullExposure(rollout.policy);
  if (stored.body.exposure >= full) return stored;
  const at = ports.clock.now();
  const body: Rollout = {
    ...rollout,
    exposure: full,
    firstExposedAt: rollout.firstExposedAt ?? at,
    reason: because,
    command: rollout.command ?? { kind: "promote", by: "rollout", reason: because, at },
  };
  const written = await ports.store.commit({
    documents: [rolloutPut(body, stored.version)],
    lease,
  });
  if (!written.ok) return undefined;
  await routes.publish();
  return { id: body.id, body, version: stored.version + 1 };
}

interface BadFinish extends Finish {
  /** Takes in what was counted since; gives when the newest interval ended, epoch ms. */
  readonly countedUntil: () => Promise<number>;
  /** Gives the rollout with all the counts taken in. */
  readonly settle: () => Promise<Rollout>;
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
  return await writeBadEnd({ ...finish, stored: taken, rollout: settled }, drive);
}

/** Nobody is routed to the candidate once this is done; it may be done again after a crash. */
async function takeOut(
  { stored, rollout, lease, because, countedUntil }: BadFinish,
  { ports, routes }: EndingDrive,
  signal: AbortSignal,
): Promise<Stored<Rollout> | undefined> {
  const { clock, store } = ports;
  const noted = rollout.command?.kind;
  const isNoted = noted === "abort" || noted === "supersede";
  if (stored.body.exposure > 0 || !isNoted) {
    const abort = { kind: "abort", by: "rollout", reason: because, at: clock.now() } as const;
    const body: Rollout = {
      ...rollout,
      exposure: 0,
      reason: because,
      command: isNoted && rollout.command !== undefined ? rollout.command : abort,
    };
    const written = await store.commit({
      documents: [rolloutPut(body, stored.version)],
      lease,
    });
    if (!written.ok) return undefined;
  }
  const receipt = await routes.publish();
  // Users by rule, too, are counted up to the last moment.
  if (rollout.firstExposedAt !== undefined || rollout.step !== undefined) {
    await lastCounts(rollout.id, { at: receipt.at, countedUntil }, { ports, signal });
  }
  return await store.get("rollout", rollout.id);
}

/** Waits until the counts up to the receipt are in, or a moment: an edge may have died with its last. */
async function lastCounts(
  rollout: RolloutId,
  { at, countedUntil }: { readonly at: number; readonly countedUntil: () => Promise<number> },
  {
    ports: { clock, wakes },
    signal,
  }: { readonly ports: RolloutPorts; readonly signal: AbortSignal },
): Promise<void> {
  const deadline = clock.now() + lastCountsTimeoutMs;
  while (clock.now() < deadline && !signal.aborted) {
    const seen = wakes.tick(rollout);
    if ((await countedUntil()) >= at) return;
    const either = new AbortController();
    const both = AbortSignal.any([signal, either.signal]);
    await Promise.race([
      wakes.past(rollout, seen, both),
      clock.sleep(Math.max(1, deadline - clock.now()), both),
    ]);
    either.abort();
  }
}

async function writeBadEnd(
  { stored, rollout, lease, because }: Finish,
  { ports, routes, ending }: EndingDrive,
): Promise<Outcome> {
  const now = ports.clock.now();
  const { command, waitsSince: _waits, ...rest } = rollout;
  const noted = stored.body.command ?? command;
  const body: Rollout = {
    ...rest,
    exposure: 0,
    state: noted?.kind === "supersede" ? "superseded" : "rolled_back",
    finishedAt: now,
    reason: because,
  };
  const parties = await partiesOf(body, ports);
  if (parties === undefined) return "go on";
  const { app, candidate, baseline } = parties;
  const entry = badEntry(body, noted?.by, { parties, now });
  const extras = await ending.moveOn(body, entry);
  const { activeRollout: _over, ...idle } = app.body;
  // During a bake the candidate was live: what was before it is live again, and whole.
  const restored = body.publishedAt === undefined ? undefined : baseline;
  const leftOver = candidate.body.freshBaseline === undefined ? restored : baseline;
  const written = await ports.store.commit({
    entries: [entry],
    documents: [
      rolloutPut(body, stored.version),
      appPut(app, restored === undefined ? idle : { ...idle, liveRelease: restored.body.id }),
      releasePut({ ...candidate, body: unpublished(candidate.body) }, { state: "stopped" }),
      ...(restored === undefined ? [] : [releasePut(restored, { state: "live" })]),
      ...extras.documents,
    ],
    enqueue: [...extras.enqueue, ...converging(candidate), ...converging(leftOver)],
    lease,
    finish: "done",
  });
  if (!written.ok) return written.error.code === "fence_lost" ? "over" : "go on";
  await routes.publish();
  ending.ended(body);
  return "over";
}

function badEntry(
  rollout: Rollout,
  by: string | undefined,
  { parties, now }: { readonly parties: Parties; readonly now: number },
): NewEntry {
  const newer = parseId("chg", by);
  if (rollout.state === "superseded" && newer.ok) return supersededEntry(rollout, newer.value);
  const { candidate, baseline } = parties;
  return rolledBackEntry(rollout, { candidate: candidate.body, baseline: baseline?.body }, now);
}

/** Nobody goes back to what was taken away, also if everybody had it for a while. */
function unpublished({ publishedAt: _was, ...release }: Release): Release {
  return release;
}

interface Parties {
  readonly app: Stored<App>;
  readonly candidate: Stored<Release>;
  readonly baseline?: Stored<Release>;
}

async function partiesOf(rollout: Rollout, { store }: RolloutPorts): Promise<Parties | undefined> {
  const [app, candidate, baseline] = await Promise.all([
    store.get("app", rollout.app),
    store.get("release", rollout.candidate),
    rollout.baseline === undefined ? undefined : store.get("release", rollout.baseline),
  ]);
  if (app === undefined || candidate === undefined) return undefined;
  return { app, candidate, ...(baseline === undefined ? {} : { baseline }) };
}

function rolloutPut(body: Rollout, ifVersion: number): DocumentPut {
  return { kind: "rollout", id: body.id, app: body.app, body, ifVersion };
}

function appPut({ id, version }: Stored<App>, body: App): DocumentPut {
  return { kind: "app", id, app: body.name, body, ifVersion: version };
}

function releasePut(
  { id, version, body: before }: Stored<Release>,
  change: Partial<Release>,
): DocumentPut {
  const body = { ...before, ...change };
  return { kind: "release", id, app: before.app, body, ifVersion: version };
}
