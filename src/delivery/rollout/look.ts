/** What a controller knows of its rollout: all of it can be read anew from the store. */
import type {
  IntervalCounts,
  Lease,
  Release,
  Rollout,
  RolloutId,
  ShadowCounts,
  Stored,
} from "#domain";
import { choose } from "./choose.ts";
import type { Decision, Facts } from "./decision.ts";
import { emptyEvidence, foldInterval, type Evidence } from "./evidence.ts";
import { exampleOf } from "./example.ts";
import type { RuledCounts } from "./exposure.ts";
import { runOfExits } from "./formation.ts";
import { freshGone } from "./fresh.ts";
import { addInterval, noTotals } from "./harm-totals.ts";
import { intervalsPage, quietMs, telemetryDelayMs } from "./limits.ts";
import type { RolloutPorts } from "./ports.ts";
import { addShadow, noShadow } from "./shadow.ts";
import type { LastingProblem } from "./unmeasured.ts";
import {
  type CrashFact,
  type MissingFact,
  type SaturationFact,
  type VerdictFacts,
  verdictOf,
} from "./verdict.ts";

export interface Look {
  lease: Lease;
  evidence: Evidence;
  throughIndex: number;
  lastIntervalAt: number;
  totals: Rollout["totals"];
  ruled: RuledCounts;
  shadow: ShadowCounts;
  crash?: CrashFact;
  /** A custom guardrail that is not measured. */
  missing?: MissingFact;
  /** All problems of metric sources now. */
  problems: readonly LastingProblem[];
  /** The fresh baseline is gone. */
  fresh?: MissingFact;
  saturation?: SaturationFact;
  /** When the last request was counted, if that is a while ago. */
  quietSinceAt?: number;
  /** Since when some edge has not answered. */
  edgesMissingSince?: number;
}

export function firstLook(rollout: Rollout, lease: Lease): Look {
  return {
    lease,
    evidence: emptyEvidence(rollout.policy),
    throughIndex: -1,
    lastIntervalAt: rollout.startedAt,
    totals: noTotals,
    ruled: { requests: 0, errors: 0 },
    shadow: noShadow,
    problems: [],
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
      addCounts(look, counts);
    }
    if (page.length < intervalsPage) return;
  }
}

function addCounts(look: Look, counts: IntervalCounts): void {
  const { ruled, shadow, source = "edge" } = counts;
  look.totals = addInterval(look.totals, counts);
  look.ruled = {
    requests: look.ruled.requests + (ruled?.requests ?? 0),
    errors: look.ruled.errors + (ruled?.errors ?? 0),
  };
  look.shadow = addShadow(look.shadow, shadow);
  look.throughIndex = counts.index;
  // What others count is no sign of life of an edge.
  if (source === "edge") look.lastIntervalAt = Math.max(look.lastIntervalAt, counts.endAt);
}

/** One rollout of those that are driven together, and what is known of it. */
export interface Member {
  readonly stored: Stored<Rollout>;
  readonly look: Look;
}

/**
 * Chooses for each member from what is known now. What was said of all stands with the leader, and nobody goes
 * where one of them has nothing that answers.
 */
export async function nextMoves(
  members: readonly Member[],
  ports: RolloutPorts,
): Promise<readonly Decision[]> {
  const facts = await Promise.all(
    members.map(async ({ stored, look }) => await factsOf(stored.body, look, ports)),
  );
  const areReady = {
    isReady: facts.every((each) => each.isReady),
    isBaselineReady: facts.every((each) => each.isBaselineReady === true),
  };
  const command = members[0]?.stored.body.command;
  return members.map(({ stored, look }, index) => {
    const own = facts[index];
    if (own === undefined) return { kind: "wait", because: "nothing is known of it" };
    const rollout = command === undefined ? stored.body : { ...stored.body, command };
    return choose(rollout, look.evidence, { ...own, ...areReady });
  });
}

async function factsOf(
  rollout: Rollout,
  look: Look,
  { store, clock, dataPlane }: RolloutPorts,
): Promise<Facts> {
  const [candidate, baseline, traffic] = await Promise.all([
    store.get("release", rollout.candidate),
    rollout.baseline === undefined ? undefined : store.get("release", rollout.baseline),
    store.recentTraffic(rollout.app),
  ]);
  const crash = crashOf(candidate?.body);
  if (crash !== undefined) look.crash = crash;
  const now = clock.now();
  const edgesMissing = dataPlane.missingEdges();
  noteSilence(look, edgesMissing, now);
  const gone = freshGone(baseline?.body, rollout);
  if (gone === undefined) delete look.fresh;
  else look.fresh = { what: "fresh", because: gone };
  return {
    now,
    requestsPerSecond: traffic.requestsPerSecond,
    requestsInLastMinute: traffic.requests,
    isReady: candidate !== undefined && isReady(candidate.body),
    isBaselineReady: baseline !== undefined && isReady(baseline.body),
    telemetryDelayMs,
    lastIntervalAt: look.lastIntervalAt,
    edgesMissing,
    ...(look.edgesMissingSince === undefined
      ? {}
      : { edgesMissingMs: now - look.edgesMissingSince }),
    ruled: look.ruled,
    shadow: look.shadow,
    ...factsSeen(look),
  };
}

/** What is not heard: since when nobody came, and since when an edge has been away. */
function noteSilence(look: Look, edgesMissing: readonly string[], now: number): void {
  if (edgesMissing.length === 0) delete look.edgesMissingSince;
  else look.edgesMissingSince ??= now;
  if (now - look.lastIntervalAt < quietMs) delete look.quietSinceAt;
  else look.quietSinceAt = look.lastIntervalAt;
}

function crashOf(candidate: Release | undefined): CrashFact | undefined {
  if (candidate?.crash === undefined) return undefined;
  return {
    instance:
      candidate.instances.find(
        ({ state, freshFor }) => state === "exited" && freshFor === undefined,
      )?.id ?? "its process",
    exits: runOfExits(candidate.crash),
    exit: candidate.crash.lastExit,
  };
}

/** Whether it can serve; a release without `web` serves nobody and has only to run. */
function isReady({ instances, formation }: Release): boolean {
  const hasWeb = (formation["web"] ?? 0) > 0;
  return instances.some(
    ({ state, processType, freshFor }) =>
      state === "ready" && freshFor === undefined && (!hasWeb || processType === "web"),
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
    verdict: verdictOf(rollout.policy, look.evidence, factsSeen(look)),
    totals: look.totals,
    ...(example === undefined ? {} : { failureExample: example }),
  };
}

function factsSeen(look: Look): VerdictFacts {
  const { crash, fresh, missing: unmeasured, saturation, quietSinceAt } = look;
  const missing = fresh ?? unmeasured;
  return {
    ...(quietSinceAt === undefined ? {} : { quietSinceAt }),
    ...(crash === undefined ? {} : { crash }),
    ...(missing === undefined ? {} : { missing }),
    ...(saturation === undefined ? {} : { saturation }),
  };
}
