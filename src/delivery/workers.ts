/**
 * The workers: claim what is due, drive it, and look again. What a worker drops, because its server died
 * or lost its lease, another one takes up.
 */
import { backoffMs, unreachable } from "#std";
import type { Lease } from "#domain";
import { driveRollout } from "#delivery/rollout";
import { deliverChange, giveUpChange } from "./deliver.ts";
import { deliverRelease } from "./deliver-release.ts";
import type { Hands } from "./hands.ts";
import {
  concurrency,
  leaseMs,
  listenAgainMs,
  stageFailuresMax,
  rolloutBackoff,
  workBackoff,
} from "./limits.ts";
import { rolloutEnding } from "./rollout-ending.ts";
import { tidy } from "./tidy.ts";

interface Crew extends Hands {
  readonly worker: string;
  /** Failures in a row, by work item, that were not the store's absence. */
  readonly failures: Map<string, number>;
}

/** Resolves when `signal` has aborted and every piece of work has come to its next safe point. */
export async function runWorkers(hands: Hands, worker: string, signal: AbortSignal): Promise<void> {
  const crew: Crew = { ...hands, worker, failures: new Map() };
  await Promise.all(
    (["deliver", "rollout", "tidy"] as const).map(
      async (kind) => await claimLoop(crew, kind, signal),
    ),
  );
}

async function claimLoop(crew: Crew, kind: Lease["kind"], signal: AbortSignal): Promise<void> {
  const { store, clock, log } = crew.ports;
  const running = new Set<Promise<void>>();
  while (!signal.aborted) {
    if (running.size >= concurrency[kind]) await Promise.race(running);
    try {
      const lease = await store.claim({ kinds: [kind], worker: crew.worker, leaseMs, signal });
      if (lease === undefined) continue;
      const work = drive(lease, crew, signal).finally(() => running.delete(work));
      running.add(work);
    } catch (error) {
      log.warn("work.claim_failed", { kind, error });
      await clock.sleep(listenAgainMs, signal);
    }
  }
  await Promise.all(running);
}

/** A fault ends this piece of work, not its neighbours: it comes back after a pause that grows. */
async function drive(lease: Lease, crew: Crew, signal: AbortSignal): Promise<void> {
  const { clock, log } = crew.ports;
  const item = `${lease.kind} ${lease.key}`;
  try {
    await driveOne(lease, crew, signal);
    crew.failures.delete(item);
  } catch (error) {
    const failures = (crew.failures.get(item) ?? 0) + (isUnavailable(error) ? 0 : 1);
    crew.failures.set(item, failures);
    log.warn("work.failed", { kind: lease.kind, key: lease.key, failures, error });
    if (failures >= stageFailuresMax && lease.key.startsWith("chg_")) {
      await quietly(giveUpChange(lease, crew.ports, error));
    }
    const backoff = lease.kind === "rollout" ? rolloutBackoff : workBackoff;
    const pauseMs = backoffMs(backoff, failures, clock.random());
    await handBack(lease, clock.now() + pauseMs, crew);
  }
  // A successor need not wait for the lease to run out. Refused, and rightly, when the work was done.
  if (signal.aborted) await handBack(lease, clock.now(), crew);
}

async function handBack(lease: Lease, againAt: number, { ports }: Crew): Promise<void> {
  await quietly(ports.store.commit({ lease, finish: { againAt } }));
}

/** Should the store be away, the lease runs out by itself. */
async function quietly(writing: Promise<unknown>): Promise<void> {
  await writing.catch(() => undefined);
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "unavailable";
}

async function driveOne(lease: Lease, hands: Hands, signal: AbortSignal): Promise<void> {
  const { ports, routes } = hands;
  switch (lease.kind) {
    case "deliver":
      return lease.key.startsWith("rel_")
        ? await deliverRelease(lease, ports, signal)
        : await deliverChange(lease, ports, signal);
    case "rollout":
      return await driveRollout(lease, { ports, routes, ending: rolloutEnding(ports) }, signal);
    case "tidy":
      return await tidy(lease, hands, signal);
    default:
      return unreachable(lease.kind);
  }
}
