/** What the evidence says now, with one sentence for people. */
import {
  comparedShare,
  type Arm,
  type GuardrailPolicy,
  type GuardrailState,
  type RolloutPolicy,
  type Verdict,
  type VerdictKind,
} from "#domain";
import { type Luck, luckOf } from "./calibration.ts";
import type { Evidence } from "./evidence.ts";
import { type CrashFact, type SaturationFact, factState } from "./facts.ts";
import type { Reading } from "./guardrail.ts";
import {
  type GuardrailStateData,
  emptyState,
  isStatistical,
  isOfCopies,
  logThresholds,
  readState,
  secondsToSafe,
} from "./guardrails.ts";
import { sentenceOf } from "./sentence.ts";
import { isSplitBroken } from "./split.ts";
import {
  isTooFewToForecast,
  missingArm,
  recentPerSecond,
  safeUsersNeeded,
  unitOf,
} from "./totals.ts";

export type { CrashFact, SaturationFact } from "./facts.ts";

/** What was counted of exposed users and does not arrive. */
export type MissingFact =
  /** No counts at all, for this long. */
  | { readonly what: "counts"; readonly forMs: number }
  /** Nothing of one arm, though the other goes on. */
  | { readonly what: "arm"; readonly arm: Arm; readonly forMs: number }
  /** The fresh baseline is gone: nothing of the candidate's age is left to compare it with. */
  | { readonly what: "fresh"; readonly because: string }
  /** The source of a custom guardrail does not answer, or answers with what cannot be. */
  | {
      readonly what: "metric";
      readonly guardrail: string;
      readonly forMs: number;
      readonly because: string;
    };

export interface VerdictFacts {
  readonly crash?: CrashFact;
  readonly saturation?: SaturationFact;
  /** What the caller knows not to arrive; what the counts themselves show is found without it. */
  readonly missing?: MissingFact;
  /** When the last request was counted, if that is a while ago: then nothing can be forecast. */
  readonly quietSinceAt?: number;
}

/**
 * Judges the evidence under the policy it was gathered with. Harm outranks all, then a broken split, then
 * missing data; "safe" needs every guardrail; without a single request to the candidate the verdict
 * is `no_traffic`, whatever the arithmetic says.
 */
export function verdictOf(
  policy: RolloutPolicy,
  evidence: Evidence,
  facts: VerdictFacts = {},
): Verdict {
  const setting = settingOf(policy, evidence, facts);
  const states = policy.guardrails.map((one, index) => stateOf(one, index, setting));
  const harmful = states.find(({ verdict }) => verdict === "harmful");
  const missing = facts.missing ?? missingIn(evidence);
  const kind = harmful === undefined ? kindOfAll(states, { evidence, missing }) : "harmful";
  const culprit = harmful ?? (kind === "safe" ? undefined : slowest(states));
  return {
    kind,
    sentence: sentenceOf(kind, {
      policy,
      states,
      evidence,
      facts,
      ...(culprit === undefined ? {} : { culprit }),
      ...(missing === undefined ? {} : { missing }),
    }),
    ...(harmful === undefined ? {} : { guardrail: harmful.name }),
    guardrails: states,
    throughIndex: evidence.throughIndex,
  };
}

function missingIn({ totals }: Evidence): MissingFact | undefined {
  const arm = missingArm(totals);
  return arm === undefined ? undefined : { what: "arm", arm, forMs: totals.silence.forMs };
}

function kindOfAll(
  states: readonly GuardrailState[],
  at: { readonly evidence: Evidence; readonly missing: MissingFact | undefined },
): VerdictKind {
  const { evidence, missing } = at;
  if (isSplitBroken(evidence.split)) return "split_broken";
  if (missing !== undefined) return "data_missing";
  if (evidence.totals.candidate.requests === 0) return "no_traffic";
  // Mirrored requests speak before users are exposed; after that users do.
  const compared = states.filter((one) => isStatistical(one) && !isOfCopies(one));
  const isSafe = compared.length > 0 && compared.every(({ verdict }) => verdict === "safe");
  return isSafe ? "safe" : "not_enough_evidence";
}

/** The guardrail that takes longest. */
function slowest(states: readonly GuardrailState[]): GuardrailState | undefined {
  let found: GuardrailState | undefined;
  for (const state of states) {
    if (state.verdict !== "not_enough_evidence" || isOfCopies(state)) continue;
    if ((state.forecastMs ?? Infinity) > (found?.forecastMs ?? (found ? Infinity : -1)))
      found = state;
  }
  return found;
}

interface Setting {
  readonly policy: RolloutPolicy;
  readonly evidence: Evidence;
  readonly facts: VerdictFacts;
  readonly unit: "users" | "requests";
  readonly luck: Luck;
}

function settingOf(policy: RolloutPolicy, evidence: Evidence, facts: VerdictFacts): Setting {
  const { totals, split, calibration } = evidence;
  return {
    policy,
    evidence,
    facts,
    // First harms are held against the shares of a split; a broken one leaves only what needs none.
    unit: isSplitBroken(split) ? "requests" : unitOf(totals, policy),
    luck: luckOf(calibration, comparedShare(totals)),
  };
}

function stateOf(guardrail: GuardrailPolicy, index: number, setting: Setting): GuardrailState {
  const data = setting.evidence.states[index] ?? emptyState(guardrail);
  if (data === undefined) return factState(guardrail, setting.facts);
  return comparedState(guardrail, data, setting);
}

function comparedState(
  guardrail: GuardrailPolicy,
  data: GuardrailStateData,
  setting: Setting,
): GuardrailState {
  const { policy, evidence, unit, luck } = setting;
  const thresholds = logThresholds(policy, guardrail);
  const { totals, moments } = evidence;
  const reading = readState(data, { totals, moments, luck, unit });
  const verdict = verdictOfReading(reading, { data, setting, thresholds });
  const forecastMs =
    verdict === "not_enough_evidence" ? forecast(guardrail, data, setting) : undefined;
  return {
    name: guardrail.name,
    verdict,
    unit: reading.unit,
    baseline: reading.baseline,
    candidate: reading.candidate,
    tolerance: guardrail.tolerance,
    logEHarm: reading.logEHarm,
    logESafe: reading.logESafe,
    logEThreshold: thresholds.harm,
    logESafeThreshold: thresholds.safe,
    ...optional("thresholdMs", reading.thresholdMs),
    ...optional("margin", reading.margin),
    ...optional("forecastMs", forecastMs),
  };
}

type Optional = "thresholdMs" | "margin" | "forecastMs";

function optional(field: Optional, value: number | undefined): Partial<Record<Optional, number>> {
  return value === undefined ? nothing : { [field]: value };
}

const nothing = {};

function verdictOfReading(
  reading: Reading,
  at: {
    readonly data: GuardrailStateData;
    readonly setting: Setting;
    readonly thresholds: { readonly harm: number; readonly safe: number };
  },
): VerdictKind {
  const { data, setting, thresholds } = at;
  if (reading.logEHarm >= thresholds.harm) return "harmful";
  const { candidate } = setting.evidence.totals;
  const hasOwnSample = data.kind === "custom" || isOfCopies({ name: data.kind });
  const sample = hasOwnSample ? reading.candidate.sample : candidate.requests;
  if (sample === 0) return "no_traffic";
  // Users matter where users are exposed; mirrored requests and probes have none.
  const hasUsers =
    hasOwnSample ||
    setting.unit !== "users" ||
    candidate.usersFirstSeen >= safeUsersNeeded(setting.evidence.totals, setting.policy);
  return reading.logESafe >= thresholds.safe && hasUsers ? "safe" : "not_enough_evidence";
}

/**
 * Time at the traffic of late and the policy's largest exposure; absent when it would not come, nobody does, or
 * too few have come to say how many do.
 */
function forecast(
  guardrail: GuardrailPolicy,
  data: GuardrailStateData,
  setting: Setting,
): number | undefined {
  const { policy, evidence, facts } = setting;
  if (facts.quietSinceAt !== undefined || isTooFewToForecast(evidence.totals)) return undefined;
  const perSecond = recentPerSecond(evidence.totals);
  const share = policy.exposureMaxPercent / 100;
  const others = policy.baseline === "fresh" ? Math.min(share, 1 - share) : 1 - share;
  const seconds = secondsToSafe(data, {
    policy: guardrail,
    traffic: {
      baselinePerSecond: perSecond * others,
      candidatePerSecond: perSecond * share,
    },
    logThreshold: logThresholds(policy, guardrail).safe,
    totals: evidence.totals,
  });
  return Number.isFinite(seconds) ? Math.round(1000 * seconds) : undefined;
}
