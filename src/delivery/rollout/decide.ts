/**
 * Decides the next move of a rollout. Pure: no clock, no I/O, no randomness.
 *
 * In order: what is over stays over; harm takes the candidate away, also while a person has paused; what
 * is paused, held or not ready does not move; what has nothing to compare with or need not be compared
 * goes ahead; then the verdict, the clock, and at last exposure.
 */
import { formatDurationMs, unreachable } from "#std";
import { finalRolloutStates, type Rollout, type Verdict } from "#domain";
import type { Evidence } from "./evidence.ts";
import { excessRatioMax, nextExposure } from "./exposure.ts";
import { requestsMissedMin, safeAfterExposureMsMin, telemetryMissingMs } from "./limits.ts";
import { type CrashFact, verdictOf } from "./verdict.ts";

export type Decision =
  /** Nothing to do until more evidence or time has come. */
  | { readonly kind: "wait"; readonly because: string; readonly forecastMs?: number }
  /** Moves exposure; only ever up, while the rollout runs. */
  | { readonly kind: "expose"; readonly to: number; readonly because: string }
  | { readonly kind: "promote"; readonly because: string }
  | { readonly kind: "roll_back"; readonly because: string }
  /** Keeps exposure as it is and asks a person. */
  | { readonly kind: "hold"; readonly because: string; readonly next: string };

export interface Facts {
  readonly now: number;
  /** Of the app, both arms, lately. */
  readonly requestsPerSecond: number;
  /** Whether the candidate's instances answer. */
  readonly isReady: boolean;
  /** An instance of the candidate that exited without being asked to. */
  readonly crash?: CrashFact;
  /** How old the newest counts are when they arrive. */
  readonly telemetryDelayMs: number;
  /** When the newest interval ended; absent before the first. */
  readonly lastIntervalAt?: number;
  /** Edges whose counts do not come. */
  readonly edgesMissing: readonly string[];
}

export function decide(rollout: Rollout, evidence: Evidence, facts: Facts): Decision {
  if (finalRolloutStates.has(rollout.state)) {
    return { kind: "wait", because: `the rollout is over: ${rollout.state}` };
  }
  const verdict = verdictOf(rollout.policy, evidence, facts);
  if (verdict.kind === "harmful") return { kind: "roll_back", because: verdict.sentence };
  return (
    standing(rollout, facts) ?? ahead(rollout) ?? onEvidence(rollout, evidence, { facts, verdict })
  );
}

/** Why the rollout does not move at all, if so. */
function standing(rollout: Rollout, facts: Facts): Decision | undefined {
  if (rollout.state !== "running")
    return { kind: "wait", because: `${rollout.state}: ${rollout.reason}` };
  if (!facts.isReady) return { kind: "wait", because: "the candidate is not ready" };
  return undefined;
}

/** What the strategy settles without a comparison. */
function ahead({ policy, baseline }: Rollout): Decision | undefined {
  if (policy.strategy === "hold") {
    return {
      kind: "hold",
      because: "the policy is to hold: the candidate runs and nobody is let in",
      next: "tidegate rollout promote",
    };
  }
  if (baseline === undefined) {
    return { kind: "promote", because: "the first release: there is no baseline to compare with" };
  }
  if (policy.strategy === "all-at-once") {
    return {
      kind: "promote",
      because: "the policy is all-at-once: everybody is let in when it is ready",
    };
  }
  return undefined;
}

interface Case {
  readonly facts: Facts;
  readonly verdict: Verdict;
}

function onEvidence(rollout: Rollout, evidence: Evidence, { facts, verdict }: Case): Decision {
  const silence = silenceOf(rollout, evidence, { facts, verdict });
  if (silence === undefined && isProven(rollout, { facts, verdict })) {
    return { kind: "promote", because: verdict.sentence };
  }
  const why = silence ?? verdict.sentence;
  if (facts.now - rollout.startedAt >= rollout.policy.maxDurationMs) return atEnd(rollout, why);
  const forecasts = verdict.guardrails.flatMap(({ forecastMs }) => forecastMs ?? []);
  const to =
    silence === undefined
      ? nextExposure(rollout.policy, evidence, { ...facts, exposure: rollout.exposure })
      : rollout.exposure;
  if (to > rollout.exposure) return { kind: "expose", to, because: exposedBecause(evidence) };
  return {
    kind: "wait",
    because: why,
    ...(forecasts.length === 0 ? {} : { forecastMs: Math.max(...forecasts) }),
  };
}

/** Safe, and with users on it for long enough that what shows late has had its chance. */
function isProven(rollout: Rollout, { facts, verdict }: Case): boolean {
  const exposedMs = facts.now - (rollout.firstExposedAt ?? facts.now);
  return verdict.kind === "safe" && rollout.exposure > 0 && exposedMs >= safeAfterExposureMsMin;
}

function atEnd(rollout: Rollout, why: string): Decision {
  const because = `no verdict within ${formatDurationMs(rollout.policy.maxDurationMs)}: ${why}`;
  switch (rollout.policy.atMaxDuration) {
    case "hold":
      return { kind: "hold", because, next: "tidegate rollout promote, or tidegate rollout abort" };
    case "abort":
      return { kind: "roll_back", because };
    case "promote":
      return { kind: "promote", because: `${because}; the policy is to let everybody in then` };
    default:
      return unreachable(rollout.policy.atMaxDuration);
  }
}

/**
 * Why nobody more is let in for want of fresh counts, if so. Silence is never good news, however long it
 * lasts: after a minute of it the traffic of the last minute is nothing, which looks as if nobody came.
 */
function silenceOf(
  rollout: Rollout,
  evidence: Evidence,
  { facts, verdict }: Case,
): string | undefined {
  const { edgesMissing, now, telemetryDelayMs } = facts;
  if (edgesMissing.length > 0) {
    const verb = edgesMissing.length === 1 ? "does" : "do";
    return `data missing: ${edgesMissing.join(", ")} ${verb} not answer, so exposure stays`;
  }
  if (rollout.exposure === 0) return undefined; // nobody has it, so nothing of it could be counted
  const silentMs = now - Math.max(facts.lastIntervalAt ?? 0, rollout.firstExposedAt ?? 0);
  if (silentMs <= Math.max(telemetryMissingMs, 3 * telemetryDelayMs)) return undefined;
  const { baseline, candidate } = evidence.totals;
  if (baseline.requests + candidate.requests === 0) return verdict.sentence; // there was none to miss
  const since = `no counts from the edge for ${formatDurationMs(silentMs)}`;
  const missed = (facts.requestsPerSecond * silentMs) / 1_000;
  if (missed >= requestsMissedMin) return `data missing: ${since}, so exposure stays`;
  return `${since}: no requests, or data is missing, so exposure stays; ${verdict.sentence}`;
}

function exposedBecause(evidence: Evidence): string {
  const { requests, errors } = evidence.totals.candidate;
  if (requests === 0)
    return "nothing is known yet; with the traffic there is, that stays within the harm budget";
  const excess = (100 * excessRatioMax(evidence)).toFixed(1);
  return `${errors} of its ${requests} requests failed; at worst ${excess} % more fail than before`;
}
