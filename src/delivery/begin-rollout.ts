/** The rollout's first entry and documents: nobody has met the candidate yet. */
import {
  type Absentee,
  type App,
  type DocumentPut,
  type EventData,
  type JointRollout,
  newId,
  type NewEntry,
  type Problem,
  type Release,
  type Rollout,
  type RolloutId,
  type RolloutPolicy,
  type Stored,
  type WorkItem,
} from "#domain";
import { some } from "#std";
import {
  driverOf,
  emptyEvidence,
  isNamedBy,
  jointPolicies,
  noTotals,
  stepsOf,
  verdictOf,
  verdictOfAll,
} from "#delivery/rollout";
import type { DeliveryPorts } from "./ports.ts";
import { comparedWith } from "./start-compared.ts";

interface Beginning {
  /** It runs; refused if its document has changed since. */
  readonly release: Stored<Release>;
  /** The app's live release, if it has one. */
  readonly baseline: Release | undefined;
  readonly policy: RolloutPolicy;
  /** Apps that it was to go together with and does not. */
  readonly without?: readonly Absentee[];
  readonly place?: Place;
  /** The rollout under way that it ended. */
  readonly inPlaceOf?: EventData["dev.tidegate.rollout.started"]["inPlaceOf"];
  /** Why the fresh baseline that the policy asks for did not start, if it did not. */
  readonly freshProblem?: Problem | undefined;
}

/** Its place among those that it goes together with. */
interface Place {
  readonly id: RolloutId;
  readonly together: JointRollout;
}

export interface Begun {
  readonly rollout: Rollout;
  readonly entries: readonly NewEntry[];
  readonly documents: readonly DocumentPut[];
  readonly enqueue: readonly WorkItem[];
}

/** A rollout that nobody has met yet, and the app that knows of it. Pure but for id and salt. */
export function beginRollout(
  app: Stored<App>,
  beginning: Beginning,
  { clock }: Pick<DeliveryPorts, "clock">,
): Begun {
  const { release: stored, baseline, place } = beginning;
  const parties = { candidate: stored.body, baseline };
  const { policy, because, left } = comparedWith(beginning.policy, parties, beginning.freshProblem);
  const { freshBaseline, ...body } = stored.body;
  const isFresh = policy.baseline === "fresh" && freshBaseline !== undefined;
  const release: Release = { ...body, state: "exposed", ...(isFresh ? { freshBaseline } : {}) };
  const id = place?.id ?? newId("rol", () => clock.random());
  const rollout: Rollout = {
    id,
    app: release.app,
    environment: release.environment,
    change: release.change,
    candidate: release.id,
    ...(baseline === undefined ? {} : { baseline: baseline.id }),
    ...configOf(release),
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
    entries: [
      startedEntry(rollout, beginning),
      ...(because === undefined ? [] : [missingEntry(rollout, because)]),
    ],
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
    enqueue: [
      // Of those who go together one is driven, and all others with it.
      ...(driverOf(rollout) === id
        ? [{ kind: "rollout" as const, key: id, app: release.app }]
        : []),
      ...(left === undefined
        ? []
        : [{ kind: "tidy" as const, key: `converge:${left}`, app: release.app }]),
    ],
  };
}

function configOf({ cause, configVersion }: Release): Pick<Rollout, "configVersion"> {
  return cause === "config" ? { configVersion } : {};
}

function startedEntry(
  { id, app, change, policy }: Rollout,
  { release, baseline, place, inPlaceOf, without = [] }: Beginning,
): NewEntry<"dev.tidegate.rollout.started"> {
  const all = place?.together.members.filter(({ rollout }) => rollout !== id) ?? [];
  const others = all.filter((other) => isNamedBy(policy, other.app));
  const more = all.length - others.length;
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
      ...some("inPlaceOf", inPlaceOf),
      ...some("carries", carriesOf(release.body, baseline)),
      ...(others.length === 0 ? {} : { together: others.map(({ app: other }) => other) }),
      ...(more === 0 ? {} : { togetherMore: more }),
      ...(without.length === 0 ? {} : { without }),
    },
  };
}

/** Who pushes is often not who set it, and a harm may be of either. */
function carriesOf(
  { cause, configVersion: config }: Release,
  baseline: Release | undefined,
): EventData["dev.tidegate.rollout.started"]["carries"] {
  const isNew = cause === "push" && baseline !== undefined && baseline.configVersion !== config;
  return isNew ? { config, live: baseline.configVersion } : undefined;
}

function missingEntry(
  { id, app, change }: Rollout,
  because: string,
): NewEntry<"dev.tidegate.rollout.fresh_baseline_missing"> {
  return {
    app,
    change,
    actor: "rollout",
    type: "dev.tidegate.rollout.fresh_baseline_missing",
    data: { rollout: id, because },
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
  const own = policy.guardrails.flatMap(({ name, metric }) => (metric === undefined ? [] : [name]));
  const beside = policy.baseline === "fresh" ? ", beside a fresh baseline" : "";
  const judged = own.length === 0 ? beside : `${beside}; judged also by ${own.join(", ")}`;
  if (strategy === "adaptive" && steps.length === 1) return `adaptive, at most ${budget}${judged}`;
  const inSteps = steps.length === 1 ? "in one step" : `in ${steps.length} steps`;
  if (strategy === "steps") return inSteps + judged;
  return (steps.length === 1 ? strategy : `${strategy} ${inSteps}`) + judged;
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
