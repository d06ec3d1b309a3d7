/**
 * From a judged artifact to a rollout under way: make the release, verify its evidence, start it, make
 * room, and hand it to the rollout's controller.
 */
import type { App, Artifact, Change, Problem, Release, Stored } from "#domain";
import { beginRollout, liveRelease } from "./begin-rollout.ts";
import { makeRoom } from "./make-room.ts";
import { endedUnexposed, failedEntry, newRelease, numberTaken, releasePut } from "./new-release.ts";
import { newerChange } from "./newer-change.ts";
import { startCompared } from "./start-compared.ts";
import type { Started } from "./start-verified.ts";
import { supersededEntry } from "./superseded.ts";
import { type Turn, write } from "./turn.ts";

/** The rollout stage's part of a change's delivery; called again until the change has its rollout. */
export async function rollOut(
  stored: Stored<Change>,
  artifact: Artifact,
  turn: Turn,
): Promise<void> {
  const { ports, signal } = turn;
  const change = stored.body;
  if (change.release === undefined) {
    await makeRelease(stored, artifact, turn);
    return;
  }
  const release = await ports.store.get("release", change.release);
  if (release === undefined) throw new Error(`${change.release} is not kept`);
  const { started, freshProblem } = await startCompared(
    { release: release.body, policy: artifact.plan.rollout },
    ports,
    signal,
  );
  if (signal.aborted) return;
  if (!started.ok) {
    await write(stored, turn, {
      entries: [failedEntry(release.body, started.error)],
      ...(await endedUnexposed(
        release.body.id,
        { state: "failed", problem: started.error },
        ports,
      )),
    });
    return;
  }
  await makeRoom(change.app, { by: change.id, reason: "a newer change took its place" }, turn);
  if (signal.aborted) return;
  await begin(stored, { started: started.value, artifact, freshProblem }, turn);
}

interface Ready {
  readonly started: Started;
  readonly artifact: Artifact;
  readonly freshProblem: Problem | undefined;
}

/** The last look before users: what it sees of the app still holds when it is written. */
async function begin(
  stored: Stored<Change>,
  { started, artifact, freshProblem }: Ready,
  turn: Turn,
): Promise<void> {
  const { ports } = turn;
  const change = stored.body;
  const app = await ports.store.get("app", change.app);
  if (app === undefined || app.body.activeRollout !== undefined) return;
  const newer = await newerChange(change, ports);
  if (newer !== undefined) {
    await write(stored, turn, { entries: [supersededEntry(change, newer.id, "rollout")] });
    return;
  }
  if (started.release.body.configVersion !== app.body.configVersion) {
    await giveUp(stored, started.release.body, turn);
    return;
  }
  const begun = beginRollout(
    app,
    {
      release: started.release,
      baseline: await liveRelease(app, ports),
      policy: artifact.plan.rollout,
      freshProblem,
    },
    ports,
  );
  await write(stored, turn, {
    entries: [started.entry, ...begun.entries],
    documents: begun.documents,
    enqueue: begun.enqueue,
    finish: "done",
  });
}

/** The configuration has changed since the release was made: another one is made, with the new. */
async function giveUp(
  { id, version, body }: Stored<Change>,
  release: Release,
  { ports, lease }: Turn,
): Promise<void> {
  const { release: _givenUp, ...without } = body;
  const ended = await endedUnexposed(release.id, { state: "stopped" }, ports);
  await ports.store.commit({
    documents: [
      { kind: "change", id, app: body.app, body: without, ifVersion: version },
      ...ended.documents,
    ],
    enqueue: ended.enqueue,
    lease: lease.current,
  });
}

/** Makes the release with the app's next number; a lost race is run again by the caller's loop. */
async function makeRelease(stored: Stored<Change>, artifact: Artifact, turn: Turn): Promise<void> {
  const { store, clock } = turn.ports;
  const change = stored.body;
  const app: Stored<App> | undefined = await store.get("app", change.app);
  if (app === undefined) throw new Error(`the app ${change.app} is not kept`);
  const release = newRelease(app.body, { change: change.id, artifact, cause: "push" }, clock);
  const body: Change = { ...change, release: release.id };
  const written = await store.commit({
    documents: [
      numberTaken(app),
      releasePut(release),
      { kind: "change", id: stored.id, app: change.app, body, ifVersion: stored.version },
    ],
    lease: turn.lease.current,
  });
  if (!written.ok && written.error.code === "fence_lost") turn.lease.lose();
}
