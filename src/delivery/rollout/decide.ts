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
import { safeAfterExposureMsMin, telemetryMissingMs } from "./limits.ts";
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
}

export function decide(rollout: Rollout, evidence: Evidence, facts: Facts): Decision {
  if (finalRolloutStates.has(rollout.state)) {
    return { kind: "wait", because: `the rollout is over: ${rollout.state}` };
  }
  const verdict = verdictOf(rollout.policy, evidence, facts);
  if (verdict.kind === "harmful") return { kind: "roll_back", because: verdict.sentence };
  return (
    standing(rollout, facts) ??
    ahead(rollout, verdict, facts) ??
    onEvidence(rollout, evidence, { facts, verdict })
  );
}

/** Why the rollout does not move at all, if so. */
function standing(rollout: Rollout, facts: Facts): Decision | undefined {
  if (rollout.state !== "running")
    return { kind: "wait", because: `${rollout.state}: ${rollout.reason}` };
  if (!facts.isReady) return { kind: "wait", because: "the candidate is not ready" };
  return undefined;
}

/** What the strategy settles without, or ahead of, a comparison. */
function ahead(rollout: Rollout, verdict: Verdict, facts: Facts): Decision | undefined {
  const { policy, baseline } = rollout;
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
  if (verdict.kind !== "safe") return undefined;
  const exposedMs = facts.now - (rollout.firstExposedAt ?? facts.now);
  if (rollout.exposure > 0 && exposedMs >= safeAfterExposureMsMin) {
    return { kind: "promote", because: verdict.sentence };
  }
  return undefined;
}

interface Case {
  readonly facts: Facts;
  readonly verdict: Verdict;
}

function onEvidence(rollout: Rollout, evidence: Evidence, { facts, verdict }: Case): Decision {
  if (facts.now - rollout.startedAt >= rollout.policy.maxDurationMs) return atEnd(rollout, verdict);
  if (isTelemetryMissing(rollout, facts)) {
    const sinceMs = facts.now - (facts.lastIntervalAt ?? rollout.firstExposedAt ?? facts.now);
    return {
      kind: "wait",
      because: `data missing: no counts from the edge for ${formatDurationMs(sinceMs)}, so exposure stays`,
    };
  }
  const to = nextExposure(rollout.policy, evidence, { ...facts, exposure: rollout.exposure });
  if (to > rollout.exposure) return { kind: "expose", to, because: exposedBecause(evidence) };
  const forecasts = verdict.guardrails.flatMap(({ forecastMs }) => forecastMs ?? []);
  return {
    kind: "wait",
    because: verdict.sentence,
    ...(forecasts.length === 0 ? {} : { forecastMs: Math.max(...forecasts) }),
  };
}

function atEnd(rollout: Rollout, verdict: Verdict): Decision {
  const because = `no verdict within ${formatDurationMs(rollout.policy.maxDurationMs)}: ${verdict.sentence}`;
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

/** Silence from the edge while users are exposed and requests are known to come in is not good news. */
function isTelemetryMissing(rollout: Rollout, facts: Facts): boolean {
  if (rollout.exposure === 0 || facts.requestsPerSecond <= 0) return false;
  const lastAt = Math.max(facts.lastIntervalAt ?? 0, rollout.firstExposedAt ?? 0);
  return facts.now - lastAt > Math.max(telemetryMissingMs, 3 * facts.telemetryDelayMs);
}

function exposedBecause(evidence: Evidence): string {
  const { requests, errors } = evidence.totals.candidate;
  if (requests === 0)
    return "nothing is known yet; with the traffic there is, that stays within the harm budget";
  const excess = (100 * excessRatioMax(evidence)).toFixed(1);
  return `${errors} of its ${requests} requests failed; at worst ${excess} % more fail than before`;
}
