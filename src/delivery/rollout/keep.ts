/**
 * Keeps the processes of releases as their states want them: starts what is missing, takes away what
 * is too much, starts again what ended. What is to run is in the release's document before it runs.
 */
import { backoffMs } from "#std";
import type { InstanceExit, Release, ReleaseId } from "#domain";
import { startInstance } from "./deploy.ts";
import { noteExit } from "./exits.ts";
import { desiredProcesses, runOfExits, surplusOf, withMissing } from "./formation.ts";
import { orphanGraceMs, restartBackoff, startingAgainMsMax } from "./limits.ts";
import { candidatesOf } from "./fresh-instances.ts";
import { listAll } from "./list-all.ts";
import type { RolloutPorts } from "./ports.ts";
import type { RoutePublisher } from "./publish.ts";
import { partsOf } from "./release-parts.ts";
import { carriesWeight, takeAway } from "./take-away.ts";
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

interface Hands {
  readonly ports: RolloutPorts;
  readonly routes: RoutePublisher;
  readonly signal: AbortSignal;
}

export function keeper(ports: RolloutPorts, routes: RoutePublisher): Keeper {
  const inTurn = turns();
  const attempt = async (release: ReleaseId, signal: AbortSignal): Promise<boolean> =>
    await inTurn(release, async () => await convergeOnce(release, { ports, routes, signal }));

  /** A store that is away, too, is a reason to try again and not to give up. */
  async function persist(release: ReleaseId, signal: AbortSignal): Promise<void> {
    for (let failures = 1, isDone = false; !isDone; failures += 1) {
      const pauseMs = backoffMs(restartBackoff, failures, ports.clock.random());
      await ports.clock.sleep(pauseMs, signal);
      if (signal.aborted) return;
      isDone = await attempt(release, signal).catch((error: unknown) => {
        ports.log.warn("release.converge_failed", { release, failures, error });
        return false;
      });
    }
  }

  const converge: Keeper["converge"] = async (release, signal) => {
    if (!(await attempt(release, signal))) void persist(release, signal);
  };

  return {
    converge,
    async onExit(exit, signal) {
      const release = await noteExit(exit, ports);
      if (release === undefined) return;
      await routes.publish();
      const restarts = Math.max(1, runOfExits(release.crash)) - 1;
      const pauseMs = backoffMs(restartBackoff, restarts, ports.clock.random());
      await ports.clock.sleep(pauseMs, signal);
      if (!signal.aborted) await converge(release.id, signal);
    },
    async reconcile(signal) {
      // First what runs, then what is written: what is started in between is written before.
      const running = await ports.runtime.instances();
      const releases = await kept(ports);
      const named = new Set(releases.flatMap(({ instances }) => instances.map(({ id }) => id)));
      const orphans = running.filter(({ id }) => !named.has(id));
      await Promise.all(orphans.map(async ({ id }) => await ports.runtime.stop(id, orphanGraceMs)));
      const alive = new Set(running.map(({ id }) => id));
      const startAgain = startingAgain(
        { ports, routes, signal },
        running.length === 0 ? releases : [],
      );
      await Promise.all(
        releases.map(async (release) => {
          await forgetLost(release, alive, ports);
          // One that is starting is taken up by whoever delivers it.
          if (release.state === "starting") return;
          // What hinders one release, such as a full disk, must not keep the server from all others.
          await converge(release.id, signal).catch((error: unknown) => {
            ports.log.warn("release.converge_failed", { release: release.id, failures: 1, error });
            void persist(release.id, signal);
          });
          await startAgain.isOver(release.id);
        }),
      );
    },
  };
}

/** Runs work one at a time per release, in the order in which it was asked for. */
function turns(): (key: ReleaseId, work: () => Promise<boolean>) => Promise<boolean> {
  const last = new Map<ReleaseId, Promise<unknown>>();
  return async (key, work) => {
    const mine = (last.get(key) ?? Promise.resolve()).then(work);
    const settled = mine.catch(() => undefined);
    last.set(key, settled);
    try {
      return await mine;
    } finally {
      if (last.get(key) === settled) last.delete(key);
    }
  };
}

/** Gives whether all that should run does, and nothing else. */
async function convergeOnce(id: ReleaseId, hands: Hands): Promise<boolean> {
  const { ports, routes } = hands;
  const parts = await partsOf(id, ports);
  if (parts === undefined) return true;
  const surplus = surplusOf(parts.release, await candidatesOf(parts.release, ports));
  if (surplus.length > 0) {
    const isOver = desiredProcesses(parts.release).size === 0;
    if (isOver && (await carriesWeight(parts.release, ports))) {
      ports.log.error("release.stop_refused", { release: id, state: parts.release.state });
      return true;
    }
    await takeAway(parts, surplus, hands);
    if (hands.signal.aborted) return true; // what is left is for the next server to see to
  }
  const planned = await updateDocument(ports.store, { kind: "release", id }, (release) => {
    const instances = withMissing(release);
    const isSame = instances.every((instance, index) => instance === release.instances[index]);
    return isSame && instances.length === release.instances.length
      ? undefined
      : { body: { ...release, instances } };
  });
  // Fresh instances start with their candidate, and are started by who starts it.
  const starting =
    planned?.body.instances.filter(
      ({ state, freshFor }) => state === "starting" && freshFor === undefined,
    ) ?? [];
  const results = await Promise.all(
    starting.map(async (instance) => await startInstance(parts, instance, ports)),
  );
  for (const result of results) {
    if (!result.ok) ports.log.warn("instance.start_failed", { release: id, ...result.error });
  }
  if (starting.length > 0) await routes.publish();
  return results.every(({ ok }) => ok);
}

/**
 * Keeps users where they are while what served them is started again: until a release has been, or for a time. Only
 * where nothing ran any more: then the edges have been stopped as well, and say of what is not there that it starts.
 */
function startingAgain(
  { ports: { clock, log }, routes, signal }: Hands,
  releases: readonly Release[],
) {
  const served = releases.filter(
    ({ state, instances }) => state !== "starting" && instances.some(isServing),
  );
  for (const { id } of served) routes.startingAgain.add(id);
  const letGo = async (ids: readonly ReleaseId[]): Promise<void> => {
    const were = ids.filter((id) => routes.startingAgain.delete(id));
    if (were.length > 0 && !signal.aborted) await routes.publish();
  };
  if (served.length > 0) {
    void clock
      .sleep(startingAgainMsMax, signal)
      .then(async () => await letGo([...routes.startingAgain]))
      .catch((error: unknown) => log.warn("routes.publish_failed", { error }));
  }
  return { isOver: async (id: ReleaseId) => await letGo([id]) };
}

function isServing({ state }: Release["instances"][number]): boolean {
  return state === "ready";
}

/** Marks instances that a document calls ready and no process answers for; converging starts them anew. */
async function forgetLost(
  release: Release,
  alive: ReadonlySet<string>,
  { store }: RolloutPorts,
): Promise<void> {
  const isLost = ({ id, state }: Release["instances"][number]): boolean =>
    state === "ready" && !alive.has(id);
  if (!release.instances.some(isLost)) return;
  await updateDocument(store, { kind: "release", id: release.id }, (before) => ({
    body: {
      ...before,
      instances: before.instances.map((each) =>
        isLost(each) ? { ...each, state: "exited" as const } : each,
      ),
    },
  }));
}

/** Releases that run something, or should: one that is missing here would be stopped as an orphan. */
async function kept({ store }: RolloutPorts): Promise<readonly Release[]> {
  const releases = await listAll(store, "release");
  return releases
    .map(({ body }) => body)
    .filter(
      ({ state, instances }) => instances.length > 0 || (state !== "stopped" && state !== "failed"),
    );
}
