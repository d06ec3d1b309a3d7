/** The rollout's first entry and documents: nobody has met the candidate yet. */
import {
  type App,
  type DocumentPut,
  newId,
  type NewEntry,
  type Release,
  type Rollout,
  type RolloutPolicy,
  type Stored,
} from "#domain";
import { emptyEvidence, noTotals, stepsOf, verdictOf } from "#delivery/rollout";
import type { DeliveryPorts } from "./ports.ts";

interface Beginning {
  /** It runs; refused if its document has changed since. */
  readonly release: Stored<Release>;
  /** The app's live release, if it has one. */
  readonly baseline: Release | undefined;
  readonly policy: RolloutPolicy;
}

interface Begun {
  readonly rollout: Rollout;
  readonly entry: NewEntry;
  readonly documents: readonly DocumentPut[];
}

/** A rollout that nobody has met yet, and the app that knows of it. Pure but for id and salt. */
export function beginRollout(
  app: Stored<App>,
  { release: stored, baseline, policy }: Beginning,
  { clock }: Pick<DeliveryPorts, "clock">,
): Begun {
  const release: Release = { ...stored.body, state: "exposed" };
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

function policyInWords(policy: RolloutPolicy): string {
  const { strategy, harmBudgetRequests, harmBudgetUsers } = policy;
  const steps = stepsOf(policy);
  const budget =
    harmBudgetUsers === undefined
      ? `${harmBudgetRequests} failed requests`
      : `${harmBudgetUsers} users with a failed request`;
  const own = policy.guardrails.flatMap(({ name, metric }) => (metric === undefined ? [] : [name]));
  const judged = own.length === 0 ? "" : `; judged also by ${own.join(", ")}`;
  if (strategy === "adaptive" && steps.length === 1) return `adaptive, at most ${budget}${judged}`;
  return (steps.length === 1 ? strategy : `${strategy} in ${steps.length} steps`) + judged;
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
