/**
 * The workers: claim what is due, drive it, and look again. What a worker drops, because its server died
 * or lost its lease, another one takes up.
 */
import { unreachable } from "#std";
import { type Lease, parseId, type Rollout } from "#domain";
import { driveRollout, type Ending } from "#delivery/rollout";
import { deliverChange } from "./deliver.ts";
import { deliverRelease } from "./deliver-release.ts";
import { foldChange } from "./pipeline.ts";
import { type DeliveryPorts } from "./ports.ts";
import { cool, coolOlder } from "./cool.ts";
import { type Hands } from "./hands.ts";

/** Changes and rollouts under way at once in one server. Rollouts mostly wait; builds are what costs. */
export const concurrency = { deliver: 8, rollout: 500, tidy: 4 } as const;
export const leaseMs = 20_000;

/** Resolves when `signal` has aborted and every piece of work has come to its next safe point. */
export async function runWorkers(hands: Hands, worker: string, signal: AbortSignal): Promise<void> {
  await Promise.all(
    (["deliver", "rollout", "tidy"] as const).map(
      async (kind) => await claimLoop({ ...hands, worker }, kind, signal),
    ),
  );
}

async function claimLoop(
  hands: Hands & { readonly worker: string },
  kind: Lease["kind"],
  signal: AbortSignal,
): Promise<void> {
  const { store, clock, log } = hands.ports;
  const running = new Set<Promise<void>>();
  while (!signal.aborted) {
    if (running.size >= concurrency[kind]) await Promise.race(running);
    try {
      const lease = await store.claim({ kinds: [kind], worker: hands.worker, leaseMs, signal });
      if (lease === undefined) continue;
      const work = drive(lease, hands, signal).finally(() => running.delete(work));
      running.add(work);
    } catch (error) {
      log.warn("work.claim_failed", { kind, error });
      await clock.sleep(500, signal);
    }
  }
  await Promise.all(running);
}

/** A fault ends this piece of work, not its neighbours: it comes back after a pause that grows. */
async function drive(lease: Lease, hands: Hands, signal: AbortSignal): Promise<void> {
  const { store, clock, log } = hands.ports;
  try {
    await driveOne(lease, hands, signal);
  } catch (error) {
    if (signal.aborted) return;
    log.warn("work.failed", { kind: lease.kind, key: lease.key, attempt: lease.attempt, error });
    const againAt = clock.now() + Math.min(30_000, 250 * 2 ** Math.min(lease.attempt, 10));
    await store.commit({ lease, finish: { againAt } }).catch(() => undefined);
  }
}

async function driveOne(lease: Lease, hands: Hands, signal: AbortSignal): Promise<void> {
  switch (lease.kind) {
    case "deliver":
      return lease.key.startsWith("rel_")
        ? await deliverRelease(lease, hands.ports, signal)
        : await deliverChange(lease, hands.ports, signal);
    case "rollout":
      return await driveRollout(
        lease,
        { ports: hands.ports, routes: hands.routes, ending: ending(hands.ports) },
        signal,
      );
    case "tidy":
      return await tidy(lease, hands, signal);
    default:
      return unreachable(lease.kind);
  }
}

async function tidy(lease: Lease, hands: Hands, signal: AbortSignal): Promise<void> {
  const [chore = "", id] = lease.key.split(":");
  const release = parseId("rel", id);
  if (release.ok && chore === "converge") {
    await hands.keeper.converge(release.value, signal);
    if (lease.app !== undefined) await coolOlder(lease.app, hands, signal);
  }
  if (release.ok && chore === "cool") await cool(release.value, hands, signal);
  await hands.ports.store.commit({ lease, finish: "done" });
}

/** How a change moves on with its rollout. A rollout of a configuration change moves no change. */
function ending({ store, clock, wakes }: DeliveryPorts): Ending {
  return {
    async moveOn(rollout, entry) {
      const stored = await store.get("change", rollout.change);
      if (stored === undefined || stored.body.rollout !== rollout.id) {
        return { documents: [], enqueue: [] };
      }
      return {
        documents: [
          {
            kind: "change",
            id: stored.id,
            app: rollout.app,
            body: foldChange(stored.body, entry, clock.now()),
            ifVersion: stored.version,
          },
        ],
        enqueue:
          entry.type === "dev.tidegate.rollout.held"
            ? []
            : [{ kind: "deliver", key: stored.id, app: rollout.app }],
      };
    },
    ended(rollout: Rollout) {
      wakes.wake(`ended:${rollout.id}`);
    },
  };
}
