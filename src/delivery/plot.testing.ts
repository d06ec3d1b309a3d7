/** An app with a live release and a candidate in a rollout, for the tests of the plot. */
import { strict as assert } from "node:assert";
import {
  type App,
  type Change,
  digestOf,
  parseAppName,
  parseId,
  parseObjectId,
  type Release,
  type ReleaseId,
  type Rollout,
  type RolloutPolicy,
  type Store,
} from "#domain";
import { sure } from "#std/testing";
import { defaultRolloutPolicy, emptyEvidence, noTotals, verdictOf } from "#delivery/rollout";

export const noHarm = noTotals;
export const aVerdict = verdictOf(defaultRolloutPolicy, emptyEvidence(defaultRolloutPolicy));

export const app = sure(parseAppName("shop"));
export const rollout = sure(parseId("rol", "rol_000000000001"));
export const release = sure(parseId("rel", "rel_000000000002"));
export const baseline = sure(parseId("rel", "rel_000000000001"));
export const otherChange = sure(parseId("chg", "chg_000000000009"));
const commit = sure(parseObjectId("a".repeat(40)));

export const aChange: Change = {
  id: sure(parseId("chg", "chg_000000000001")),
  app,
  environment: "production",
  branch: "main",
  commit,
  tree: commit,
  subject: "A change",
  author: { name: "Ana", email: "ana@example.test" },
  committedAt: 0,
  receivedAt: 0,
  pushedBy: "ana",
  trailers: [],
  expectations: [],
  state: "delivering",
  stages: [],
};

export function aRelease(id: ReleaseId, number: number, state: Release["state"]): Release {
  const instance = sure(parseId("ins", `ins_00000000000${number}`));
  return {
    id,
    number,
    app,
    environment: "production",
    artifact: digestOf(String(number).padStart(64, "0")),
    change: aChange.id,
    configVersion: 0,
    formation: { web: 1 },
    state,
    instances: [
      {
        id: instance,
        processType: "web",
        host: "127.0.0.1",
        port: 4000 + number,
        state: "ready",
        restarts: 0,
      },
    ],
    createdAt: number,
    // Everybody has it.
    ...(state === "live" ? { publishedAt: number } : {}),
    cause: "push",
  };
}

const anApp: App = {
  name: app,
  createdAt: 0,
  createdBy: "ana",
  trackedBranch: "main",
  configVersion: 0,
  nextReleaseNumber: 3,
  liveRelease: baseline,
  activeRollout: rollout,
};

/** Stores an app whose second release begins its rollout at `startedAt`. */
export async function storeRollout(
  store: Store,
  startedAt: number,
  policy: Partial<RolloutPolicy> = {},
): Promise<Rollout> {
  const body: Rollout = {
    id: rollout,
    app,
    environment: "production",
    change: aChange.id,
    candidate: release,
    baseline,
    policy: { ...defaultRolloutPolicy, ...policy },
    salt: rollout,
    state: "running",
    exposure: 0,
    startedAt,
    reason: "nobody has met it yet",
    verdict: aVerdict,
    totals: noTotals,
  };
  const change: Change = { ...aChange, rollout, release };
  const written = await store.commit({
    documents: [
      { kind: "app", id: app, app, body: anApp },
      { kind: "change", id: change.id, app, body: change },
      { kind: "release", id: baseline, app, body: aRelease(baseline, 1, "live") },
      { kind: "release", id: release, app, body: aRelease(release, 2, "exposed") },
      { kind: "rollout", id: rollout, app, body },
    ],
    enqueue: [{ kind: "rollout", key: rollout, app }],
  });
  assert(written.ok);
  return body;
}
