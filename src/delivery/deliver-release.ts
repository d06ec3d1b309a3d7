/**
 * Delivers a release that no push made: what is live, with another configuration. It waits for its turn
 * and pushes nothing aside. When it comes too late (a push brought the configuration with it, or what is
 * live has changed) it ends, and one on top of what is live now takes its place.
 */
import {
  type App,
  appOnConfig,
  type DocumentPut,
  type Lease,
  parseId,
  type Problem,
  type Release,
  type Stored,
} from "#domain";
import { beginRollout, liveRelease } from "./begin-rollout.ts";
import { keepLease } from "./lease.ts";
import { configTurnMs } from "./limits.ts";
import { endedUnexposed, failedEntry, newRelease, numberTaken, releasePut } from "./new-release.ts";
import type { DeliveryPorts } from "./ports.ts";
import { startCompared } from "./start-compared.ts";
import type { Turn } from "./turn.ts";

export async function deliverRelease(
  lease: Lease,
  ports: DeliveryPorts,
  signal: AbortSignal,
): Promise<void> {
  const id = parseId("rel", lease.key);
  await using kept = keepLease(lease, ports);
  const turn: Turn = { lease: kept, ports, signal: AbortSignal.any([signal, kept.lost]) };
  let isOver = false;
  while (!isOver && !turn.signal.aborted) {
    const release = id.ok ? await ports.store.get("release", id.value) : undefined;
    isOver = await takeStep(release, turn);
  }
}

/** Gives whether there is nothing more to do in this turn. A lost race is no end: look again. */
async function takeStep(release: Stored<Release> | undefined, turn: Turn): Promise<boolean> {
  const { ports, lease } = turn;
  const { store, clock } = ports;
  const app = release === undefined ? undefined : await store.get("app", release.body.app);
  const isGone = app === undefined || app.body.deletedAt !== undefined;
  if (release?.body.state !== "starting" || isGone) {
    await store.commit({ lease: lease.current, finish: "done" });
    return true;
  }
  if (app.body.activeRollout !== undefined) {
    const againAt = clock.now() + configTurnMs;
    await store.commit({ lease: lease.current, finish: { againAt } });
    return true;
  }
  const live = await liveRelease(app, ports);
  const isNewest = release.body.configVersion === app.body.configVersion;
  const isCarried = live === undefined || live.configVersion >= release.body.configVersion;
  if (!isNewest || isCarried || live.artifact !== release.body.artifact) {
    return await replace(release.body, { app, live, isWanted: isNewest && !isCarried }, turn);
  }
  return await startAndBegin(release.body, app, turn);
}

interface Standing {
  readonly app: Stored<App>;
  readonly live: Release | undefined;
}

async function startAndBegin(
  release: Release,
  app: Stored<App>,
  { ports, lease, signal }: Turn,
): Promise<boolean> {
  const artifact = await ports.store.get("artifact", release.artifact);
  if (artifact === undefined) throw new Error(`${release.artifact} is not kept`);
  const { rollout: policy } = artifact.body.plan;
  const { started, freshProblem } = await startCompared({ release, policy }, ports, signal);
  if (signal.aborted) return false;
  if (!started.ok) {
    const failed = await endNotStarted({ release, problem: started.error }, { ports, lease });
    return failed.ok || failed.error.code === "fence_lost";
  }
  const begun = beginRollout(
    app,
    {
      release: started.value.release,
      // Read anew: what was started beside the candidate is in it.
      baseline: await liveRelease(app, ports),
      policy,
      freshProblem,
    },
    ports,
  );
  const written = await ports.store.commit({
    entries: [started.value.entry, ...begun.entries],
    documents: begun.documents,
    enqueue: begun.enqueue,
    lease: lease.current,
    finish: "done",
  });
  return written.ok || written.error.code === "fence_lost";
}

interface NotStarted {
  readonly release: Release;
  readonly problem: Problem;
}

async function endNotStarted(
  { release, problem }: NotStarted,
  { ports, lease }: Pick<Turn, "ports" | "lease">,
): ReturnType<DeliveryPorts["store"]["commit"]> {
  const now = ports.clock.now();
  const { documents, enqueue } = await endedUnexposed(
    release.id,
    { state: "failed", problem },
    ports,
  );
  const without = await withoutConfig(release, { reason: problem.message, at: now }, ports);
  return await ports.store.commit({
    entries: [failedEntry(release, problem, now)],
    documents: [...documents, ...without],
    enqueue,
    lease: lease.current,
    finish: "done",
  });
}

/**
 * The app on the configuration that is live; as it is if another was set, or gone back to, while this one started, or
 * a push began to roll it out: that may start with it, and what everybody has then is not taken back.
 */
async function withoutConfig(
  { app: name, configVersion }: Release,
  why: Parameters<typeof appOnConfig>[2],
  ports: DeliveryPorts,
): Promise<readonly DocumentPut[]> {
  const app = await ports.store.get("app", name);
  const live = app === undefined ? undefined : await liveRelease(app, ports);
  const isCarried = app?.body.activeRollout !== undefined;
  if (app?.body.configVersion !== configVersion || live === undefined || isCarried) return [];
  const body = appOnConfig(app.body, live.configVersion, why);
  return [{ kind: "app", id: app.id, app: name, body, ifVersion: app.version }];
}

/** Ends the release; if its configuration is still wanted, one of what is live now takes its place. */
async function replace(
  release: Release,
  { app, live, isWanted }: Standing & { readonly isWanted: boolean },
  { ports, lease }: Turn,
): Promise<boolean> {
  const { store, clock } = ports;
  const artifact = live === undefined ? undefined : await store.get("artifact", live.artifact);
  const ended = await endedUnexposed(release.id, { state: "stopped" }, ports);
  const next =
    isWanted && live !== undefined && artifact !== undefined
      ? newRelease(
          app.body,
          { change: live.change, artifact: artifact.body, cause: "config" },
          clock,
        )
      : undefined;
  const written = await store.commit({
    documents: [
      ...ended.documents,
      ...(next === undefined ? [] : [numberTaken(app), releasePut(next)]),
    ],
    enqueue: [
      ...ended.enqueue,
      ...(next === undefined
        ? []
        : [{ kind: "deliver" as const, key: next.id, app: app.body.name }]),
    ],
    lease: lease.current,
    finish: "done",
  });
  return written.ok || written.error.code === "fence_lost";
}
