/**
 * A push that git has accepted is written down as a change: once, and in the order of the pushes. The
 * app's document is written with it, so that of two who look at the same app only one can be right.
 */
import { some } from "#std";
import { type AppName, type Change, finalChangeStates, type ObjectId, type Stored } from "#domain";
import { updateDocument } from "#delivery/rollout";
import { changeOf, type Push } from "#delivery/source";
import { containedAgain } from "./contained.ts";
import { conflictsMax, recentChanges } from "./limits.ts";
import { foldChange } from "./pipeline.ts";
import type { DeliveryPorts } from "./ports.ts";
import { supersededEntry } from "./superseded.ts";

interface Recorded {
  readonly change: Change;
  /** The journal's place before the change's first entry. */
  readonly after: number;
}

/**
 * Writes the change down and sets it on its way; `undefined` when this commit is the newest change, or
 * the app is gone. Throws when the store is away: then nothing, or everything, was written.
 */
export async function recordChange(
  push: Push,
  ports: DeliveryPorts,
): Promise<Recorded | undefined> {
  for (let attempt = 0; attempt < conflictsMax; attempt += 1) {
    const app = await ports.store.get("app", push.app);
    if (app === undefined || app.body.deletedAt !== undefined) return undefined;
    const recent = await ports.store.list("change", { app: push.app, limit: recentChanges });
    if (recent[0]?.body.commit === push.after) return undefined;
    const fresh = await changeFrom(push, ports);
    const isLive = await isWhatRuns(fresh, app.body.liveRelease, ports);
    const isDone = isLive && app.body.activeRollout === undefined;
    const contains = await containedAgain({ ...fresh, live: app.body.liveRelease }, ports);
    const change: Change = {
      ...fresh,
      ...(contains.length === 0 ? {} : { contains }),
      ...(isDone ? { state: "unchanged" } : {}),
    };
    const written = await ports.store.commit({
      entries: [
        {
          type: "dev.cdevents.change.merged",
          app: push.app,
          change: change.id,
          actor: push.pushedBy,
          ...some("by", push.by),
          data: { change },
        },
      ],
      documents: [
        { kind: "change", id: change.id, app: push.app, body: change, ifVersion: 0 },
        { kind: "app", id: app.id, app: push.app, body: app.body, ifVersion: app.version },
      ],
      enqueue: [{ kind: "deliver", key: change.id, app: push.app }],
    });
    if (!written.ok) continue;
    await supersedeOlder(change, recent, ports);
    return { change, after: (written.value[0]?.seq ?? 1) - 1 };
  }
  throw new Error(`the app ${push.app} changed faster than a push to it could be written down`);
}

async function changeFrom(push: Push, { repositories, clock }: DeliveryPorts): Promise<Change> {
  const [commit, diffStat] = await Promise.all([
    repositories.commit(push.app, push.after),
    repositories.diffStat(push.app, push.before, push.after),
  ]);
  if (!commit.ok) throw new Error(`${push.after} is not in the repository of ${push.app}`);
  return changeOf(
    { push, commit: commit.value, diffStat },
    { now: clock.now(), random: () => clock.random() },
  );
}

/** Whether what everybody runs was made from this very tree. */
async function isWhatRuns(
  change: Change,
  live: string | undefined,
  { store }: DeliveryPorts,
): Promise<boolean> {
  const release = live === undefined ? undefined : await store.get("release", live);
  const artifact =
    release === undefined ? undefined : await store.get("artifact", release.body.artifact);
  return artifact?.body.tree === change.tree;
}

/** Older changes that have not met a user give way at once; one in a rollout does when this one is ready. */
async function supersedeOlder(
  change: Change,
  recent: readonly Stored<Change>[],
  { store, wakes, clock }: DeliveryPorts,
): Promise<void> {
  for (const { id, body: older } of recent.filter(({ body }) => canGiveWay(body))) {
    const entry = supersededEntry(older, change.id, "source");
    await updateDocument(store, { kind: "change", id }, (body) =>
      canGiveWay(body)
        ? {
            body: foldChange(body, entry, clock.now()),
            entries: [entry],
            enqueue: [{ kind: "deliver", key: id, app: older.app }],
          }
        : undefined,
    );
    wakes.wake(id);
  }
}

function canGiveWay({ state, rollout }: Change): boolean {
  return !finalChangeStates.has(state) && rollout === undefined;
}

/**
 * After a crash: a branch that moved without its change being written down becomes a change now, so that
 * an acknowledged push is never lost.
 */
export async function recordMissed(
  app: AppName,
  branch: string,
  ports: DeliveryPorts,
): Promise<ObjectId | undefined> {
  const head = await ports.repositories.head(app, branch);
  if (head === undefined) return undefined;
  const [newest] = await ports.store.list("change", { app, limit: 1 });
  if (newest?.body.commit === head) return undefined;
  const recorded = await recordChange(
    {
      app,
      branch,
      after: head,
      ...(newest === undefined ? {} : { before: newest.body.commit }),
      options: { wait: false, detach: true },
      pushedBy: "recovery",
      receivedAt: ports.clock.now(),
    },
    ports,
  );
  return recorded === undefined ? undefined : head;
}
