/**
 * What nobody asks for and everybody needs: pushes that were accepted and not written down become changes,
 * releases that nobody starts any more are given up, and what is no longer needed is let go.
 */
import type { Release, Stored } from "#domain";
import { listAll } from "#delivery/rollout";
import type { Hands } from "./hands.ts";
import { chorePauseMs, releasesSearched, startingTimeoutMs } from "./limits.ts";
import { forEver } from "./loops.ts";
import { endedUnexposed } from "./new-release.ts";
import type { DeliveryPorts } from "./ports.ts";
import { recordMissed } from "./record-change.ts";

/** Until `signal` aborts; the first round comes after a pause, as a start has done the same. */
export async function keepHouse({ ports }: Hands, signal: AbortSignal): Promise<void> {
  await forEver("housekeeping", { ports, signal }, async () => {
    await ports.clock.sleep(chorePauseMs, signal);
    if (signal.aborted) return;
    await takeUpPushes(ports);
    await giveUpForgotten(ports);
  });
}

/** Pushes that were accepted while no server wrote them down. A repository that is damaged hinders no other. */
export async function takeUpPushes(ports: DeliveryPorts): Promise<void> {
  const apps = await listAll(ports.store, "app");
  for (const { body } of apps) {
    if (body.deletedAt !== undefined) continue;
    try {
      const missed = await recordMissed(body.name, body.trackedBranch, ports);
      if (missed !== undefined) ports.log.info("push.taken_up", { app: body.name, commit: missed });
    } catch (error) {
      ports.log.error("push.not_taken_up", { app: body.name, error });
    }
  }
}

/** A way back whose server died while it started: nobody waits for it, and it would run for ever. */
async function giveUpForgotten(ports: DeliveryPorts): Promise<void> {
  const { store, clock, log } = ports;
  const releases = await store.list("release", { limit: releasesSearched });
  const isForgotten = ({ body }: Stored<Release>): boolean =>
    body.state === "starting" &&
    body.cause === "rollback" &&
    clock.now() - body.createdAt > startingTimeoutMs;
  for (const { body } of releases.filter((release) => isForgotten(release))) {
    await store.commit(await endedUnexposed(body.id, { state: "stopped" }, ports));
    log.info("release.given_up", { release: body.id });
  }
}
