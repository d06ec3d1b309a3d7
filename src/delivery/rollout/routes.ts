/** Who is served by what: the route table as a pure function of the documents. */
import { some } from "#std";
import {
  type App,
  type AppRoute,
  type ArmRoute,
  bucketCount,
  type CohortPolicy,
  type CohortRule,
  finalRolloutStates,
  type Instance,
  previewHostOf,
  type Release,
  type ReleaseId,
  type Rollout,
  type RolloutPolicy,
  type RouteTable,
  type UserKeyPolicy,
} from "#domain";
import { comparedInstances, freshBucketsAt, isComparedFresh } from "./fresh.ts";
import { requestTimeoutMs } from "./limits.ts";
import { hasRuledUsers, isTakenOut, mirrorPercentOf } from "./steps.ts";

export interface Routed {
  readonly app: App;
  readonly live?: Release;
  /** What the rollout compares with, where that is not what is live: while it bakes. */
  readonly baseline?: Release;
  readonly rollout?: Rollout;
  readonly candidate?: Release;
}

const edgeCookie: UserKeyPolicy = { from: "edge_cookie" };

/** Where releases led in a table: for those that are being started again. */
export type KnownTargets = ReadonlyMap<ReleaseId, ArmRoute["targets"]>;

/**
 * Renders the table of all apps, sorted by name, so that equal states give equal tables. A release of which nothing
 * is ready leads where it is known to have led, if it is.
 */
export function routesOf(
  apps: readonly Routed[],
  known: KnownTargets = new Map(),
): readonly AppRoute[] {
  return apps.map((routed) => routeOf(routed, known)).toSorted((a, b) => (a.app < b.app ? -1 : 1));
}

/** What a table says of these releases. */
export function knownTargets(
  table: Pick<RouteTable, "apps"> | undefined,
  releases: ReadonlySet<ReleaseId>,
): KnownTargets {
  const arms = (table?.apps ?? []).flatMap(({ baseline, rollout }) => [
    ...(baseline === undefined ? [] : [baseline]),
    ...(rollout === undefined ? [] : [rollout.candidate]),
  ]);
  return new Map(
    arms.flatMap(({ release, targets }) => (releases.has(release) ? [[release, targets]] : [])),
  );
}

/**
 * Those that go together have the exposure of their leader, as it was read for this table: documents are read one
 * after the other, and a table must not hold one app before a move and another after it.
 */
export function inStep(apps: readonly Routed[]): readonly Routed[] {
  const byId = new Map(apps.flatMap(({ rollout }) => (rollout ? [[rollout.id, rollout]] : [])));
  return apps.map((routed) => {
    const { rollout } = routed;
    const leader = rollout?.together === undefined ? undefined : byId.get(rollout.together.leader);
    if (rollout === undefined || leader === undefined || leader === rollout) return routed;
    const { command: _own, ...rest } = rollout;
    const { exposure, command } = leader;
    return {
      ...routed,
      rollout: { ...rest, exposure, ...(command === undefined ? {} : { command }) },
    };
  });
}

function routeOf(
  { app, live, baseline = live, rollout, candidate }: Routed,
  known: KnownTargets,
): AppRoute {
  const isMoving = rollout !== undefined && !finalRolloutStates.has(rollout.state);
  const arm = baseline && armOf(baseline, known);
  return {
    app: app.name,
    hosts: [`${app.name}.localhost`, ...(app.domains ?? [])],
    ...(arm === undefined ? {} : { baseline: arm }),
    ...(isMoving && candidate !== undefined
      ? { rollout: movingOf(rollout, armOf(candidate, known), baseline) }
      : {}),
    userKey: rollout?.policy.userKey ?? edgeCookie,
    requestTimeoutMs,
  };
}

function movingOf(
  rollout: Rollout,
  candidate: ArmRoute,
  baseline: Release | undefined,
): NonNullable<AppRoute["rollout"]> {
  const { id, salt, app, policy, exposure } = rollout;
  const hasPreview = policy.hasPreview === true && !isTakenOut(rollout);
  const mirrorPercent = mirrorPercentOf(rollout);
  return {
    id,
    salt,
    candidate,
    exposure,
    ...(baseline !== undefined && isComparedFresh(rollout)
      ? {
          fresh: {
            targets: targetsOf(comparedInstances(baseline, rollout)),
            buckets: freshBucketsAt(exposure),
          },
        }
      : {}),
    rules: hasRuledUsers(rollout) ? rulesOf(policy) : [],
    // Out of a first release there is nowhere to go.
    ...(isTakenOut(rollout) || baseline === undefined ? {} : { isByHand: true as const }),
    ...(hasPreview ? { previewHosts: [previewHostOf(app)] } : {}),
    ...(mirrorPercent > 0 ? { mirrorPercent, ...some("mirrorExcept", policy.shadow?.except) } : {}),
  };
}

function rulesOf({ cohorts }: RolloutPolicy): readonly CohortRule[] {
  return (cohorts?.rules ?? []).map((rule) => ruleOf(rule));
}

function ruleOf({ match, percent }: CohortPolicy): CohortRule {
  const buckets = percent === undefined ? undefined : Math.floor((percent * bucketCount) / 100);
  return { arm: "candidate", match, ...(buckets === undefined ? {} : { buckets }) };
}

function armOf({ id, number, instances }: Release, known: KnownTargets): ArmRoute {
  const ready = targetsOf(instances.filter(({ freshFor }) => freshFor === undefined));
  const targets = ready.length === 0 ? (known.get(id) ?? ready) : ready;
  return { release: id, label: `v${number}`, targets };
}

function targetsOf(instances: readonly Instance[]): ArmRoute["targets"] {
  return instances.flatMap(({ id, host, port, state }) =>
    state === "ready" && host !== undefined && port !== undefined
      ? [{ instance: id, host, port }]
      : [],
  );
}
