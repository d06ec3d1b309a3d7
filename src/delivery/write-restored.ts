/**
 * The way back in one transaction: the restored release is live, the one before is warm, the change that
 * is taken back has a new outcome, and a rollout of its own says why.
 */
import {
  type Actor,
  type App,
  type AppName,
  bucketCount,
  type Change,
  type DocumentPut,
  type NewEntry,
  type Release,
  type Rollout,
  type RolloutPolicy,
  signed,
  type Stored,
} from "#domain";
import { beginRollout } from "./begin-rollout.ts";
import { numberTaken } from "./new-release.ts";
import { foldChange } from "./pipeline.ts";
import type { DeliveryPorts } from "./ports.ts";
import type { Targets } from "./roll-back-target.ts";

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
  const facts = { because: said, rollout, now, target: target.body };
  const bad = await badEnding(live.body, facts, ports);
  const body: App = { ...app.body, liveRelease: restored.id };
  const written = await store.commit({
    entries: [
      askedEntry(
        { app: app.body.name, actor, reason },
        { before: live.body.number, after: target.body.number },
      ),
      ...bad.entries,
      publishedEntry(restored, rollout, ports),
    ],
    documents: [
      isHandedOver
        ? numberTaken({ ...app, body })
        : { kind: "app", id: app.id, app: body.name, body, ifVersion: app.version },
      put(release, restored),
      { kind: "rollout", id: rollout.id, app: body.name, body: rollout },
      put(live, { state: "warm" }),
      ...(isHandedOver ? [put(target, { state: "stopped", instances: freshOf(target.body) })] : []),
      ...bad.documents,
    ],
    enqueue: [
      { kind: "tidy", key: `converge:${restored.id}`, app: body.name },
      { kind: "tidy", key: `converge:${live.id}`, app: body.name },
      ...(freshOf(target.body).length === 0
        ? []
        : [{ kind: "tidy" as const, key: `converge:${target.id}`, app: body.name }]),
      { kind: "tidy", key: `cool:${live.id}`, app: body.name, dueAt: now + policy.warmMs },
      { kind: "deliver", key: live.body.change, app: body.name },
    ],
  });
  return written.ok ? restored : undefined;
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

/**
 * The change that is taken back has a new outcome; its author hears of it. Where only the configuration
 * goes back, the change stays what it is.
 */
async function badEnding(
  live: Release,
  facts: {
    readonly because: string;
    readonly target: Release;
    readonly rollout: Rollout;
    readonly now: number;
  },
  { store }: DeliveryPorts,
): Promise<{ readonly entries: readonly NewEntry[]; readonly documents: readonly DocumentPut[] }> {
  const { because, target, rollout, now } = facts;
  const isCodeBack = target.change !== live.change;
  const change = isCodeBack ? await store.get("change", live.change) : undefined;
  const id = change?.body.rollout;
  // Told with what its own rollout had counted, where it had one.
  const told = (id === undefined ? undefined : (await store.get("rollout", id))?.body) ?? rollout;
  const entry: NewEntry<"dev.cdevents.service.rolledback"> = {
    type: "dev.cdevents.service.rolledback",
    app: live.app,
    ...(isCodeBack ? { change: live.change } : {}),
    actor: "rollout",
    data: {
      rollout: told.id,
      release: live.id,
      number: live.number,
      restored: target.number,
      because,
      verdict: told.verdict,
      totals: told.totals,
      exposedMs: now - (told.firstExposedAt ?? now),
    },
  };
  return { entries: [entry], documents: change === undefined ? [] : [folded(change, entry, now)] };
}

function folded({ id, version, body }: Stored<Change>, entry: NewEntry, now: number): DocumentPut {
  return {
    kind: "change",
    id,
    app: body.app,
    body: foldChange(body, entry, now),
    ifVersion: version,
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
