/**
 * The way back in one transaction: the restored release is live, the one before is warm, changes that are taken
 * back or live again have a new outcome, and a rollout of its own says why.
 */
import {
  type Actor,
  type App,
  type AppName,
  appOnConfig,
  bucketCount,
  type DocumentPut,
  type NewEntry,
  type Release,
  type Rollout,
  type RolloutPolicy,
  signed,
  type Stored,
} from "#domain";
import { beginRollout } from "./begin-rollout.ts";
import { releasesSearched } from "./limits.ts";
import { numberTaken } from "./new-release.ts";
import type { DeliveryPorts } from "./ports.ts";
import type { Targets } from "./roll-back-target.ts";
import { wayBackOutcomes } from "./way-back-outcomes.ts";

interface Restored extends Targets {
  /** Version 0: not stored yet, without a number taken; it takes over the target's processes. */
  readonly release: Stored<Release>;
  readonly policy: RolloutPolicy;
  readonly actor: Actor;
  /** Why, in the words of who asked; empty: they gave none. */
  readonly reason: string;
}

/** Gives `undefined` when the app changed in between and the caller starts over. */
export async function writeRestored(
  app: Stored<App>,
  { release, target, live, policy, actor, reason }: Restored,
  ports: DeliveryPorts,
): Promise<Release | undefined> {
  const { store, clock } = ports;
  const now = clock.now();
  const isHandedOver = release.version === 0;
  const restored: Release = { ...release.body, state: "live", publishedAt: now };
  const whoWent = `${actor.name} went back from v${live.body.number} to v${target.body.number}`;
  const said = withReason(whoWent, { reason });
  const { rollout: begun } = beginRollout(app, { release, baseline: live.body, policy }, ports);
  const rollout: Rollout = {
    ...begun,
    state: "promoted",
    exposure: bucketCount,
    firstExposedAt: now,
    finishedAt: now,
    reason: said,
  };
  const by = { name: actor.name, reason };
  const way = { live: live.body, target: target.body, restored, rollout, by, now };
  const outcomes = await wayBackOutcomes(way, ports);
  const takenBack = { by: actor.name, reason };
  // Users who keep theirs are led away from none: what waits for its turn is not on top of what is left.
  const isConfigKept = live.body.configVersion === restored.configVersion;
  const on = isConfigKept
    ? app.body
    : appOnConfig(app.body, restored.configVersion, { ...takenBack, at: now });
  const body: App = { ...on, liveRelease: restored.id };
  const left = await configsLeft({ app: app.body.name, live, target }, ports);
  const written = await store.commit({
    entries: [
      askedEntry(
        { app: app.body.name, actor, reason },
        { before: live.body.number, after: target.body.number },
      ),
      ...outcomes.entries,
      publishedEntry(restored, rollout, ports),
    ],
    documents: [
      isHandedOver
        ? numberTaken({ ...app, body })
        : { kind: "app", id: app.id, app: body.name, body, ifVersion: app.version },
      put(release, restored),
      { kind: "rollout", id: rollout.id, app: body.name, body: rollout },
      put(live, { state: "warm", ...(isConfigLeft(live.body, target) ? { takenBack } : {}) }),
      ...left.map((each) => put(each, { takenBack })),
      ...(isHandedOver ? [put(target, { state: "stopped", instances: freshOf(target.body) })] : []),
      ...outcomes.documents,
    ],
    enqueue: [
      { kind: "tidy", key: `converge:${restored.id}`, app: body.name },
      { kind: "tidy", key: `converge:${live.id}`, app: body.name },
      ...(freshOf(target.body).length === 0
        ? []
        : [{ kind: "tidy" as const, key: `converge:${target.id}`, app: body.name }]),
      { kind: "tidy", key: `cool:${live.id}`, app: body.name, dueAt: now + policy.warmMs },
      // Their authors hear of it.
      ...outcomes.documents.map(({ id }) => ({
        kind: "deliver" as const,
        key: id,
        app: body.name,
      })),
    ],
  });
  return written.ok ? restored : undefined;
}

interface Way extends Targets {
  readonly app: AppName;
}

/** Of the app's newest releases those for a configuration that everybody had, and that the way back leads behind. */
async function configsLeft(
  { app, live, target }: Way,
  { store }: DeliveryPorts,
): Promise<readonly Stored<Release>[]> {
  const releases = await store.list("release", { app, limit: releasesSearched });
  return releases.filter(
    ({ id, body }) => id !== live.id && id !== target.id && isConfigLeft(body, target),
  );
}

function isConfigLeft(
  { cause, number, publishedAt, takenBack }: Release,
  { body: target }: Stored<Release>,
): boolean {
  const isNewer = cause === "config" && number > target.number;
  return isNewer && publishedAt !== undefined && takenBack === undefined;
}

/** What is not handed over is still to be taken away. */
function freshOf({ instances }: Release): Release["instances"] {
  return instances.filter(({ freshFor }) => freshFor !== undefined);
}

/** Somebody asked for the way back: from which release, to which, as far as it is known. */
export function askedEntry(
  { app, actor, reason }: { readonly app: AppName; readonly actor: Actor; readonly reason: string },
  data: { readonly before?: number; readonly after?: number },
): NewEntry<"dev.tidegate.rollback.asked"> {
  const why = reason === "" ? {} : { reason };
  return { type: "dev.tidegate.rollback.asked", app, ...signed(actor), data: { ...data, ...why } };
}

/** What was done, with the words of who asked for it. */
export function withReason(done: string, { reason }: { readonly reason: string }): string {
  return reason === "" ? done : `${done}: ${reason}`;
}

function put(stored: Stored<Release>, body: Partial<Release>): DocumentPut {
  return {
    kind: "release",
    id: stored.id,
    app: stored.body.app,
    body: { ...stored.body, ...body },
    ifVersion: stored.version,
  };
}

function publishedEntry(
  release: Release,
  rollout: Rollout,
  { dataPlane }: DeliveryPorts,
): NewEntry<"dev.cdevents.service.published"> {
  return {
    type: "dev.cdevents.service.published",
    app: release.app,
    // Not under the change it restores: that change's own story has ended.
    actor: "rollout",
    data: {
      rollout: rollout.id,
      release: release.id,
      number: release.number,
      url: dataPlane.urlOf(`${release.app}.localhost`),
      because: rollout.reason,
      verdict: rollout.verdict,
      totals: rollout.totals,
    },
  };
}
