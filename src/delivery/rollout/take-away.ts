/** The end of instances in the order that costs nobody a request. */
import {
  bucketCount,
  finalRolloutStates,
  type Instance,
  type Release,
  type Rollout,
} from "#domain";
import { drainTimeoutMs } from "./limits.ts";
import type { RolloutPorts } from "./ports.ts";
import type { RoutePublisher } from "./publish.ts";
import type { ReleaseParts } from "./release-parts.ts";
import { isTakenOut } from "./steps.ts";
import { updateDocument } from "./update.ts";

interface Hands {
  readonly ports: RolloutPorts;
  readonly routes: RoutePublisher;
  /** A server that is to stop does not wait for sockets: the next one drains again. */
  readonly signal: AbortSignal;
}

/** Leave the table, wait for the receipt, drain, SIGTERM, wait, SIGKILL; then out of the document. */
export async function takeAway(
  { release, artifact }: ReleaseParts,
  surplus: readonly Instance[],
  { ports, routes, signal }: Hands,
): Promise<void> {
  const { store, runtime, dataPlane, log } = ports;
  const ids = new Set(surplus.map(({ id }) => id));
  await updateDocument(store, { kind: "release", id: release.id }, (before) => ({
    body: {
      ...before,
      instances: before.instances.map((instance) =>
        ids.has(instance.id) ? { ...instance, state: "draining" as const } : instance,
      ),
    },
  }));
  await routes.publish();
  const drained = await untilAborted(dataPlane.drain([...ids], drainTimeoutMs), signal);
  if (drained === undefined) return;
  const { cut } = drained;
  if (cut > 0) log.info("instance.drain_timed_out", { release: release.id, cut });
  await Promise.all([...ids].map(async (id) => await runtime.stop(id, artifact.plan.stopGraceMs)));
  await updateDocument(store, { kind: "release", id: release.id }, (before) => ({
    body: { ...before, instances: before.instances.filter(({ id }) => !ids.has(id)) },
  }));
}

/** Gives what the promise gives, or `undefined` as soon as the signal aborts. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const abort = (): void => resolve(undefined);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Whether requests are routed to the release: what runs for it is then never taken away. */
export async function carriesWeight(release: Release, { store }: RolloutPorts): Promise<boolean> {
  const app = await store.get("app", release.app);
  if (app === undefined) return false;
  const { activeRollout } = app.body;
  const rollout =
    activeRollout === undefined ? undefined : await store.get("rollout", activeRollout);
  const isMoving = rollout !== undefined && !finalRolloutStates.has(rollout.body.state);
  if (isMoving && rollout.body.publishedAt !== undefined) {
    return carriesWeightInBake(release.id, rollout.body);
  }
  if (app.body.liveRelease === release.id) return app.body.deletedAt === undefined;
  // By chance, by rule or by its preview address: users may reach a candidate that is not taken out.
  return isMoving && rollout.body.candidate === release.id && !isTakenOut(rollout.body);
}

function carriesWeightInBake(release: Release["id"], rollout: Rollout): boolean {
  const { baseline, candidate, exposure } = rollout;
  if (release === candidate) return exposure > 0;
  return release === baseline && exposure < bucketCount;
}
