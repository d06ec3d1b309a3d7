/** What the evidence says now, with one sentence for people. */
import type { GuardrailPolicy, GuardrailState, RolloutPolicy, Verdict, VerdictKind } from "#domain";
import type { Evidence } from "./evidence.ts";
import type { Reading, Traffic } from "./guardrail.ts";
import {
  type StatisticalName,
  type StatisticalPolicy,
  guardrails,
  logThresholds,
  statisticalOf,
} from "./guardrails.ts";
import { crashExitsMax, safeUsersMin } from "./limits.ts";
import { sentenceOf } from "./sentence.ts";
import { recentPerSecond, unitOf } from "./totals.ts";

export interface CrashFact {
  readonly instance: string;
  /** How often it exited on its own since it was started. */
  readonly exits: number;
  /** "exit code 1", "signal SIGKILL". */
  readonly exit: string;
}

export interface VerdictFacts {
  readonly crash?: CrashFact;
  /** Traffic for the forecast; default: what the evidence saw lately. */
  readonly requestsPerSecond?: number;
}

/**
 * Judges the evidence under the policy it was gathered with. Harm outranks all; "safe" needs every guardrail;
 * without a single request to the candidate the verdict is `no_traffic`, whatever the arithmetic says.
 */
export function verdictOf(
  policy: RolloutPolicy,
  evidence: Evidence,
  facts: VerdictFacts = {},
): Verdict {
  const states = policy.guardrails.map((one) => stateOf(one, { policy, evidence, facts }));
  const harmful = states.find(({ verdict }) => verdict === "harmful");
  const kind = harmful === undefined ? kindOf(states, evidence) : "harmful";
  const culprit = harmful ?? (kind === "safe" ? undefined : slowest(states));
  return {
    kind,
    sentence: sentenceOf(kind, {
      states,
      totals: evidence.totals,
      ...(culprit === undefined ? {} : { culprit }),
      ...(facts.crash === undefined ? {} : { crash: facts.crash }),
    }),
    ...(harmful === undefined ? {} : { guardrail: harmful.name }),
    guardrails: states,
    throughIndex: evidence.throughIndex,
  };
}

function isCrashLoop(crash: CrashFact | undefined): crash is CrashFact {
  return crash !== undefined && crash.exits >= crashExitsMax;
}

function kindOf(states: readonly GuardrailState[], evidence: Evidence): VerdictKind {
  if (evidence.totals.candidate.requests === 0) return "no_traffic";
  const compared = states.filter(({ name }) => name !== "crashes");
  const isSafe = compared.length > 0 && compared.every(({ verdict }) => verdict === "safe");
  return isSafe ? "safe" : "not_enough_evidence";
}

/** The guardrail that takes longest. */
function slowest(states: readonly GuardrailState[]): GuardrailState | undefined {
  const open = states.filter(({ verdict }) => verdict === "not_enough_evidence");
  return open.toSorted((a, b) => (b.forecastMs ?? Infinity) - (a.forecastMs ?? Infinity))[0];
}

interface Setting {
  readonly policy: RolloutPolicy;
  readonly evidence: Evidence;
  readonly facts: VerdictFacts;
}

function stateOf(guardrail: GuardrailPolicy, setting: Setting): GuardrailState {
  const { name, tolerance } = guardrail;
  const statistical = statisticalOf(setting.policy).find((one) => one.name === name);
  if (statistical !== undefined) return comparedState(statistical, setting);
  const { crash } = setting.facts;
  return {
    name,
    verdict: isCrashLoop(crash) ? "harmful" : "safe",
    unit: "instances",
    baseline: { events: 0, sample: 0 },
    candidate: { events: crash?.exits ?? 0, sample: crash === undefined ? 0 : 1 },
    tolerance,
    logEHarm: 0,
    logESafe: 0,
    logEThreshold: 0,
  };
}

function comparedState(guardrail: StatisticalPolicy, setting: Setting): GuardrailState {
  const { policy, evidence } = setting;
  const thresholds = logThresholds(policy);
  const reading = readOne(guardrail.name, evidence);
  const verdict = verdictOfReading(reading, evidence, thresholds);
  const forecastMs = verdict === "not_enough_evidence" ? forecast(guardrail, setting) : undefined;
  return {
    name: guardrail.name,
    verdict,
    ...reading,
    tolerance: guardrail.tolerance,
    logEThreshold: thresholds.harm,
    logESafeThreshold: thresholds.safe,
    ...(forecastMs === undefined ? {} : { forecastMs }),
  };
}

function verdictOfReading(
  reading: Reading,
  evidence: Evidence,
  thresholds: { readonly harm: number; readonly safe: number },
): VerdictKind {
  const { candidate } = evidence.totals;
  if (reading.logEHarm >= thresholds.harm) return "harmful";
  if (candidate.requests === 0) return "no_traffic";
  const hasUsers = unitOf(evidence.totals) !== "users" || candidate.usersFirstSeen >= safeUsersMin;
  return reading.logESafe >= thresholds.safe && hasUsers ? "safe" : "not_enough_evidence";
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- K ties a guardrail to its state
function readOne<K extends StatisticalName>(name: K, evidence: Evidence): Reading {
  return guardrails[name].read(evidence.states[name] ?? guardrails[name].empty(), evidence.totals);
}

/** Time at the present traffic and the policy's largest exposure; absent when it would not come. */
function forecast(guardrail: StatisticalPolicy, setting: Setting): number | undefined {
  const { policy, evidence, facts } = setting;
  const perSecond = facts.requestsPerSecond ?? recentPerSecond(evidence.totals);
  const share = policy.exposureMaxPercent / 100;
  const traffic = {
    baselinePerSecond: perSecond * (1 - share),
    candidatePerSecond: perSecond * share,
  };
  const seconds = secondsToSafe(guardrail, { evidence, traffic, policy });
  return Number.isFinite(seconds) ? Math.round(1000 * seconds) : undefined;
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- K ties a guardrail to its state
function secondsToSafe<K extends StatisticalName>(
  guardrail: StatisticalPolicy & { readonly name: K },
  at: { readonly evidence: Evidence; readonly traffic: Traffic; readonly policy: RolloutPolicy },
): number {
  const { name, tolerance } = guardrail;
  return guardrails[name].secondsToSafe(at.evidence.states[name] ?? guardrails[name].empty(), {
    tolerance,
    traffic: at.traffic,
    logThreshold: logThresholds(at.policy).safe,
    totals: at.evidence.totals,
  });
}
