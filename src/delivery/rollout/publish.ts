/**
 * Puts into effect what the documents say. The table is a document like any other, so its version rises
 * over restarts and over servers, and an edge never goes back to an older one.
 */
import { isSameJson } from "#std";
import type { Receipt, ReleaseId, RouteTable, Stored } from "#domain";
import { publishTimeoutMs } from "./limits.ts";
import type { RolloutPorts } from "./ports.ts";
import { routedApps } from "./routed-apps.ts";
import { inStep, knownTargets, routesOf } from "./routes.ts";

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
  const routed = await routedApps(ports.store);
  const routes = routesOf(inStep(routed), knownTargets(stored?.body, startingAgain));
  if (stored !== undefined && isSameJson(stored.body.apps, routes)) {
    return stored.body;
  }
  return { version: (stored?.body.version ?? 0) + 1, apps: routes };
}
