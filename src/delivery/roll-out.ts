/**
 * From a judged artifact to a rollout under way: make the release, verify its evidence, start it, make
 * room, and hand it to the rollout's controller, together with those of other apps that it goes with.
 */
import type {
  App,
  Artifact,
  Change,
  DocumentPut,
  NewEntry,
  Problem,
  Release,
  RolloutPolicy,
  Stored,
} from "#domain";
import { some } from "#std";
import { beginTogether, liveRelease } from "./begin-rollout.ts";
import { type Gathering, gatheringOf, tellable } from "./gathering.ts";
import { gatherLookMs } from "./limits.ts";
import { makeRoom } from "./make-room.ts";
import { endedUnexposed, failedEntry, newRelease, numberTaken, releasePut } from "./new-release.ts";
import { neighboursOf } from "./neighbours.ts";
import { newerChange } from "./newer-change.ts";
import { foldChange } from "./pipeline.ts";
import { startCompared } from "./start-compared.ts";
import type { Started } from "./start-verified.ts";
import { replacedBy, supersededEntry } from "./superseded.ts";
import { by, type Turn, write } from "./turn.ts";

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
      entries: [failedEntry(release.body, started.error, ports.clock.now())],
      ...(await endedUnexposed(
        release.body.id,
        { state: "failed", problem: started.error },
        ports,
      )),
    });
    return;
  }
  await makeRoom(
    change.app,
    { by: change.id, reason: `the newer change ${change.commit.slice(0, 7)} took its place` },
    turn,
  );
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
  await goTogether(stored, { app, started, policy: artifact.plan.rollout, freshProblem }, turn);
}

interface Standing {
  readonly app: Stored<App>;
  readonly started: Started;
  readonly policy: RolloutPolicy;
  readonly freshProblem: Problem | undefined;
}

/** Waits for changes of the apps it goes together with, or begins: with all who are ready, in one transaction. */
async function goTogether(stored: Stored<Change>, at: Standing, turn: Turn): Promise<void> {
  const { ports } = turn;
  const { app, started, policy, freshProblem } = at;
  const { name } = app.body;
  const baseline = await liveRelease(app, ports);
  const now = ports.clock.now();
  const untilAt = stored.body.gathering?.untilAt ?? now + (policy.together?.waitMs ?? 0);
  const { pushedBy } = stored.body;
  const neighbours =
    baseline === undefined ? [] : await neighboursOf({ app: name, pushedBy }, policy, ports);
  const gathering = tellable(gatheringOf(neighbours, { untilAt, now }), policy);
  if (gathering.kind === "wait") return await gather(stored, { ...at, gathering }, turn);
  const { without } = gathering;
  const inPlaceOf = await replacedBy(stored.body, ports);
  const own = {
    app,
    release: started.release,
    baseline,
    policy,
    freshProblem,
    without,
    ...some("inPlaceOf", inPlaceOf),
  };
  const begun = beginTogether([own, ...gathering.with], ports);
  const others = begun.filter(({ rollout }) => rollout.app !== name);
  await write(stored, turn, {
    entries: [
      ...(stored.body.gathering === undefined ? [started.entry] : []),
      ...begun.flatMap(({ rollout, entries }) => (rollout.app === name ? entries : [])),
    ],
    besides: others.flatMap(({ entries }) => entries),
    documents: [
      ...begun.flatMap(({ documents }) => documents),
      ...gathering.with.map(({ change }): DocumentPut => {
        const theirs = others.find(({ rollout }) => rollout.app === change.body.app);
        const said = theirs?.entries ?? [];
        const body = said.reduce((folded, entry) => foldChange(folded, entry, now), change.body);
        return { kind: "change", id: change.id, app: body.app, body, ifVersion: change.version };
      }),
    ],
    enqueue: begun.flatMap(({ enqueue }) => enqueue),
    finish: "done",
  });
}

type Waiting = Extract<Gathering, { kind: "wait" }>;

/** Says once for whom it waits; others see by that it is ready. */
async function gather(
  stored: Stored<Change>,
  { started, gathering }: Standing & { readonly gathering: Waiting },
  turn: Turn,
): Promise<void> {
  const { release, entry } = started;
  const { waitsFor, untilAt } = gathering;
  const isSaid = stored.body.gathering !== undefined;
  const said: NewEntry = {
    ...by(stored.body, "rollout"),
    type: "dev.tidegate.rollout.gathering",
    data: { release: release.body.id, waitsFor, untilAt },
  };
  const { id, body, version } = release;
  await write(stored, turn, {
    entries: isSaid ? [] : [entry, said],
    documents: isSaid ? [] : [{ kind: "release", id, app: body.app, body, ifVersion: version }],
    finish: { againAt: turn.ports.clock.now() + gatherLookMs },
  });
}

/** The configuration has changed since the release was made: another one is made, with the new. */
async function giveUp(
  { id, version, body }: Stored<Change>,
  release: Release,
  { ports, lease }: Turn,
): Promise<void> {
  const { release: _givenUp, gathering: _notReady, ...without } = body;
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
