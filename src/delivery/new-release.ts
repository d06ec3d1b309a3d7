/** A release before it runs: its number, what it is made of, and the documents that hold it. */
import {
  type App,
  type Artifact,
  type Change,
  type Clock,
  type DocumentPut,
  newId,
  type NewEntry,
  type Problem,
  type Release,
  type ReleaseId,
  type Stored,
  type WorkItem,
} from "#domain";
import { some } from "#std";
import { formationOf, plannedInstances } from "#delivery/rollout";
import type { DeliveryPorts } from "./ports.ts";

interface NewRelease {
  readonly change: Change["id"];
  readonly artifact: Pick<Artifact, "digest" | "plan">;
  readonly cause: Release["cause"];
  /** Default: the app's newest. */
  readonly configVersion?: number;
  readonly restores?: ReleaseId;
}

export function newRelease(app: App, spec: NewRelease, clock: Clock): Release {
  const id = newId("rel", () => clock.random());
  const formation = formationOf(spec.artifact.plan);
  return {
    id,
    number: app.nextReleaseNumber,
    app: app.name,
    environment: "production",
    artifact: spec.artifact.digest,
    change: spec.change,
    configVersion: spec.configVersion ?? app.configVersion,
    formation,
    state: "starting",
    instances: plannedInstances({ id, formation, state: "starting" }),
    createdAt: clock.now(),
    cause: spec.cause,
    ...(spec.restores === undefined ? {} : { restores: spec.restores }),
    ...some("slo", spec.artifact.plan.slo),
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

/** A release that is not stored yet. */
export function releasePut(release: Release): DocumentPut {
  return { kind: "release", id: release.id, app: release.app, body: release, ifVersion: 0 };
}

export function failedEntry(release: Release, problem: Problem, now: number): NewEntry {
  return {
    app: release.app,
    change: release.change,
    actor: "rollout",
    type: "dev.tidegate.release.failed",
    data: {
      release: release.id,
      number: release.number,
      problem,
      tookMs: Math.max(0, now - release.createdAt),
    },
  };
}

interface Ended {
  readonly documents: readonly DocumentPut[];
  readonly enqueue: readonly WorkItem[];
}

/**
 * What ends a release that was never exposed: it failed, or was given up. What it started is stopped
 * then. Nothing to do for one that has moved on, or is not kept.
 */
export async function endedUnexposed(
  id: ReleaseId,
  end: Pick<Release, "state" | "problem">,
  { store }: Pick<DeliveryPorts, "store">,
): Promise<Ended> {
  const stored = await store.get("release", id);
  if (stored?.body.state !== "starting") return { documents: [], enqueue: [] };
  const { body, version } = stored;
  return {
    documents: [
      { kind: "release", id, app: body.app, body: { ...body, ...end }, ifVersion: version },
    ],
    enqueue: [id, ...(body.freshBaseline === undefined ? [] : [body.freshBaseline])].map(
      (each) => ({ kind: "tidy", key: `converge:${each}`, app: body.app }),
    ),
  };
}
