/**
 * From a judged artifact to a rollout under way: make the release, verify its evidence, start it, make
 * room, and hand it to the rollout's controller.
 */
import { type Artifact, type Change, type Stored } from "#domain";
import { beginRollout, liveRelease } from "./begin-rollout.ts";
import { makeRoom } from "./make-room.ts";
import { failedEntry, newRelease, numberTaken, releasePut } from "./new-release.ts";
import { startVerified } from "./start-verified.ts";
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
  if (release === undefined) return;
  const started = await startVerified(release.body, ports, signal);
  if (signal.aborted) return;
  if (!started.ok) {
    await write(stored, turn, {
      entries: [failedEntry(release.body, started.error)],
      documents: [releasePut({ ...release.body, state: "failed", problem: started.error })],
    });
    return;
  }
  await makeRoom(change.app, { by: change.id, reason: "a newer change took its place" }, turn);
  const app = await ports.store.get("app", change.app);
  if (signal.aborted || app === undefined || app.body.activeRollout !== undefined) return;
  const begun = beginRollout(
    app,
    {
      release: started.value.release,
      baseline: await liveRelease(app, ports),
      policy: artifact.plan.rollout,
    },
    ports,
  );
  await write(stored, turn, {
    entries: [started.value.entry, begun.entry],
    documents: begun.documents,
    enqueue: [{ kind: "rollout", key: begun.rollout.id, app: change.app }],
  });
}

/** Makes the release with the app's next number; a lost race is run again by the caller's loop. */
async function makeRelease(stored: Stored<Change>, artifact: Artifact, turn: Turn): Promise<void> {
  const { store, clock } = turn.ports;
  const change = stored.body;
  const app = await store.get("app", change.app);
  if (app === undefined) return;
  const release = newRelease(app.body, { change: change.id, artifact, cause: "push" }, clock);
  await store.commit({
    documents: [
      numberTaken(app),
      releasePut(release),
      {
        kind: "change",
        id: stored.id,
        app: change.app,
        body: { ...change, release: release.id },
        ifVersion: stored.version,
      },
    ],
    lease: turn.lease.current,
  });
}
