/** The rollout's first entry and documents: nobody has met the candidate yet. */
import {
  type App,
  type DocumentPut,
  newId,
  type NewEntry,
  type Problem,
  type Release,
  type Rollout,
  type RolloutPolicy,
  type Stored,
  type WorkItem,
} from "#domain";
import { emptyEvidence, noTotals, stepsOf, verdictOf } from "#delivery/rollout";
import type { DeliveryPorts } from "./ports.ts";
import { comparedWith } from "./start-compared.ts";

interface Beginning {
  /** It runs; refused if its document has changed since. */
  readonly release: Stored<Release>;
  /** The app's live release, if it has one. */
  readonly baseline: Release | undefined;
  readonly policy: RolloutPolicy;
  /** Why the fresh baseline that the policy asks for did not start, if it did not. */
  readonly freshProblem?: Problem | undefined;
}

interface Begun {
  readonly rollout: Rollout;
  readonly entries: readonly NewEntry[];
  readonly documents: readonly DocumentPut[];
  readonly enqueue: readonly WorkItem[];
}

/** A rollout that nobody has met yet, and the app that knows of it. Pure but for id and salt. */
export function beginRollout(
  app: Stored<App>,
  { release: stored, baseline, policy: wanted, freshProblem }: Beginning,
  { clock }: Pick<DeliveryPorts, "clock">,
): Begun {
  const parties = { candidate: stored.body, baseline };
  const { policy, because, left } = comparedWith(wanted, parties, freshProblem);
  const { freshBaseline, ...body } = stored.body;
  const isFresh = policy.baseline === "fresh" && freshBaseline !== undefined;
  const release: Release = { ...body, state: "exposed", ...(isFresh ? { freshBaseline } : {}) };
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
    entries: entriesOf(rollout, { release, baseline, because }),
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
      { kind: "rollout", key: id, app: release.app },
      ...(left === undefined
        ? []
        : [{ kind: "tidy" as const, key: `converge:${left}`, app: release.app }]),
    ],
  };
}

function entriesOf(
  { id, app, change, policy }: Rollout,
  {
    release,
    baseline,
    because,
  }: {
    readonly release: Release;
    readonly baseline: Release | undefined;
    readonly because: string | undefined;
  },
): readonly NewEntry[] {
  const about = { app, change, actor: "rollout" };
  return [
    {
      ...about,
      type: "dev.tidegate.rollout.started",
      data: {
        rollout: id,
        candidate: release.number,
        ...(baseline === undefined ? {} : { baseline: baseline.number }),
        policy: policyInWords(policy),
      },
    },
    ...(because === undefined
      ? []
      : [
          {
            ...about,
            type: "dev.tidegate.rollout.fresh_baseline_missing" as const,
            data: { rollout: id, because },
          },
        ]),
  ];
}

function policyInWords(policy: RolloutPolicy): string {
  const { strategy, harmBudgetRequests, harmBudgetUsers } = policy;
  const steps = stepsOf(policy);
  const budget =
    harmBudgetUsers === undefined
      ? `${harmBudgetRequests} failed requests`
      : `${harmBudgetUsers} users with a failed request`;
  const beside = policy.baseline === "fresh" ? ", beside a fresh baseline" : "";
  if (strategy === "adaptive" && steps.length === 1) {
    return `adaptive, at most ${budget}${beside}`;
  }
  return (steps.length === 1 ? strategy : `${strategy} in ${steps.length} steps`) + beside;
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
