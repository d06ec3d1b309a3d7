/**
 * A push becomes a change, and the change's story goes back over the push that is still open.
 */
import {
  type AppName,
  type Change,
  finalChangeStates,
  type NewEntry,
  type ObjectId,
  type Stored,
} from "#domain";
import { mayPushEnd, renderLogLine, renderPushEnd } from "#delivery/feedback";
import { updateDocument } from "#delivery/rollout";
import { changeOf, type Push } from "#delivery/source";
import { foldChange } from "./pipeline.ts";
import { type DeliveryPorts } from "./ports.ts";
import { story } from "./story.ts";

/** How many of an app's newest changes are looked at for ones that a push makes obsolete. */
const recentChanges = 20;

/**
 * Takes an accepted push of the tracked branch and yields the lines its author reads. Leaving the loop
 * early (the client went away) changes nothing for the delivery.
 */
export async function* receivePush(
  push: Push,
  ports: DeliveryPorts,
  signal: AbortSignal,
): AsyncIterable<string> {
  const app = await ports.store.get("app", push.app);
  if (app === undefined || push.branch !== app.body.trackedBranch) {
    yield `stored. Only ${app?.body.trackedBranch ?? "main"} is delivered; ${push.branch} is not.`;
    return;
  }
  const recorded = await recordChange(push, ports);
  if (recorded === undefined) {
    yield "this commit is a change already: nothing to do";
    return;
  }
  const mode = push.options.wait ? "wait" : "default";
  if (push.options.detach) {
    yield `delivering ${recorded.change.id} in the background`;
    yield `next: tidegate change watch ${recorded.change.id}`;
    return;
  }
  const told = { change: recorded.change.id, after: recorded.after };
  for await (const event of story(told, ports, signal)) {
    if (event.kind === "log") {
      yield renderLogLine(event.text);
      continue;
    }
    yield* event.lines;
    if (mayPushEnd(event.entry, mode)) {
      yield* renderPushEnd(event.entry, recorded.change);
      return;
    }
  }
}

interface Recorded {
  readonly change: Change;
  /** The journal's place before the change's first entry. */
  readonly after: number;
}

/** Writes the change down and sets it on its way; `undefined` when this commit is the newest change. */
export async function recordChange(
  push: Push,
  ports: DeliveryPorts,
): Promise<Recorded | undefined> {
  const { store, repositories, clock } = ports;
  const recent = await store.list("change", { app: push.app, limit: recentChanges });
  if (recent[0]?.body.commit === push.after) return undefined;
  const commit = await repositories.commit(push.app, push.after);
  if (!commit.ok) throw new Error(`${push.after} is not in the repository of ${push.app}`);
  const diffStat = await repositories.diffStat(push.app, push.before, push.after);
  const fresh = changeOf(
    { push, commit: commit.value, diffStat },
    { now: clock.now(), random: () => clock.random() },
  );
  const change = (await runsAlready(fresh, ports))
    ? { ...fresh, state: "unchanged" as const }
    : fresh;
  const written = await store.commit({
    entries: [
      {
        type: "dev.cdevents.change.merged",
        app: push.app,
        change: change.id,
        actor: push.pushedBy,
        data: { change },
      },
    ],
    documents: [{ kind: "change", id: change.id, app: push.app, body: change, ifVersion: 0 }],
    enqueue: [{ kind: "deliver", key: change.id, app: push.app }],
  });
  if (!written.ok) return undefined;
  if (change.state === "delivering") await supersedeOlder(change, recent, ports);
  return { change, after: (written.value[0]?.seq ?? 1) - 1 };
}

/** Whether what everybody runs was made from this very tree, and nothing is on its way. */
async function runsAlready(change: Change, { store }: DeliveryPorts): Promise<boolean> {
  const app = await store.get("app", change.app);
  if (app?.body.liveRelease === undefined || app.body.activeRollout !== undefined) return false;
  const release = await store.get("release", app.body.liveRelease);
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
  const waiting = recent.filter(
    ({ body }) => !finalChangeStates.has(body.state) && body.rollout === undefined,
  );
  for (const { id, body: older } of waiting) {
    const entry: NewEntry = {
      type: "dev.tidegate.change.superseded",
      app: older.app,
      change: older.id,
      actor: "source",
      data: { by: change.id },
    };
    await updateDocument(store, { kind: "change", id }, (body) =>
      finalChangeStates.has(body.state) || body.rollout !== undefined
        ? undefined
        : { body: foldChange(body, entry, clock.now()), entries: [entry] },
    );
    await store.commit({ enqueue: [{ kind: "deliver", key: id, app: older.app }] });
    wakes.wake(id);
  }
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
