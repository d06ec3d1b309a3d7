/**
 * Drives one rollout from its first look to its end.
 *
 * The loop: take in new counts, let `decide` (or a person's command) choose, write the choice down,
 * carry it out. The journal is written before the effect, and every effect follows from the documents,
 * so a controller that dies anywhere is followed by one that reads them and goes on:
 *
 * - `running`: exposure grows with the evidence. Exits: promoted, rolled back, held, paused, superseded.
 * - `paused` (a person) and `held` (time is over): exposure stays; harm still takes the candidate away.
 * - ending badly has two steps, because the last counts come in after the candidate was taken away:
 *   exposure 0 with the command `abort` or `supersede` noted, then the final state with full counts.
 */
import { unreachable } from "#std";
import {
  finalRolloutStates,
  type Lease,
  type NewEntry,
  parseId,
  type Release,
  type Rollout,
  type RolloutId,
  type Stored,
} from "#domain";
import { applyCommand } from "./command.ts";
import { decide, type Decision } from "./decide.ts";
import { finishBadly, finishWell, type Ending } from "./ending.ts";
import { emptyEvidence, foldInterval, type Evidence } from "./evidence.ts";
import { intervalsPage, lookIntervalMs, telemetryDelayMs } from "./limits.ts";
import { type RolloutPorts } from "./ports.ts";
import { type RoutePublisher } from "./publish.ts";
import { addInterval, noTotals } from "./harm-totals.ts";
import { type CrashFact, verdictOf } from "./verdict.ts";
import { exampleOf } from "./example.ts";

export const rolloutLeaseMs = 20_000;
const renewEveryMs = 5_000;

export interface Drive {
  readonly ports: RolloutPorts;
  readonly routes: RoutePublisher;
  /** Called with the entries and documents of the end, to be written in the same transaction. */
  readonly ending: Ending;
}

/** What the loop carries from look to look; all of it can be read anew from the store. */
interface Look {
  lease: Lease;
  renewedAt: number;
  evidence: Evidence;
  throughIndex: number;
  lastIntervalAt: number;
  totals: Rollout["totals"];
  crash?: CrashFact;
}

/** Returns when the rollout has ended, the lease was lost, or `signal` aborted. */
export async function driveRollout(lease: Lease, drive: Drive, signal: AbortSignal): Promise<void> {
  const { store, clock, wakes } = drive.ports;
  const id = parseId("rol", lease.key);
  const first = id.ok ? await store.get("rollout", id.value) : undefined;
  if (!id.ok || first === undefined) {
    await store.commit({ lease, finish: "done" });
    return;
  }
  const look: Look = {
    lease,
    renewedAt: clock.now(),
    evidence: emptyEvidence(first.body.policy),
    throughIndex: -1,
    lastIntervalAt: first.body.startedAt,
    totals: noTotals,
  };
  // Whatever the one before us wrote but did not carry out comes first.
  await drive.routes.publish(signal);
  while (!signal.aborted) {
    const seen = wakes.tick(id.value);
    if ((await takeLook(id.value, look, { drive, signal })) === "over") break;
    await newsOrTime(id.value, seen, { drive, signal });
  }
  if (!signal.aborted) wakes.forget(id.value);
}

async function takeLook(
  id: RolloutId,
  look: Look,
  { drive, signal }: { readonly drive: Drive; readonly signal: AbortSignal },
): Promise<"over" | "go on"> {
  const { store, clock } = drive.ports;
  const stored = await store.get("rollout", id);
  if (stored === undefined || finalRolloutStates.has(stored.body.state)) {
    await store.commit({ lease: look.lease, finish: "done" });
    return "over";
  }
  if (clock.now() - look.renewedAt > renewEveryMs) {
    const renewed = await store.renew(look.lease, rolloutLeaseMs);
    if (!renewed.ok) return "over";
    look.lease = renewed.value;
    look.renewedAt = clock.now();
  }
  await absorb(id, look, drive.ports);
  const decision = await nextMove(stored.body, look, drive.ports);
  return await carryOut({ stored, decision, look }, drive, signal);
}

/** Folds in the counts stored since the last look. */
async function absorb(id: RolloutId, look: Look, { store, log }: RolloutPorts): Promise<void> {
  for (;;) {
    const page = await store.intervals({
      rollout: id,
      afterIndex: look.throughIndex,
      limit: intervalsPage,
    });
    for (const counts of page) {
      const folded = foldInterval(look.evidence, counts);
      if (folded.ok) look.evidence = folded.value;
      else log.warn("rollout.counts_refused", { rollout: id, ...folded.error });
      look.totals = addInterval(look.totals, counts);
      look.throughIndex = counts.index;
      look.lastIntervalAt = Math.max(look.lastIntervalAt, counts.endAt);
    }
    if (page.length < intervalsPage) return;
  }
}

async function nextMove(rollout: Rollout, look: Look, ports: RolloutPorts): Promise<Decision> {
  const { command } = rollout;
  if (command !== undefined) {
    const outcome = applyCommand(rollout, command);
    if (outcome.ok && outcome.value.kind === "decision") return outcome.value.decision;
  }
  const [candidate, traffic] = await Promise.all([
    ports.store.get("release", rollout.candidate),
    ports.store.recentTraffic(rollout.app),
  ]);
  const crash = crashOf(candidate?.body);
  if (crash !== undefined) look.crash = crash;
  return decide(rollout, look.evidence, {
    now: ports.clock.now(),
    requestsPerSecond: traffic.requestsPerSecond,
    isReady: candidate !== undefined && isReady(candidate.body),
    telemetryDelayMs,
    lastIntervalAt: look.lastIntervalAt,
    ...(crash === undefined ? {} : { crash }),
  });
}

function crashOf(candidate: Release | undefined): CrashFact | undefined {
  if (candidate?.crash === undefined) return undefined;
  return {
    instance: candidate.instances.find(({ state }) => state === "exited")?.id ?? "its process",
    exits: candidate.crash.exitsAt.length,
    exit: candidate.crash.lastExit,
  };
}

function isReady({ instances }: Release): boolean {
  return instances.some(({ state }) => state === "ready");
}

interface Move {
  readonly stored: Stored<Rollout>;
  readonly decision: Decision;
  readonly look: Look;
}

async function carryOut(move: Move, drive: Drive, signal: AbortSignal): Promise<"over" | "go on"> {
  const { stored, decision, look } = move;
  const now = drive.ports.clock.now();
  const rollout = await withEvidence(stored.body, look, drive.ports);
  switch (decision.kind) {
    case "wait":
      await save(move, { next: waiting(rollout, decision.because) }, drive);
      return "go on";
    case "expose": {
      const entry = exposureEntry(rollout, decision);
      const next = {
        ...waiting(rollout, decision.because),
        exposure: decision.to,
        firstExposedAt: rollout.firstExposedAt ?? now,
      };
      const saved = await save(move, { next, entries: [entry] }, drive);
      if (saved) await drive.routes.publish(signal);
      return "go on";
    }
    case "hold":
      await hold(move, { ...rollout, state: "held", reason: decision.because }, drive);
      return "go on";
    case "promote":
      return await finishWell(
        { stored, rollout, lease: look.lease, because: decision.because },
        drive,
        signal,
      );
    case "roll_back":
      return await finishBadly(
        {
          stored,
          rollout,
          lease: look.lease,
          because: decision.because,
          countedUntil: async () => {
            await absorb(rollout.id, look, drive.ports);
            return look.lastIntervalAt;
          },
          // The counts of the last instants, once the candidate is out of the table.
          settle: async () => {
            await absorb(rollout.id, look, drive.ports);
            return await withEvidence(rollout, look, drive.ports);
          },
        },
        drive,
        signal,
      );
    default:
      return unreachable(decision);
  }
}

/** Waiting, with the state a person asked for. Why it is paused or held stays said while it is. */
function waiting(rollout: Rollout, because: string): Rollout {
  const { command } = rollout;
  const outcome = command === undefined ? undefined : applyCommand(rollout, command);
  if (outcome?.ok === true && outcome.value.kind === "state") {
    return { ...rollout, state: outcome.value.state, reason: outcome.value.reason };
  }
  return rollout.state === "running" ? { ...rollout, reason: because } : rollout;
}

async function withEvidence(rollout: Rollout, look: Look, ports: RolloutPorts): Promise<Rollout> {
  const example =
    rollout.failureExample === undefined && look.totals.candidateErrors > 0
      ? await exampleOf(rollout, ports)
      : rollout.failureExample;
  return {
    ...rollout,
    verdict: verdictOf(
      rollout.policy,
      look.evidence,
      look.crash === undefined ? {} : { crash: look.crash },
    ),
    totals: look.totals,
    ...(example === undefined ? {} : { failureExample: example }),
  };
}

/** Writes the rollout if it differs from what is stored. A lost race is taken up at the next look. */
async function save(
  { stored, look }: Move,
  { next, entries = [] }: { readonly next: Rollout; readonly entries?: readonly NewEntry[] },
  { ports }: Drive,
): Promise<boolean> {
  const { command, ...rest } = next;
  const body: Rollout = command === undefined || isDone(command.kind) ? rest : next;
  if (entries.length === 0 && JSON.stringify(body) === JSON.stringify(stored.body)) return false;
  const written = await ports.store.commit({
    entries,
    documents: [{ kind: "rollout", id: body.id, app: body.app, body, ifVersion: stored.version }],
    lease: look.lease,
  });
  return written.ok;
}

async function hold(
  { stored, decision, look }: Move,
  rollout: Rollout,
  drive: Drive,
): Promise<void> {
  if (decision.kind !== "hold" || stored.body.state === "held") return;
  const entry: NewEntry = {
    type: "dev.tidegate.rollout.held",
    app: rollout.app,
    change: rollout.change,
    actor: "rollout",
    data: { rollout: rollout.id, because: decision.because, next: decision.next },
  };
  const extras = await drive.ending.moveOn(rollout, entry);
  await drive.ports.store.commit({
    entries: [entry],
    documents: [
      {
        kind: "rollout",
        id: rollout.id,
        app: rollout.app,
        body: rollout,
        ifVersion: stored.version,
      },
      ...extras.documents,
    ],
    enqueue: extras.enqueue,
    lease: look.lease,
  });
}

function isDone(kind: NonNullable<Rollout["command"]>["kind"]): boolean {
  return kind === "pause" || kind === "resume";
}

function exposureEntry(
  rollout: Rollout,
  decision: Extract<Decision, { kind: "expose" }>,
): NewEntry<"dev.tidegate.rollout.exposure_changed"> {
  return {
    type: "dev.tidegate.rollout.exposure_changed",
    app: rollout.app,
    change: rollout.change,
    actor: "rollout",
    data: {
      rollout: rollout.id,
      from: rollout.exposure,
      to: decision.to,
      because: decision.because,
      verdict: rollout.verdict,
      totals: rollout.totals,
    },
  };
}

async function newsOrTime(
  id: RolloutId,
  seen: number,
  { drive, signal }: { readonly drive: Drive; readonly signal: AbortSignal },
): Promise<void> {
  const { clock, wakes } = drive.ports;
  const either = new AbortController();
  const both = AbortSignal.any([signal, either.signal]);
  await Promise.race([wakes.past(id, seen, both), clock.sleep(lookIntervalMs, both)]);
  either.abort();
}
