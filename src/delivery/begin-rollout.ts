/** The rollout's first entry and documents: nobody has met the candidate yet. */
import {
  type Absentee,
  type App,
  type DocumentPut,
  type JointRollout,
  newId,
  type NewEntry,
  type Release,
  type Rollout,
  type RolloutId,
  type RolloutPolicy,
  type Stored,
} from "#domain";
import {
  emptyEvidence,
  jointPolicies,
  noTotals,
  stepsOf,
  verdictOf,
  verdictOfAll,
} from "#delivery/rollout";
import type { DeliveryPorts } from "./ports.ts";

interface Beginning {
  /** It runs; refused if its document has changed since. */
  readonly release: Stored<Release>;
  /** The app's live release, if it has one. */
  readonly baseline: Release | undefined;
  readonly policy: RolloutPolicy;
  /** Apps that it was to go together with and does not. */
  readonly without?: readonly Absentee[];
  readonly place?: Place;
}

/** Its place among those that it goes together with. */
interface Place {
  readonly id: RolloutId;
  readonly together: JointRollout;
}

export interface Begun {
  readonly rollout: Rollout;
  readonly entry: NewEntry;
  readonly documents: readonly DocumentPut[];
}

/** A rollout that nobody has met yet, and the app that knows of it. Pure but for id and salt. */
export function beginRollout(
  app: Stored<App>,
  beginning: Beginning,
  { clock }: Pick<DeliveryPorts, "clock">,
): Begun {
  const { release: stored, baseline, policy, place } = beginning;
  const release: Release = { ...stored.body, state: "exposed" };
  const id = place?.id ?? newId("rol", () => clock.random());
  const rollout: Rollout = {
    id,
    app: release.app,
    environment: release.environment,
    change: release.change,
    candidate: release.id,
    ...(baseline === undefined ? {} : { baseline: baseline.id }),
    policy,
    // Those who go together have one salt: who is in one of the candidates is in all of them.
    salt: place?.together.leader ?? id,
    state: "running",
    exposure: 0,
    startedAt: clock.now(),
    reason: "nobody has met it yet",
    verdict: verdictOf(policy, emptyEvidence(policy)),
    totals: noTotals,
    ...(place === undefined ? {} : { together: place.together }),
  };
  return {
    rollout,
    entry: startedEntry(rollout, beginning),
    documents: [
      {
        kind: "release",
        id: release.id,
        app: release.app,
        body: release,
        ifVersion: stored.version,
      },
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

function startedEntry(
  { id, app, change }: Rollout,
  { release, baseline, policy, place, without = [] }: Beginning,
): NewEntry<"dev.tidegate.rollout.started"> {
  const others = place?.together.members.filter(({ rollout }) => rollout !== id) ?? [];
  return {
    app,
    change,
    actor: "rollout",
    type: "dev.tidegate.rollout.started",
    data: {
      rollout: id,
      candidate: release.body.number,
      ...(baseline === undefined ? {} : { baseline: baseline.number }),
      policy: policyInWords(policy),
      ...(others.length === 0 ? {} : { together: others.map(({ app: other }) => other) }),
      ...(without.length === 0 ? {} : { without }),
    },
  };
}

/** A rollout for each of the apps, which from its first moment on go as one. In the order of their names. */
export function beginTogether(
  members: readonly (Beginning & { readonly app: Stored<App> })[],
  ports: Pick<DeliveryPorts, "clock">,
): readonly Begun[] {
  const [only, ...more] = members;
  if (only === undefined) return [];
  if (more.length === 0) return [beginRollout(only.app, only, ports)];
  const sorted = members.toSorted((a, b) => (a.app.body.name < b.app.body.name ? -1 : 1));
  const policies = jointPolicies(sorted.map(({ policy }) => policy));
  const verdicts = sorted.map(({ app, policy }) => ({
    app: app.body.name,
    verdict: verdictOf(policy, emptyEvidence(policy)),
  }));
  const named = sorted.map(({ app }) => ({
    app: app.body.name,
    rollout: newId("rol", () => ports.clock.random()),
  }));
  const leader = named[0]?.rollout;
  const verdict = verdictOfAll(verdicts);
  if (leader === undefined || verdict === undefined) return [];
  const together: JointRollout = { leader, members: named, verdict };
  return sorted.map((member, index) => {
    const policy = policies[index] ?? member.policy;
    const id = named[index]?.rollout ?? leader;
    return beginRollout(member.app, { ...member, policy, place: { id, together } }, ports);
  });
}

function policyInWords(policy: RolloutPolicy): string {
  const { strategy, harmBudgetRequests, harmBudgetUsers } = policy;
  const steps = stepsOf(policy);
  const budget =
    harmBudgetUsers === undefined
      ? `${harmBudgetRequests} failed requests`
      : `${harmBudgetUsers} users with a failed request`;
  if (strategy === "adaptive" && steps.length === 1) return `adaptive, at most ${budget}`;
  return steps.length === 1 ? strategy : `${strategy} in ${steps.length} steps`;
}

/** What a candidate is compared with: what everybody has now. */
export async function liveRelease(
  { body }: Stored<App>,
  { store }: DeliveryPorts,
): Promise<Release | undefined> {
  return body.liveRelease === undefined
    ? undefined
    : (await store.get("release", body.liveRelease))?.body;
}
