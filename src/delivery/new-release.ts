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
} from "#domain";
import { formationOf } from "#delivery/rollout";

interface NewRelease {
  readonly change: Change["id"];
  readonly artifact: Pick<Artifact, "digest" | "plan">;
  readonly cause: Release["cause"];
  /** Default: the app's newest. */
  readonly configVersion?: number;
  readonly restores?: ReleaseId;
}

export function newRelease(app: App, spec: NewRelease, clock: Clock): Release {
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

export function failedEntry(release: Release, problem: Problem): NewEntry {
  return {
    app: release.app,
    change: release.change,
    actor: "rollout",
    type: "dev.tidegate.release.failed",
    data: { release: release.id, number: release.number, problem },
  };
}
