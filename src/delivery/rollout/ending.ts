/** The two ends of a rollout: everybody is let in, or the candidate is taken away. */
import {
  bucketCount,
  type App,
  type ChangeId,
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
import { lastCountsTimeoutMs } from "./limits.ts";
import type { RolloutPorts } from "./ports.ts";
import type { RoutePublisher } from "./publish.ts";

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
 * transaction with the end, then the processes.
 */
export async function finishWell(asked: Finish, drive: EndingDrive): Promise<Outcome> {
  const { ports, routes, ending } = drive;
  const now = ports.clock.now();
  const opened = await openFully(asked, drive);
  if (opened === undefined) return "go on";
  const finish: Finish = { ...asked, stored: opened };
  const { command: _done, ...rest } = finish.rollout;
  const rollout: Rollout = {
    ...rest,
    state: "promoted",
    exposure: bucketCount,
    firstExposedAt: rest.firstExposedAt ?? now,
    finishedAt: now,
    reason: finish.because,
  };
  const parties = await partiesOf(rollout, ports);
  if (parties === undefined) return "go on";
  const { app, candidate, baseline } = parties;
  const entry = publishedEntry(rollout, candidate.body, ports);
  const extras = await ending.moveOn(rollout, entry);
  const { activeRollout: _over, ...idle } = app.body;
  const written = await ports.store.commit({
    entries: [entry],
    documents: [
      {
        kind: "rollout",
        id: rollout.id,
        app: rollout.app,
        body: rollout,
        ifVersion: finish.stored.version,
      },
      {
        kind: "app",
        id: app.id,
        app: rollout.app,
        body: { ...idle, liveRelease: candidate.body.id },
        ifVersion: app.version,
      },
      releasePut(candidate, { state: "live", publishedAt: now }),
      ...(baseline === undefined ? [] : [releasePut(baseline, { state: "warm" })]),
      ...extras.documents,
    ],
    enqueue: [
      ...extras.enqueue,
      { kind: "tidy", key: `converge:${candidate.id}`, app: rollout.app },
      ...(baseline === undefined
        ? []
        : [
            { kind: "tidy" as const, key: `converge:${baseline.id}`, app: rollout.app },
            {
              kind: "tidy" as const,
              key: `cool:${baseline.id}`,
              app: rollout.app,
              dueAt: now + rollout.policy.warmMs,
            },
          ]),
    ],
    lease: finish.lease,
    finish: "done",
  });
  if (!written.ok) return written.error.code === "fence_lost" ? "over" : "go on";
  await routes.publish();
  ending.ended(rollout);
  return "over";
}

/** Routes everybody to the candidate; the noted command makes a controller that takes over go on here. */
async function openFully(
  { stored, rollout, lease, because }: Finish,
  { ports, routes }: EndingDrive,
): Promise<Stored<Rollout> | undefined> {
  if (stored.body.exposure === bucketCount) return stored;
  const at = ports.clock.now();
  const body: Rollout = {
    ...rollout,
    exposure: bucketCount,
    firstExposedAt: rollout.firstExposedAt ?? at,
    reason: because,
    command: rollout.command ?? { kind: "promote", by: "rollout", reason: because, at },
  };
  const written = await ports.store.commit({
    documents: [{ kind: "rollout", id: body.id, app: body.app, body, ifVersion: stored.version }],
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
      documents: [{ kind: "rollout", id: body.id, app: body.app, body, ifVersion: stored.version }],
      lease,
    });
    if (!written.ok) return undefined;
  }
  const receipt = await routes.publish();
  if (rollout.firstExposedAt !== undefined) {
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
  const { command: _done, ...rest } = rollout;
  const body: Rollout = {
    ...rest,
    exposure: 0,
    state: stored.body.command?.kind === "supersede" ? "superseded" : "rolled_back",
    finishedAt: now,
    reason: because,
  };
  const parties = await partiesOf(body, ports);
  if (parties === undefined) return "go on";
  const { app, candidate, baseline } = parties;
  const newer = parseId("chg", stored.body.command?.by);
  const entry =
    body.state === "superseded" && newer.ok
      ? supersededEntry(body, newer.value)
      : rolledBackEntry(body, { candidate: candidate.body, baseline: baseline?.body }, now);
  const extras = await ending.moveOn(body, entry);
  const { activeRollout: _over, ...idle } = app.body;
  const written = await ports.store.commit({
    entries: [entry],
    documents: [
      { kind: "rollout", id: body.id, app: body.app, body, ifVersion: stored.version },
      { kind: "app", id: app.id, app: body.app, body: idle, ifVersion: app.version },
      releasePut(candidate, { state: "stopped" }),
      ...extras.documents,
    ],
    enqueue: [...extras.enqueue, { kind: "tidy", key: `converge:${candidate.id}`, app: body.app }],
    lease,
    finish: "done",
  });
  if (!written.ok) return written.error.code === "fence_lost" ? "over" : "go on";
  await routes.publish();
  ending.ended(body);
  return "over";
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

function releasePut(stored: Stored<Release>, change: Partial<Release>): DocumentPut {
  return {
    kind: "release",
    id: stored.id,
    app: stored.body.app,
    body: { ...stored.body, ...change },
    ifVersion: stored.version,
  };
}

function supersededEntry(
  rollout: Rollout,
  by: ChangeId,
): NewEntry<"dev.tidegate.change.superseded"> {
  return {
    type: "dev.tidegate.change.superseded",
    app: rollout.app,
    change: rollout.change,
    actor: "rollout",
    data: { by },
  };
}

function publishedEntry(
  rollout: Rollout,
  candidate: Release,
  { dataPlane }: RolloutPorts,
): NewEntry<"dev.cdevents.service.published"> {
  return {
    type: "dev.cdevents.service.published",
    app: rollout.app,
    change: rollout.change,
    actor: "rollout",
    data: {
      rollout: rollout.id,
      release: candidate.id,
      number: candidate.number,
      url: dataPlane.urlOf(`${rollout.app}.localhost`),
      because: rollout.reason,
      verdict: rollout.verdict,
      totals: rollout.totals,
    },
  };
}

function rolledBackEntry(
  rollout: Rollout,
  { candidate, baseline }: { readonly candidate: Release; readonly baseline: Release | undefined },
  now: number,
): NewEntry<"dev.cdevents.service.rolledback"> {
  const example = rollout.failureExample;
  return {
    type: "dev.cdevents.service.rolledback",
    app: rollout.app,
    change: rollout.change,
    actor: "rollout",
    data: {
      rollout: rollout.id,
      release: candidate.id,
      number: candidate.number,
      ...(baseline === undefined ? {} : { restored: baseline.number }),
      because: rollout.reason,
      verdict: rollout.verdict,
      totals: rollout.totals,
      exposedMs: rollout.firstExposedAt === undefined ? 0 : now - rollout.firstExposedAt,
      ...(example === undefined
        ? {}
        : {
            failureExample: {
              method: example.request.method,
              path: example.request.path,
              status: String(example.request.status ?? example.request.failure ?? "no response"),
              at: example.request.at,
              requestId: example.request.requestId,
              log: example.log,
            },
          }),
    },
  };
}
