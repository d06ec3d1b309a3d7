/**
 * The way back in one transaction: the restored release is live, the one before is warm, the change that
 * is taken back has a new outcome, and a rollout of its own says why.
 */
import {
  type App,
  bucketCount,
  type DocumentPut,
  type NewEntry,
  type Release,
  type Rollout,
  type RolloutPolicy,
  type Stored,
} from "#domain";
import { beginRollout } from "./begin-rollout.ts";
import { numberTaken, releasePut } from "./new-release.ts";
import { foldChange } from "./pipeline.ts";
import { type DeliveryPorts } from "./ports.ts";
import { type Targets } from "./roll-back-target.ts";

export interface Restored extends Targets {
  readonly release: Release;
  readonly policy: RolloutPolicy;
  /** Whether the target's processes still run: they become the restored release's. */
  readonly isWarm: boolean;
  readonly actor: string;
}

/** Gives `undefined` when the app changed in between and the caller starts over. */
export async function writeRestored(
  app: Stored<App>,
  { release, target, live, policy, isWarm, actor }: Restored,
  ports: DeliveryPorts,
): Promise<Release | undefined> {
  const { store, clock } = ports;
  const now = clock.now();
  const restored: Release = { ...release, state: "live", publishedAt: now };
  const because = `${actor} went back from v${live.body.number} to v${target.body.number}`;
  const { rollout: begun } = beginRollout(
    app,
    { release: restored, baseline: live.body, policy },
    ports,
  );
  const rollout: Rollout = {
    ...begun,
    state: "promoted",
    exposure: bucketCount,
    firstExposedAt: now,
    finishedAt: now,
    reason: because,
  };
  const bad = await badEnding(
    live.body,
    { because, restored: target.body.number, rollout, now },
    ports,
  );
  const put = (stored: Stored<Release>, body: Partial<Release>): DocumentPut => ({
    kind: "release",
    id: stored.id,
    app: release.app,
    body: { ...stored.body, ...body },
    ifVersion: stored.version,
  });
  const written = await store.commit({
    entries: [...bad.entries, publishedEntry(restored, rollout, ports)],
    documents: [
      numberTaken({ ...app, body: { ...app.body, liveRelease: restored.id } }),
      releasePut(restored),
      { kind: "rollout", id: rollout.id, app: release.app, body: rollout },
      put(live, { state: "warm" }),
      ...(isWarm ? [put(target, { state: "stopped", instances: [] })] : []),
      ...bad.documents,
    ],
    enqueue: [
      { kind: "tidy", key: `converge:${restored.id}`, app: release.app },
      { kind: "tidy", key: `converge:${live.id}`, app: release.app },
      { kind: "tidy", key: `cool:${live.id}`, app: release.app, dueAt: now + policy.warmMs },
      { kind: "deliver", key: live.body.change, app: release.app },
    ],
  });
  return written.ok ? restored : undefined;
}

/** The change that is taken back has a new outcome; its author hears of it. */
async function badEnding(
  live: Release,
  facts: {
    readonly because: string;
    readonly restored: number;
    readonly rollout: Rollout;
    readonly now: number;
  },
  { store }: DeliveryPorts,
): Promise<{ readonly entries: readonly NewEntry[]; readonly documents: readonly DocumentPut[] }> {
  const change = await store.get("change", live.change);
  const before =
    change?.body.rollout === undefined
      ? undefined
      : await store.get("rollout", change.body.rollout);
  const entry: NewEntry<"dev.cdevents.service.rolledback"> = {
    type: "dev.cdevents.service.rolledback",
    app: live.app,
    change: live.change,
    actor: "rollout",
    data: {
      rollout: before?.body.id ?? facts.rollout.id,
      release: live.id,
      number: live.number,
      restored: facts.restored,
      because: facts.because,
      verdict: (before?.body ?? facts.rollout).verdict,
      totals: (before?.body ?? facts.rollout).totals,
      exposedMs: facts.now - (before?.body.firstExposedAt ?? facts.now),
    },
  };
  const documents: readonly DocumentPut[] =
    change === undefined
      ? []
      : [
          {
            kind: "change",
            id: change.id,
            app: live.app,
            body: foldChange(change.body, entry, facts.now),
            ifVersion: change.version,
          },
        ];
  return { entries: [entry], documents };
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
