/**
 * The way back, at once and for everybody: a release that was good has its proof already. It comes back
 * as a new release with the old one's artifact and configuration, and with its very processes if they
 * are still warm.
 */
import { err, ok, type Result } from "#std";
import {
  type App,
  type AppName,
  bucketCount,
  type DocumentPut,
  type NewEntry,
  type NotFound,
  type Release,
  type Rollout,
  type Stored,
  type Unavailable,
  type WrongState,
} from "#domain";
import { foldChange } from "./pipeline.ts";
import { type Hands } from "./hands.ts";
import { makeRoom } from "./make-room.ts";
import { beginRollout, newRelease, numberTaken, releasePut, startVerified } from "./roll-out.ts";

const conflictsMax = 20;
const stepAsideTimeoutMs = 30_000;
const releasesSearched = 1_000;

interface Wish {
  readonly app: AppName;
  readonly to: number | undefined;
  readonly actor: string;
}

type Outcome = Result<
  { readonly release: Release; readonly elapsedMs: number },
  NotFound | WrongState | Unavailable
>;

export async function rollBack(wish: Wish, hands: Hands): Promise<Outcome> {
  const { ports } = hands;
  const { store, clock } = ports;
  const startedAt = clock.now();
  const signal = AbortSignal.timeout(stepAsideTimeoutMs);
  for (let attempt = 0; attempt < conflictsMax; attempt += 1) {
    await makeRoom(
      wish.app,
      { by: wish.actor, reason: `rolled back by ${wish.actor}` },
      { ports, signal },
    );
    const app = await store.get("app", wish.app);
    if (app === undefined) return err({ code: "not_found", what: "app", name: wish.app });
    const target = await targetOf(app.body, wish, hands);
    if (!target.ok) return target;
    const restored = await restore(app, target.value, wish, hands, signal);
    if (restored === undefined) continue;
    if (!restored.ok) return restored;
    await hands.routes.publish(signal);
    return ok({ release: restored.value, elapsedMs: clock.now() - startedAt });
  }
  return err({
    code: "unavailable",
    what: "rollback",
    reason: "the app changed while it was rolled back",
    retryAfterMs: 1_000,
  });
}

interface Targets {
  readonly target: Stored<Release>;
  readonly live: Stored<Release>;
}

/** The release asked for, or the one that was live before the one that is. */
async function targetOf(
  app: App,
  { to }: Wish,
  { ports: { store } }: Hands,
): Promise<Result<Targets, NotFound | WrongState>> {
  const live =
    app.liveRelease === undefined ? undefined : await store.get("release", app.liveRelease);
  if (live === undefined) {
    return err({
      code: "wrong_state",
      what: "app",
      state: "without a live release",
      next: "push a change first",
    });
  }
  const releases = await store.list("release", { app: app.name, limit: releasesSearched });
  const others = releases.filter(({ id }) => id !== live.id);
  const wasLive = others.filter(({ body }) => body.publishedAt !== undefined);
  const target =
    to === undefined
      ? // What the live one restored is what it is: going back from it means before that.
        wasLive.find(
          ({ body }) => body.number < (restoredNumber(live.body, releases) ?? live.body.number),
        )
      : others.find(({ body }) => body.number === to);
  if (target === undefined) {
    return err({
      code: "not_found",
      what: "release",
      name: to === undefined ? `before v${live.body.number}` : `v${to}`,
    });
  }
  if (target.body.publishedAt === undefined) {
    return err({
      code: "wrong_state",
      what: `release v${target.body.number}`,
      state: "never let in",
      next: "choose a release that everybody had: tidegate release list",
    });
  }
  return ok({ target, live });
}

function restoredNumber(live: Release, releases: readonly Stored<Release>[]): number | undefined {
  return releases.find(({ id }) => id === live.restores)?.body.number;
}

/** Gives `undefined` when the app changed in between and the caller starts over. */
async function restore(
  app: Stored<App>,
  targets: Targets,
  wish: Wish,
  { ports }: Hands,
  signal: AbortSignal,
): Promise<Result<Release, Unavailable> | undefined> {
  const { target } = targets;
  const artifact = await ports.store.get("artifact", target.body.artifact);
  if (artifact === undefined) return gone(target.body);
  const fresh = newRelease(
    app.body,
    {
      change: target.body.change,
      artifact: artifact.body,
      cause: "rollback",
      configVersion: target.body.configVersion,
      restores: target.body.id,
    },
    ports.clock,
  );
  const isWarm = target.body.state === "warm" && target.body.instances.length > 0;
  if (isWarm) {
    const release = { ...fresh, instances: target.body.instances, ...levelOf(target.body) };
    return await writeRestored(app, { ...targets, release, isWarm }, wish, ports);
  }
  await ports.store.commit({ documents: [releasePut(fresh)] });
  const started = await startVerified(fresh, ports, signal);
  if (!started.ok) {
    await ports.store.commit({
      documents: [releasePut({ ...fresh, state: "failed", problem: started.error })],
    });
    return err({
      code: "unavailable",
      what: `v${target.body.number}`,
      reason: started.error.message,
      retryAfterMs: 0,
    });
  }
  return await writeRestored(
    app,
    { ...targets, release: started.value.release, isWarm },
    wish,
    ports,
  );
}

function levelOf({ sandboxLevel }: Release): Pick<Release, "sandboxLevel"> {
  return sandboxLevel === undefined ? {} : { sandboxLevel };
}

function gone(target: Release): Result<Release, Unavailable> {
  return err({
    code: "unavailable",
    what: `v${target.number}`,
    reason: "its artifact is no longer kept",
    retryAfterMs: 0,
  });
}

interface Restored extends Targets {
  readonly release: Release;
  readonly isWarm: boolean;
}

async function writeRestored(
  app: Stored<App>,
  { release, target, live, isWarm }: Restored,
  wish: Wish,
  ports: Hands["ports"],
): Promise<Result<Release, Unavailable> | undefined> {
  const { store, clock } = ports;
  const now = clock.now();
  const restored: Release = { ...release, state: "live", publishedAt: now };
  const because = `${wish.actor} went back from v${live.body.number} to v${target.body.number}`;
  const policy = (await store.get("artifact", release.artifact))?.body.plan.rollout;
  if (policy === undefined) return gone(target.body);
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
    app: wish.app,
    body: { ...stored.body, ...body },
    ifVersion: stored.version,
  });
  const numbered = numberTaken(app);
  const written = await store.commit({
    entries: [...bad.entries, publishedEntry(restored, rollout, ports)],
    documents: [
      { ...numbered, body: { ...numbered.body, liveRelease: restored.id } } as DocumentPut,
      releasePut(restored),
      { kind: "rollout", id: rollout.id, app: wish.app, body: rollout },
      put(live, { state: "warm" }),
      ...(isWarm ? [put(target, { state: "stopped", instances: [] })] : []),
      ...bad.documents,
    ],
    enqueue: [
      { kind: "tidy", key: `converge:${restored.id}`, app: wish.app },
      { kind: "tidy", key: `converge:${live.id}`, app: wish.app },
      { kind: "tidy", key: `cool:${live.id}`, app: wish.app, dueAt: now + policy.warmMs },
      { kind: "deliver", key: live.body.change, app: wish.app },
    ],
  });
  return written.ok ? ok(restored) : undefined;
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
  { store }: Hands["ports"],
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
  { dataPlane }: Hands["ports"],
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
