/** What a controller knows of its rollout: all of it can be read anew from the store. */
import type { Lease, Release, Rollout, RolloutId } from "#domain";
import { applyCommand } from "./command.ts";
import { decide, type Decision } from "./decide.ts";
import { emptyEvidence, foldInterval, type Evidence } from "./evidence.ts";
import { exampleOf } from "./example.ts";
import { addInterval, noTotals } from "./harm-totals.ts";
import { intervalsPage, telemetryDelayMs } from "./limits.ts";
import type { RolloutPorts } from "./ports.ts";
import { type CrashFact, verdictOf } from "./verdict.ts";

export interface Look {
  lease: Lease;
  renewedAt: number;
  evidence: Evidence;
  throughIndex: number;
  lastIntervalAt: number;
  totals: Rollout["totals"];
  crash?: CrashFact;
}

export function firstLook(rollout: Rollout, lease: Lease, now: number): Look {
  return {
    lease,
    renewedAt: now,
    evidence: emptyEvidence(rollout.policy),
    throughIndex: -1,
    lastIntervalAt: rollout.startedAt,
    totals: noTotals,
  };
}

/** Folds in the counts stored since the last look, each once, so that it may be broken off anywhere. */
export async function absorb(
  id: RolloutId,
  look: Look,
  { store, log }: RolloutPorts,
): Promise<void> {
  for (;;) {
    const page = await store.intervals({
      rollout: id,
      afterIndex: look.throughIndex,
      limit: intervalsPage,
    });
    for (const counts of page) {
      const folded = foldInterval(look.evidence, counts);
      if (folded.ok) look.evidence = folded.value;
      else log.warn("rollout.counts_refused", { rollout: id, ...folded.error });
      look.totals = addInterval(look.totals, counts);
      look.throughIndex = counts.index;
      look.lastIntervalAt = Math.max(look.lastIntervalAt, counts.endAt);
    }
    if (page.length < intervalsPage) return;
  }
}

/** Chooses: a person's word first, then what the evidence says. */
export async function nextMove(
  rollout: Rollout,
  look: Look,
  { store, clock, dataPlane }: RolloutPorts,
): Promise<Decision> {
  const [candidate, traffic] = await Promise.all([
    store.get("release", rollout.candidate),
    store.recentTraffic(rollout.app),
  ]);
  const isUp = candidate !== undefined && isReady(candidate.body);
  const asked = askedOf(rollout);
  if (asked?.kind === "promote" && !isUp) {
    return { kind: "wait", because: `${asked.because}; waits until the candidate is ready` };
  }
  if (asked !== undefined) return asked;
  const crash = crashOf(candidate?.body);
  if (crash !== undefined) look.crash = crash;
  return decide(rollout, look.evidence, {
    now: clock.now(),
    requestsPerSecond: traffic.requestsPerSecond,
    isReady: isUp,
    telemetryDelayMs,
    lastIntervalAt: look.lastIntervalAt,
    edgesMissing: dataPlane.missingEdges(),
    ...(crash === undefined ? {} : { crash }),
  });
}

function askedOf(rollout: Rollout): Decision | undefined {
  const outcome = rollout.command && applyCommand(rollout, rollout.command);
  return outcome?.ok === true && outcome.value.kind === "decision"
    ? outcome.value.decision
    : undefined;
}

function crashOf(candidate: Release | undefined): CrashFact | undefined {
  if (candidate?.crash === undefined) return undefined;
  return {
    instance: candidate.instances.find(({ state }) => state === "exited")?.id ?? "its process",
    exits: candidate.crash.exitsAt.length,
    exit: candidate.crash.lastExit,
  };
}

/** Whether it can serve; a release without `web` serves nobody and has only to run. */
function isReady({ instances, formation }: Release): boolean {
  const hasWeb = (formation["web"] ?? 0) > 0;
  return instances.some(
    ({ state, processType }) => state === "ready" && (!hasWeb || processType === "web"),
  );
}

/** The rollout with what its counts add up to now. */
export async function withEvidence(
  rollout: Rollout,
  look: Look,
  ports: RolloutPorts,
): Promise<Rollout> {
  const example =
    rollout.failureExample === undefined && look.totals.candidateErrors > 0
      ? await exampleOf(rollout, ports)
      : rollout.failureExample;
  return {
    ...rollout,
    verdict: verdictOf(
      rollout.policy,
      look.evidence,
      look.crash === undefined ? {} : { crash: look.crash },
    ),
    totals: look.totals,
    ...(example === undefined ? {} : { failureExample: example }),
  };
}
