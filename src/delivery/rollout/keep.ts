/**
 * Keeps the processes of releases as their states want them: starts what is missing, takes away what
 * is too much (out of the table first, then drained, then stopped), starts again what ended.
 */
import { backoffMs } from "#std";
import {
  type Artifact,
  type ConfigVersion,
  type Instance,
  type InstanceExit,
  parseId,
  type Release,
  type ReleaseId,
} from "#domain";
import { startInstance, type Place, type ReleaseParts } from "./deploy.ts";
import { desiredProcesses, recordExit } from "./formation.ts";
import { drainTimeoutMs, restartBackoff } from "./limits.ts";
import { type RolloutPorts } from "./ports.ts";
import { type RoutePublisher } from "./publish.ts";
import { updateDocument } from "./update.ts";

export interface Keeper {
  /**
   * Brings one release's processes in line with its state; calls for one release run in turn. What does
   * not start is tried again in the background, with growing pauses, until `signal` aborts.
   */
  converge(release: ReleaseId, signal: AbortSignal): Promise<void>;
  /** Takes note of an exit nobody asked for, and starts the process again after a pause. */
  onExit(exit: InstanceExit, signal: AbortSignal): Promise<void>;
  /** After a start of the server: stops what belongs to no release, converges all that should run. */
  reconcile(signal: AbortSignal): Promise<void>;
}

export function keeper(ports: RolloutPorts, routes: RoutePublisher): Keeper {
  const turns = new Map<ReleaseId, Promise<void>>();

  async function inTurn(release: ReleaseId, work: () => Promise<boolean>): Promise<boolean> {
    const before = turns.get(release) ?? Promise.resolve();
    const mine = before.catch(() => undefined).then(work);
    const settled = mine.then(
      () => undefined,
      () => undefined,
    );
    turns.set(release, settled);
    try {
      return await mine;
    } finally {
      if (turns.get(release) === settled) turns.delete(release);
    }
  }

  const attempt = async (release: ReleaseId, signal: AbortSignal): Promise<boolean> =>
    await inTurn(release, async () => await convergeOnce(release, { ports, routes }, signal));

  async function persist(release: ReleaseId, signal: AbortSignal, failures: number): Promise<void> {
    await ports.clock.sleep(backoffMs(restartBackoff, failures, ports.clock.random()), signal);
    if (signal.aborted || (await attempt(release, signal))) return;
    await persist(release, signal, failures + 1);
  }

  const converge: Keeper["converge"] = async (release, signal) => {
    if (await attempt(release, signal)) return;
    persist(release, signal, 1).catch((error: unknown) => {
      ports.log.error("release.converge_failed", { release, error });
    });
  };

  return {
    converge,
    async onExit(exit, signal) {
      const release = await noteExit(exit, ports);
      if (release === undefined) return;
      await routes.publish(signal);
      const restarts = release.crash?.exitsAt.length ?? 1;
      await ports.clock.sleep(
        backoffMs(restartBackoff, restarts - 1, ports.clock.random()),
        signal,
      );
      if (!signal.aborted) await converge(release.id, signal);
    },
    async reconcile(signal) {
      const releases = await runnableReleases(ports);
      const known = new Set(
        releases.flatMap(({ state, instances }) =>
          // What `starting` releases run is adopted by the deployment that is taken up again.
          state === "stopped" || state === "failed" ? [] : instances.map(({ id }) => id),
        ),
      );
      const starting = new Set(
        releases.filter(({ state }) => state === "starting").map(({ id }) => String(id)),
      );
      const running = await ports.runtime.instances();
      const orphans = running.filter(({ id, release }) => !known.has(id) && !starting.has(release));
      await Promise.all(orphans.map(async ({ id }) => await ports.runtime.stop(id, 10_000)));
      const alive = new Set(running.map(({ id }) => id));
      await Promise.all(
        releases.map(async (release) => {
          await forgetLost(release, alive, ports);
          if (release.state !== "starting") await converge(release.id, signal);
        }),
      );
    },
  };
}

interface Hands {
  readonly ports: RolloutPorts;
  readonly routes: RoutePublisher;
}

/** Gives whether all that should run does. */
async function convergeOnce(id: ReleaseId, hands: Hands, signal: AbortSignal): Promise<boolean> {
  const { ports, routes } = hands;
  const parts = await partsOf(id, ports);
  if (parts === undefined) return true;
  const wanted = desiredProcesses(parts.release);
  const surplus = surplusOf(parts.release, wanted);
  if (surplus.length > 0) await takeAway(parts, surplus, { hands, signal });
  const places = missingOf(parts.release, wanted);
  let startedCount = 0;
  for (const place of places) {
    const started = await startInstance(parts, place, ports);
    if (!started.ok) {
      ports.log.warn("instance.start_failed", { release: id, problem: started.error.message });
      continue;
    }
    startedCount += 1;
    await updateDocument(ports.store, { kind: "release", id }, (release) => ({
      body: {
        ...release,
        instances: [
          ...release.instances.filter((instance) => !isReplacedBy(instance, place, release)),
          started.value,
        ],
      },
    }));
  }
  if (startedCount > 0) await routes.publish(signal);
  return startedCount === places.length;
}

/** Instances that ended and make room for the new one of the same type. */
function isReplacedBy(instance: Instance, place: Place, release: Release): boolean {
  if (instance.state !== "exited" || instance.processType !== place.processType) return false;
  const ended = release.instances.filter(
    ({ state, processType }) => state === "exited" && processType === place.processType,
  );
  return ended[0]?.id === instance.id;
}

function surplusOf(release: Release, wanted: ReadonlyMap<string, number>): readonly Instance[] {
  const seen = new Map<string, number>();
  return release.instances.filter((instance) => {
    // One that ended is no surplus while its type is wanted: the next start takes its place.
    if (instance.state === "exited") return (wanted.get(instance.processType) ?? 0) === 0;
    const count = (seen.get(instance.processType) ?? 0) + 1;
    seen.set(instance.processType, count);
    return count > (wanted.get(instance.processType) ?? 0);
  });
}

function missingOf(release: Release, wanted: ReadonlyMap<string, number>): readonly Place[] {
  return [...wanted].flatMap(([processType, count]) => {
    const mine = release.instances.filter((instance) => instance.processType === processType);
    const up = mine.filter(({ state }) => state === "ready" || state === "starting");
    const generation = Math.max(-1, ...mine.map(({ restarts }) => restarts)) + 1;
    return Array.from({ length: Math.max(0, count - up.length) }, (_, index) => ({
      processType,
      slot: up.length + index,
      generation,
    }));
  });
}

/** The order of the design: leave the table, wait for the receipt, drain, SIGTERM, wait, SIGKILL. */
async function takeAway(
  parts: ReleaseParts,
  surplus: readonly Instance[],
  { hands: { ports, routes }, signal }: { readonly hands: Hands; readonly signal: AbortSignal },
): Promise<void> {
  const ids = new Set(surplus.map(({ id }) => id));
  await updateDocument(ports.store, { kind: "release", id: parts.release.id }, (release) => ({
    body: {
      ...release,
      instances: release.instances.map((instance) =>
        ids.has(instance.id) ? { ...instance, state: "draining" as const } : instance,
      ),
    },
  }));
  await routes.publish(signal);
  const { cut } = await ports.dataPlane.drain([...ids], drainTimeoutMs);
  if (cut > 0) ports.log.info("instance.drain_timed_out", { release: parts.release.id, cut });
  await Promise.all(
    surplus.map(async ({ id }) => await ports.runtime.stop(id, parts.artifact.plan.stopGraceMs)),
  );
  await updateDocument(ports.store, { kind: "release", id: parts.release.id }, (release) => ({
    body: { ...release, instances: release.instances.filter(({ id }) => !ids.has(id)) },
  }));
}

export async function partsOf(
  id: ReleaseId,
  { store }: RolloutPorts,
): Promise<ReleaseParts | undefined> {
  const release = await store.get("release", id);
  if (release === undefined) return undefined;
  const [artifact, config] = await Promise.all([
    store.get("artifact", release.body.artifact),
    store.get("config", `${release.body.app}:${release.body.configVersion}`),
  ]);
  return artifact === undefined ? undefined : partsFrom(release.body, artifact.body, config?.body);
}

function partsFrom(
  release: Release,
  artifact: Artifact,
  config: ConfigVersion | undefined,
): ReleaseParts {
  return { release, artifact, ...(config === undefined ? {} : { config }) };
}

async function noteExit(exit: InstanceExit, ports: RolloutPorts): Promise<Release | undefined> {
  const parsed = parseId("rel", exit.release);
  if (!parsed.ok) return undefined;
  let isOurs = false;
  const release = await updateDocument(
    ports.store,
    { kind: "release", id: parsed.value },
    (before) => {
      const instance = before.instances.find(({ id }) => id === exit.id);
      isOurs = instance !== undefined && instance.state === "ready";
      if (instance === undefined || !isOurs) return undefined;
      const crash = recordExit(before.crash, exit);
      return {
        body: {
          ...before,
          crash,
          instances: before.instances.map((each) =>
            each.id === exit.id ? { ...each, state: "exited" as const } : each,
          ),
        },
        entries: [
          {
            type: "dev.tidegate.instance.exited",
            app: before.app,
            change: before.change,
            actor: "runtime",
            data: {
              release: before.id,
              instance: exit.id,
              exit: exit.exit,
              restarts: instance.restarts,
              isCrashLoop: crash.isLoop,
            },
          },
        ],
      };
    },
  );
  if (release === undefined || !isOurs) return undefined;
  const app = await ports.store.get("app", release.app);
  if (app?.body.activeRollout !== undefined) ports.wakes.wake(app.body.activeRollout);
  return release;
}

/** Marks instances that a document names and no process answers for; converging starts them anew. */
async function forgetLost(
  release: Release,
  alive: ReadonlySet<string>,
  { store }: RolloutPorts,
): Promise<void> {
  if (release.instances.every(({ id }) => alive.has(id))) return;
  await updateDocument(store, { kind: "release", id: release.id }, (before) => ({
    body: {
      ...before,
      instances: before.instances.map((each) =>
        alive.has(each.id) ? each : { ...each, state: "exited" as const },
      ),
    },
  }));
}

async function runnableReleases({ store }: RolloutPorts): Promise<readonly Release[]> {
  const releases = await store.list("release", { limit: 10_000 });
  return releases
    .map(({ body }) => body)
    .filter(
      ({ state, instances }) => instances.length > 0 || (state !== "stopped" && state !== "failed"),
    );
}
