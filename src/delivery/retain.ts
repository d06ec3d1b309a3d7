/**
 * What is kept: the releases one may go back to, and all that runs or is under way. The rest goes, at a
 * time of our choosing: a chore after each delivery and then every hour, which may die anywhere.
 */
import {
  type App,
  type AppName,
  type Change,
  type Digest,
  finalChangeStates,
  type Release,
  type WorkItem,
} from "#domain";
import { listAll } from "#delivery/rollout";
import { evidenceOf } from "./evidence-of.ts";
import { releasesRestorable, releasesSearched, retainAfterMs } from "./limits.ts";
import type { DeliveryPorts } from "./ports.ts";

/** The chores that follow a delivery of this app; one that is waiting already is only moved. */
export function retention(app: AppName, now: number): readonly WorkItem[] {
  const dueAt = now + retainAfterMs;
  return [
    { kind: "tidy", key: `retain:${app}`, app, dueAt },
    { kind: "tidy", key: "sweep", dueAt },
  ];
}

type RetentionPorts = Pick<
  DeliveryPorts,
  "store" | "shelf" | "blobs" | "repositories" | "changeLogs" | "clock" | "log"
>;

/** Removes what an app no longer needs, and gives whether to look again: not when the app is no more. */
export async function retain(name: AppName, ports: RetentionPorts): Promise<"again" | "over"> {
  const { shelf, repositories, clock, log } = ports;
  const now = clock.now();
  const app = await ports.store.get("app", name);
  if (app === undefined || app.body.deletedAt !== undefined) return "over";
  const isNeeded = async (artifact: Digest): Promise<boolean> =>
    (await needed(name, ports)).artifacts.has(artifact);
  const artifacts = await shelf.removeArtifacts(name, now, isNeeded);
  const steps = await shelf.removeUnusedSteps(name, now);
  if ((await needed(name, ports)).isQuiet) {
    await shelf.removeOutgrownCache(name);
    await repositories.maintain(name);
  }
  if (artifacts.count + steps.count > 0) {
    log.info("retention.removed", { app: name, artifacts: artifacts.count, steps: steps.count });
  }
  return "again";
}

/** Removes what was left behind by any app. */
export async function sweep(ports: RetentionPorts): Promise<"again"> {
  const { shelf, changeLogs, blobs, clock, log } = ports;
  const leftovers = await shelf.removeLeftovers(clock.now());
  const logs = await changeLogs.removeOld(clock.now());
  const bundles = await blobs.removeUnneeded(clock.now(), evidenceNeeded(ports));
  if (leftovers.count + logs.count + bundles.count > 0) {
    const removed = { leftovers: leftovers.count, logs: logs.count, bundles: bundles.count };
    log.info("retention.swept", removed);
  }
  return "again";
}

/** Whether a bundle says something about an artifact that some app needs; found out when first asked. */
function evidenceNeeded(ports: RetentionPorts): (bundle: Digest) => Promise<boolean> {
  let bundles: Promise<ReadonlySet<Digest>> | undefined;
  return async (bundle) => (await (bundles ??= bundlesNeeded(ports))).has(bundle);
}

async function bundlesNeeded(ports: RetentionPorts): Promise<ReadonlySet<Digest>> {
  const bundles = new Set<Digest>();
  for (const { body } of await listAll(ports.store, "app")) {
    for (const artifact of (await needed(body.name, ports)).artifacts) {
      for (const { bundle } of await evidenceOf(artifact, ports)) bundles.add(bundle);
    }
  }
  return bundles;
}

async function needed(name: AppName, { store }: RetentionPorts) {
  const [app, releases, changes] = await Promise.all([
    store.get("app", name),
    store.list("release", { app: name, limit: releasesSearched }),
    store.list("change", { app: name, limit: releasesSearched }),
  ]);
  const live =
    app?.body.liveRelease === undefined
      ? undefined
      : await store.get("release", app.body.liveRelease);
  return neededOf({
    app: app?.body,
    // The live one may be older than all that were looked at.
    releases: [...releases.map(({ body }) => body), ...(live === undefined ? [] : [live.body])],
    changes: changes.map(({ body }) => body),
  });
}

export interface Needed {
  readonly artifacts: ReadonlySet<Digest>;
  /** Nothing is being delivered or started. */
  readonly isQuiet: boolean;
}

/** Gives what an app needs. `releases` and `changes`: newest first. */
export function neededOf({
  app,
  releases,
  changes,
}: {
  readonly app: App | undefined;
  readonly releases: readonly Release[];
  readonly changes: readonly Change[];
}): Needed {
  const restorable = releases.filter(({ publishedAt }) => publishedAt !== undefined);
  const running = releases.filter(({ id, state }) => !isOver(state) || id === app?.liveRelease);
  const delivering = changes.filter(({ state }) => !finalChangeStates.has(state));
  const isStarting = releases.some(({ state }) => state === "starting");
  return {
    artifacts: new Set([
      ...[...restorable.slice(0, releasesRestorable), ...running].map(({ artifact }) => artifact),
      ...delivering.flatMap(({ artifact }) => (artifact === undefined ? [] : [artifact])),
    ]),
    isQuiet: delivering.length === 0 && !isStarting && app?.activeRollout === undefined,
  };
}

function isOver(state: Release["state"]): boolean {
  return state === "stopped" || state === "failed";
}
