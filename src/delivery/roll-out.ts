/**
 * From a judged artifact to a rollout under way: make the release, verify its evidence, start it, make
 * room, and hand it to the rollout's controller. Configuration changes come this way too.
 */
import { err, ok, type Result } from "#std";
import {
  type App,
  type Artifact,
  type Change,
  type DocumentPut,
  type Evidence,
  newId,
  type NewEntry,
  type Problem,
  type Release,
  type ReleaseId,
  type Rollout,
  type RolloutPolicy,
  type Stored,
} from "#domain";
import { provenanceType, testResultType, verifyEvidence } from "#delivery/assure";
import {
  deployRelease,
  emptyEvidence,
  formationOf,
  noTotals,
  partsOf,
  verdictOf,
} from "#delivery/rollout";
import { type DeliveryPorts } from "./ports.ts";
import { makeRoom } from "./make-room.ts";
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

export interface NewRelease {
  readonly change: Change["id"];
  readonly artifact: Pick<Artifact, "digest" | "plan">;
  readonly cause: Release["cause"];
  /** Default: the app's newest. */
  readonly configVersion?: number;
  readonly restores?: ReleaseId;
}

export function newRelease(app: App, spec: NewRelease, clock: DeliveryPorts["clock"]): Release {
  return {
    id: newId("rel", () => clock.random()),
    number: app.nextReleaseNumber,
    app: app.name,
    environment: "production",
    artifact: spec.artifact.digest,
    change: spec.change,
    configVersion: spec.configVersion ?? app.configVersion,
    formation: formationOf(spec.artifact.plan),
    state: "starting",
    instances: [],
    createdAt: clock.now(),
    cause: spec.cause,
    ...(spec.restores === undefined ? {} : { restores: spec.restores }),
  };
}

/** The app with its next release number taken; refused if the app changed since it was read. */
export function numberTaken(app: Stored<App>): DocumentPut {
  return {
    kind: "app",
    id: app.id,
    app: app.body.name,
    body: { ...app.body, nextReleaseNumber: app.body.nextReleaseNumber + 1 },
    ifVersion: app.version,
  };
}

export function releasePut(release: Release): DocumentPut {
  return { kind: "release", id: release.id, app: release.app, body: release };
}

export interface Started {
  readonly release: Release;
  readonly entry: NewEntry;
}

/** Starts the release's processes, unless what was said about its artifact does not verify. */
export async function startVerified(
  release: Release,
  ports: DeliveryPorts,
  signal: AbortSignal,
): Promise<Result<Started, Problem>> {
  const verified = await verifyEvidence(release.artifact, await evidenceOf(release, ports), {
    blobs: ports.blobs,
    publicKey: ports.signer.publicKey,
  });
  if (!verified.ok) return verified;
  const parts = await partsOf(release.id, ports);
  if (parts === undefined) {
    return err({
      code: "artifact_gone",
      message: `the artifact of v${release.number} is no longer kept`,
      next: "push the commit again",
    });
  }
  const deployed = await deployRelease(parts, ports, signal);
  if (!deployed.ok) return deployed;
  const { instances, sandboxLevel, readyMs } = deployed.value;
  return ok({
    release: { ...release, state: "exposed", instances, sandboxLevel },
    entry: {
      app: release.app,
      change: release.change,
      actor: "rollout",
      type: "dev.cdevents.service.deployed",
      data: {
        release: release.id,
        number: release.number,
        instances: instances.length,
        sandboxLevel,
        readyMs,
      },
    },
  });
}

async function evidenceOf(
  release: Release,
  { store }: DeliveryPorts,
): Promise<readonly Evidence[]> {
  const found = await Promise.all(
    [provenanceType, testResultType].map(
      async (type) => await store.get("evidence", `${release.artifact}:${type}`),
    ),
  );
  return found.flatMap((stored) => (stored === undefined ? [] : [stored.body]));
}

export interface Begun {
  readonly rollout: Rollout;
  readonly entry: NewEntry;
  readonly documents: readonly DocumentPut[];
}

export interface Beginning {
  readonly release: Release;
  /** The app's live release, if it has one. */
  readonly baseline: Release | undefined;
  readonly policy: RolloutPolicy;
}

function policyInWords({ strategy, harmBudgetRequests }: RolloutPolicy): string {
  return strategy === "adaptive"
    ? `adaptive, at most ${harmBudgetRequests} failed requests`
    : strategy;
}

export async function liveRelease(
  app: Stored<App>,
  { store }: DeliveryPorts,
): Promise<Release | undefined> {
  const { liveRelease: id } = app.body;
  return id === undefined ? undefined : (await store.get("release", id))?.body;
}

/** A rollout that nobody has met yet, and the app that knows of it. Pure but for id and salt. */
export function beginRollout(
  app: Stored<App>,
  { release, baseline, policy }: Beginning,
  { clock }: Pick<DeliveryPorts, "clock">,
): Begun {
  const id = newId("rol", () => clock.random());
  const rollout: Rollout = {
    id,
    app: release.app,
    environment: release.environment,
    change: release.change,
    candidate: release.id,
    ...(baseline === undefined ? {} : { baseline: baseline.id }),
    policy,
    salt: id,
    state: "running",
    exposure: 0,
    startedAt: clock.now(),
    reason: "nobody has met it yet",
    verdict: verdictOf(policy, emptyEvidence(policy)),
    totals: noTotals,
  };
  return {
    rollout,
    entry: {
      app: release.app,
      change: release.change,
      actor: "rollout",
      type: "dev.tidegate.rollout.started",
      data: {
        rollout: id,
        candidate: release.number,
        ...(baseline === undefined ? {} : { baseline: baseline.number }),
        policy: policyInWords(policy),
      },
    },
    documents: [
      releasePut(release),
      { kind: "rollout", id, app: release.app, body: rollout },
      {
        kind: "app",
        id: app.id,
        app: release.app,
        body: { ...app.body, activeRollout: id },
        ifVersion: app.version,
      },
    ],
  };
}

export function failedEntry(release: Release, problem: Problem): NewEntry {
  return {
    app: release.app,
    change: release.change,
    actor: "rollout",
    type: "dev.tidegate.release.failed",
    data: { release: release.id, number: release.number, problem },
  };
}
