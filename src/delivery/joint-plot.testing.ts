/** Two apps with a live release each and their candidates in a joint rollout, for the tests of the plot. */
import { strict as assert } from "node:assert";
import {
  type App,
  type Change,
  parseAppName,
  parseId,
  type Release,
  type RolloutPolicy,
  type Store,
} from "#domain";
import { sure } from "#std/testing";
import { defaultRolloutPolicy } from "#delivery/rollout";
import { beginTogether } from "./begin-rollout.ts";
import { aChange, aRelease } from "./plot.testing.ts";
import { foldChange } from "./pipeline.ts";
import type { Party } from "./rollout-world.testing.ts";

interface Cast extends Omit<Party, "rollout"> {
  readonly change: Change["id"];
}

const names = ["shop", "web"] as const;

/** "shop" leads, by its name. */
const casts: readonly Cast[] = names.map((name, index) => ({
  app: sure(parseAppName(name)),
  release: sure(parseId("rel", `rel_00000000000${2 * index + 2}`)),
  baseline: sure(parseId("rel", `rel_00000000000${2 * index + 1}`)),
  change: sure(parseId("chg", `chg_00000000000${index + 1}`)),
}));

/** The next change of "web". */
export const newerChange: Change = {
  ...aChange,
  id: sure(parseId("chg", "chg_000000000008")),
  app: sure(parseAppName("web")),
};

/** Stores both, as they are when their changes have come together. The leader first. */
export async function storeJointRollout(
  store: Store,
  startedAt: number,
  policy: Partial<RolloutPolicy> = {},
): Promise<readonly Party[]> {
  let chance = 0;
  const clock = {
    now: () => startedAt,
    random: () => (chance += 0.01),
    sleep: async () => undefined,
  };
  const members = jointMembers(policy, policy);
  const begun = beginTogether(members, { clock });
  const changes = begun.map(({ rollout, entries }, index) => {
    const cast = casts[index];
    assert.ok(cast !== undefined && cast.app === rollout.app);
    const change: Change = { ...aChange, id: cast.change, app: cast.app, release: cast.release };
    return entries.reduce((folded, entry) => foldChange(folded, entry, startedAt), change);
  });
  const written = await store.commit({
    documents: [
      ...begun.flatMap(({ documents }) => documents),
      ...members.map(({ baseline }) => ({
        kind: "release" as const,
        id: baseline.id,
        app: baseline.app,
        body: baseline,
      })),
      ...[...changes, newerChange].map((body) => ({
        kind: "change" as const,
        id: body.id,
        app: body.app,
        body,
      })),
    ],
    enqueue: begun.flatMap(({ enqueue }) => enqueue),
  });
  assert.ok(written.ok);
  return begun.map(({ rollout }) => ({
    app: rollout.app,
    rollout: rollout.id,
    release: rollout.candidate,
    baseline: sure(parseId("rel", rollout.baseline)),
  }));
}

/** Both as they are before their rollouts begin, each with a policy of its own. */
export function jointMembers(...policies: readonly Partial<RolloutPolicy>[]) {
  return casts.map((cast, index) => memberOf(cast, index, policies[index] ?? {}));
}

function memberOf(
  { app: name, release, baseline, change }: Cast,
  index: number,
  policy: Partial<RolloutPolicy>,
) {
  const isFresh = policy.baseline === "fresh";
  const live: Release = { ...aRelease(baseline, 2 * index + 1, "live"), app: name, change };
  const body: App = {
    name,
    createdAt: 0,
    createdBy: "ana",
    trackedBranch: "main",
    configVersion: 0,
    nextReleaseNumber: 3,
    liveRelease: baseline,
  };
  const other = names[1 - index] ?? "web";
  return {
    app: { id: name, body, version: 0 },
    release: {
      id: release,
      body: {
        ...aRelease(release, 2 * index + 2, "starting"),
        app: name,
        change,
        ...(isFresh ? { freshBaseline: baseline } : {}),
      },
      version: 0,
    },
    baseline: isFresh ? withFresh(live, release) : live,
    policy: {
      ...defaultRolloutPolicy,
      ...policy,
      together: { apps: [other], waitMs: 60_000 },
    },
  };
}

/** The live release with an instance that was started with its candidate. */
function withFresh(live: Release, candidate: Release["id"]): Release {
  const fresh = live.instances.map((one, slot) => ({
    ...one,
    id: sure(parseId("ins", `ins_0000000000f${live.number + slot}`)),
    port: 5000 + live.number,
    freshFor: candidate,
  }));
  return { ...live, instances: [...live.instances, ...fresh] };
}
