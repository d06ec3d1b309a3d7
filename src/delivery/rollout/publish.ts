/**
 * Puts into effect what the documents say. The table is a document like any other, so its version rises
 * over restarts and over servers, and an edge never goes back to an older one.
 */
import { canonicalJson } from "#std";
import {
  type App,
  finalRolloutStates,
  type Receipt,
  type ReleaseId,
  type Rollout,
  type RouteTable,
  type Stored,
} from "#domain";
import { publishTimeoutMs } from "./limits.ts";
import { listAll } from "./list-all.ts";
import type { RolloutPorts } from "./ports.ts";
import { inStep, knownTargets, routesOf, type Routed } from "./routes.ts";

const conflictsMax = 20;

export interface RoutePublisher {
  /**
   * Resolves when every edge that is up routes by the documents as they are now, or later. It takes no
   * signal: callers share a run, and none may cut short the wait of another.
   */
  publish(): Promise<Receipt>;
  /**
   * Releases that are being started again after everything was stopped. One of which nothing is ready leads where it
   * led before, which the edges answer as starting; else its users would be moved to another, and back.
   */
  readonly startingAgain: Set<ReleaseId>;
}

export function routePublisher(ports: RolloutPorts): RoutePublisher {
  let running: Promise<Receipt> | undefined;
  let queued: Promise<Receipt> | undefined;
  const startingAgain = new Set<ReleaseId>();

  async function publishNow(): Promise<Receipt> {
    const signal = AbortSignal.timeout(publishTimeoutMs);
    for (let attempt = 0; attempt < conflictsMax; attempt += 1) {
      const stored = await ports.store.get("routes", "current");
      const table = await nextTable(ports, stored, startingAgain);
      if (table === stored?.body) return await ports.dataPlane.apply(table, signal);
      const written = await ports.store.commit({
        documents: [
          { kind: "routes", id: "current", body: table, ifVersion: stored?.version ?? 0 },
        ],
      });
      if (written.ok) return await ports.dataPlane.apply(table, signal);
    }
    throw new Error("the route table changed faster than it could be published");
  }

  return {
    startingAgain,
    // One at a time; whoever asks while one runs shares the next, which reads the newest documents.
    async publish() {
      if (running === undefined) {
        running = publishNow().finally(() => {
          running = undefined;
        });
        return await running;
      }
      queued ??= running
        .catch(() => undefined)
        .then(async () => {
          queued = undefined;
          return await this.publish();
        });
      return await queued;
    },
  };
}

async function nextTable(
  ports: RolloutPorts,
  stored: Stored<RouteTable> | undefined,
  startingAgain: ReadonlySet<ReleaseId>,
): Promise<RouteTable> {
  const apps = await listAll(ports.store, "app");
  const routed = await Promise.all(
    apps
      .filter(({ body }) => body.deletedAt === undefined)
      .map(async ({ body }) => await routedOf(ports, body)),
  );
  const routes = routesOf(inStep(routed), knownTargets(stored?.body, startingAgain));
  if (stored !== undefined && canonicalJson(stored.body.apps) === canonicalJson(routes)) {
    return stored.body;
  }
  return { version: (stored?.body.version ?? 0) + 1, apps: routes };
}

async function routedOf(ports: RolloutPorts, app: App): Promise<Routed> {
  const { store } = ports;
  const [live, rollout] = await Promise.all([
    app.liveRelease === undefined ? undefined : store.get("release", app.liveRelease),
    app.activeRollout === undefined ? undefined : store.get("rollout", app.activeRollout),
  ]);
  const isMoving = rollout !== undefined && !finalRolloutStates.has(rollout.body.state);
  if (rollout !== undefined && !isMoving) {
    // It ended after its app was read: what is live changed with it.
    const now = await store.get("app", app.name);
    if (now !== undefined && now.body.activeRollout !== app.activeRollout) {
      return await routedOf(ports, now.body);
    }
  }
  return {
    app,
    ...(live === undefined ? {} : { live: live.body }),
    ...(rollout === undefined ? {} : { rollout: rollout.body }),
    ...(isMoving ? await armsOf(ports, rollout.body) : {}),
  };
}

/** While a rollout bakes, its baseline is not what is live. */
async function armsOf(
  { store }: RolloutPorts,
  { candidate: toCandidate, baseline: toBaseline, publishedAt }: Rollout,
): Promise<Pick<Routed, "baseline" | "candidate">> {
  const isBefore = publishedAt !== undefined && toBaseline !== undefined;
  const [candidate, baseline] = await Promise.all([
    store.get("release", toCandidate),
    isBefore ? store.get("release", toBaseline) : undefined,
  ]);
  return {
    ...(candidate === undefined ? {} : { candidate: candidate.body }),
    ...(baseline === undefined ? {} : { baseline: baseline.body }),
  };
}
