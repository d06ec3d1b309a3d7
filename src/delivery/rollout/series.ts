/**
 * A rollout over time: what the production evidence said after each stored interval, thinned out to a bounded
 * number of points while it is folded. Nothing is computed a second time: the fold, the verdict, the bounds and
 * the exposure that the budget allows are those that the controller uses.
 *
 * Points are kept every `stride` intervals; when there are too many, every second one goes and the stride
 * doubles. So a rollout of any length is folded in one pass and the memory of a page.
 */
import type { GuardrailState, IntervalCounts, RolloutPolicy, Verdict } from "#domain";
import { emptyEvidence, foldInterval, type Evidence } from "./evidence.ts";
import { nextExposure } from "./exposure.ts";
import { type LatencyTails, latencyTails, slowerThan } from "./latency-guardrail.ts";
import { telemetryDelayMs } from "./limits.ts";
import { ratioLowerBound, ratioUpperBound } from "./ratio-bound.ts";
import { verdictOf } from "./verdict.ts";

/** Candidate minus baseline, with bounds that hold at all times together with the given probability. */
export interface Difference {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

export interface SeriesGuardrail extends GuardrailState {
  /** Absent while one arm has nothing, and for what is a fact. */
  readonly difference?: Difference;
  /**
   * Of latency, the sums at the threshold of the newest point: the threshold at which it fares worst may be another
   * one at each point, and a line through several of them says nothing.
   */
  readonly alike?: Pick<GuardrailState, "baseline" | "candidate">;
}

export interface SeriesPoint {
  readonly index: number;
  readonly at: number;
  /** Buckets of the candidate. */
  readonly exposure: number;
  /** Buckets that the harm budget allowed; absent where exposure follows steps. */
  readonly exposureAllowed?: number;
  readonly verdict: Pick<Verdict, "kind" | "sentence" | "guardrail">;
  readonly usersSeen: { readonly baseline: number; readonly candidate: number };
  readonly guardrails: readonly SeriesGuardrail[];
}

interface KeptPoint {
  readonly point: SeriesPoint;
  readonly tails?: LatencyTails;
}

export interface Series {
  /** How many intervals were folded. */
  readonly intervals: number;
  /** Index of the newest; -1 before the first. */
  readonly throughIndex: number;
  readonly points: readonly SeriesPoint[];
}

export interface SeriesFold {
  /** Adds the next interval; one that the engine refuses is left out, as the controller leaves it out. */
  take(counts: IntervalCounts): void;
  /** What is known so far: at most `pointsMax` points, the newest interval among them. */
  read(pointsMax: number): Series;
}

/** Not below what anybody may ask for, as points that are gone do not come back. */
const pointsKept = 1_024;

export function openSeries(policy: RolloutPolicy): SeriesFold {
  let evidence = emptyEvidence(policy);
  let points: KeptPoint[] = [];
  let [intervals, stride] = [0, 1];
  let newest: IntervalCounts | undefined;
  return {
    take(counts) {
      const folded = foldInterval(evidence, counts);
      if (!folded.ok) return;
      evidence = folded.value;
      newest = counts;
      if (intervals % stride === 0) points.push(pointOf(evidence, counts));
      intervals += 1;
      if (points.length < 2 * pointsKept) return;
      points = points.filter((_, index) => index % 2 === 0);
      stride *= 2;
    },
    read(pointsMax) {
      const { throughIndex } = evidence;
      const kept = thinned(points, pointsMax);
      const isTold = newest === undefined || kept.at(-1)?.point.index === newest.index;
      const last = isTold || newest === undefined ? [] : [pointOf(evidence, newest)];
      const room = last.length === 0 ? kept : kept.slice(0, pointsMax - 1);
      return { intervals, throughIndex, points: alike([...room, ...last]) };
    },
  };
}

/** Evenly spread, the first among them. */
function thinned(points: readonly KeptPoint[], pointsMax: number): readonly KeptPoint[] {
  const step = Math.ceil(points.length / pointsMax);
  return step <= 1 ? points : points.filter((_, index) => index % step === 0);
}

/** All points at the newest one's threshold of latency. */
function alike(kept: readonly KeptPoint[]): readonly SeriesPoint[] {
  const newest = kept.at(-1)?.point.guardrails.find(({ name }) => name === "latency");
  const thresholdMs = newest?.thresholdMs;
  if (thresholdMs === undefined) return kept.map(({ point }) => point);
  return kept.map(({ point, tails }) => {
    const slower = tails === undefined ? undefined : slowerThan(tails, thresholdMs);
    if (slower === undefined) return point;
    const guardrails = point.guardrails.map((state) =>
      state.name === "latency" ? { ...state, alike: sumsOf(state, slower) } : state,
    );
    return { ...point, guardrails };
  });
}

function sumsOf(
  { baseline, candidate }: GuardrailState,
  slower: { readonly baseline: number; readonly candidate: number },
): NonNullable<SeriesGuardrail["alike"]> {
  return {
    baseline: { events: slower.baseline, sample: baseline.sample },
    candidate: { events: slower.candidate, sample: candidate.sample },
  };
}

function pointOf(evidence: Evidence, counts: IntervalCounts): KeptPoint {
  const point = judgedPoint(evidence, counts);
  for (const data of evidence.states) {
    if (data?.kind === "latency") return { point, tails: latencyTails(data.state) };
  }
  return { point };
}

function judgedPoint(evidence: Evidence, { index, endAt, exposure }: IntervalCounts): SeriesPoint {
  const { policy, totals } = evidence;
  const { kind, sentence, guardrail, guardrails } = verdictOf(policy, evidence);
  return {
    index,
    at: endAt,
    exposure,
    ...(policy.strategy === "adaptive" ? { exposureAllowed: allowed(evidence, exposure) } : {}),
    verdict: { kind, sentence, ...(guardrail === undefined ? {} : { guardrail }) },
    usersSeen: {
      baseline: totals.baseline.usersFirstSeen,
      candidate: totals.candidate.usersFirstSeen,
    },
    guardrails: guardrails.map((state) => withDifference(state, policy.alpha)),
  };
}

/** At the traffic that the counts themselves show. */
function allowed(evidence: Evidence, exposure: number): number {
  return nextExposure(evidence.policy, evidence, {
    exposure,
    requestsPerSecond: 0,
    telemetryDelayMs,
  });
}

function withDifference(state: GuardrailState, alpha: number): SeriesGuardrail {
  // A fact counts exits or bytes, which are no events among a sample.
  const difference = state.unit === "instances" ? undefined : differenceOf(state, alpha);
  return difference === undefined ? state : { ...state, difference };
}

/**
 * The difference of the arms' ratios. Each arm's bounds hold at all times with probability 1 - alpha / 2, so
 * both do with 1 - alpha, and so does what they leave between them: wide, and true however often one looks.
 */
export function differenceOf(
  { baseline, candidate }: Pick<GuardrailState, "baseline" | "candidate">,
  alpha: number,
): Difference | undefined {
  if (baseline.sample === 0 || candidate.sample === 0) return undefined;
  const half = alpha / 2;
  return {
    estimate: candidate.events / candidate.sample - baseline.events / baseline.sample,
    lower: ratioLowerBound(candidate, half) - ratioUpperBound(baseline, half),
    upper: ratioUpperBound(candidate, half) - ratioLowerBound(baseline, half),
  };
}
