/** Rollouts in every step of every policy, and what they may have seen: for the tests of this room. */
import assert from "node:assert/strict";
import {
  latencyCells,
  parseAppName,
  parseId,
  type ArmCounts,
  type IntervalCounts,
  type Rollout,
  type RolloutPolicy,
  type WindowsPolicy,
} from "#domain";
import type { Decision, Facts } from "./decision.ts";
import { type Evidence, replay } from "./evidence.ts";
import { defaultRolloutPolicy } from "./policy.ts";
import { noShadow } from "./shadow.ts";

export type Case = readonly [
  claim: string,
  Rollout,
  Evidence,
  Facts,
  Decision["kind"],
  because: RegExp,
];

function parsed<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  assert.ok(result.ok);
  return result.value;
}

const release = (digit: number) => parsed(parseId("rel", `rel_00000000000${digit}`));
export const minute = 60_000;
/** 2026-11-25T12:00:00Z. */
export const start = 1_795_608_000_000;

export const begun: Rollout = {
  id: parsed(parseId("rol", "rol_000000000000")),
  app: parsed(parseAppName("shop")),
  environment: "production",
  change: parsed(parseId("chg", "chg_000000000000")),
  candidate: release(2),
  baseline: release(1),
  policy: defaultRolloutPolicy,
  salt: "salt",
  state: "running",
  exposure: 0,
  startedAt: start,
  reason: "as told",
  verdict: { kind: "no_traffic", sentence: "", guardrails: [], throughIndex: -1 },
  totals: {
    usersExposed: 0,
    usersHarmed: 0,
    candidateRequests: 0,
    candidateErrors: 0,
    baselineRequests: 0,
    baselineErrors: 0,
  },
};

function arm(requests: number, errors: number): ArmCounts {
  const latency = Array.from({ length: latencyCells }, () => 0);
  latency[6] = requests;
  const users = { usersFirstHarmed: errors, usersFirstSeen: requests };
  return { requests, errors, connectionFailures: 0, unkeyedRequests: 0, latency, ...users };
}

/** Seconds alike from the start on, at an exposure of a fifth. */
function history(seconds: number, candidateErrors: number): Evidence {
  return counted(seconds, () => [arm(20, candidateErrors), arm(80, 0)]);
}

function counted(
  seconds: number,
  armsOf: (second: number) => readonly [candidate: ArmCounts, baseline: ArmCounts],
): Evidence {
  const intervals = Array.from({ length: seconds }, (_, index): IntervalCounts => {
    const [candidate, baseline] = armsOf(index);
    const [startAt, endAt] = [start + index * 1000, start + index * 1000 + 1000];
    return { rollout: begun.id, index, startAt, endAt, exposure: 2000, candidate, baseline };
  });
  return parsed(replay(defaultRolloutPolicy, intervals));
}

/** A minute and a half in which the baseline is not heard of for the last so many seconds. */
export const unheard = (seconds: number): Evidence =>
  counted(90, (second) => [arm(20, 0), arm(second < 90 - seconds ? 80 : 0, 0)]);

export const nothing = history(0, 0);
export const little = history(2, 0);
export const clean = history(180, 0);
/** Two requests failed: nothing is proven by that, and a small budget is spent. */
export const costly = counted(2, (second) => [arm(20, second === 0 ? 2 : 0), arm(80, 0)]);
export const failing = history(2, 15);
/** Four times as many users at the candidate as its share is. */
export const skewed = counted(60, () => [
  { ...arm(80, 0), usersNew: 80 },
  { ...arm(20, 0), usersNew: 20 },
]);

/** The facts so many minutes after the start. */
export const after = (minutes: number, more: Partial<Facts> = {}): Facts => ({
  now: start + minutes * minute,
  requestsPerSecond: 100,
  isReady: true,
  telemetryDelayMs: 1000,
  lastIntervalAt: start + minutes * minute - 500,
  edgesMissing: [],
  ...more,
});

export const steps: Partial<RolloutPolicy> = {
  strategy: "steps",
  exposureMaxPercent: 50,
  steps: [
    { weightPercent: 1, forMs: 5 * minute, until: "time" },
    { weightPercent: 10, forMs: minute, until: "approval" },
    { weightPercent: 50, forMs: 10 * minute, until: "safe" },
  ],
};
export const withPolicy = (rollout: Rollout, policy: Partial<RolloutPolicy>): Rollout => ({
  ...rollout,
  policy: { ...defaultRolloutPolicy, ...policy },
});
export const under = (policy: Partial<RolloutPolicy>, more: Partial<Rollout> = {}): Rollout => ({
  ...withPolicy(begun, policy),
  ...more,
});
/** In this step (from 0) since the start, with this percentage of users. */
export const inStep = (
  index: number,
  percent: number,
  more: Partial<Rollout> = {},
): Partial<Rollout> => ({
  step: { index, enteredAt: start },
  exposure: percent * 100,
  ...(percent > 0 ? { firstExposedAt: start } : {}),
  ...more,
});
export const approved = (index: number): Partial<Rollout> => ({
  step: { index, enteredAt: start, approval: { by: "ana", reason: "looks good", at: start } },
});
export const cohorts: Partial<RolloutPolicy> = {
  cohorts: {
    rules: [{ match: { kind: "header", name: "x-beta", value: "1" } }],
    aloneMs: 10 * minute,
    until: "time",
  },
};
export const blueGreen: Partial<RolloutPolicy> = { strategy: "blue-green", hasPreview: true };
export const automatic: Partial<RolloutPolicy> = { ...blueGreen, autoPromoteMs: 5 * minute };
export const shadow: Partial<RolloutPolicy> = {
  shadow: { requests: 200, sharePercent: 10 },
  guardrails: [
    ...defaultRolloutPolicy.guardrails,
    { name: "shadow", tolerance: { ratio: 1.5, absolute: 0.005 } },
  ],
};

/** 200 copies in an interval in which nobody met the candidate. */
export function copied(candidateOnlyFailed: number, baselineOnlyFailed: number): Evidence {
  const counts: IntervalCounts = {
    rollout: begun.id,
    index: 0,
    startAt: start,
    endAt: start + 1000,
    exposure: 0,
    candidate: arm(0, 0),
    baseline: arm(200, 0),
    shadow: { ...noShadow, mirrored: 200, candidateOnlyFailed, baselineOnlyFailed },
  };
  return parsed(replay({ ...defaultRolloutPolicy, ...shadow }, [counts]));
}
export const freeze: WindowsPolicy = {
  freezes: [{ fromAt: start - minute, toAt: start + 30 * minute, reason: "sale" }],
};
export const baking = (more: Partial<Rollout> = {}): Rollout =>
  under(
    { bake: { forMs: 30 * minute, controlPercent: 2 } },
    { state: "baking", exposure: 9800, publishedAt: start, firstExposedAt: start, ...more },
  );
export const lettingIn: Partial<RolloutPolicy> = {
  maxDurationMs: 120 * minute,
  atMaxDuration: "promote",
};
export const thrifty: Partial<RolloutPolicy> = { harmBudgetRequests: 1 };
/** Its one step is over when its time is. */
export const timed: Partial<RolloutPolicy> = {
  strategy: "steps",
  steps: [{ weightPercent: 20, forMs: 30 * minute, until: "time" }],
};
export const lateFreeze: WindowsPolicy = {
  freezes: [{ fromAt: start + 180 * minute, toAt: start + 720 * minute, reason: "sale" }],
};
export const probed: Partial<RolloutPolicy> = {
  probes: [{ path: "/", everyMs: 500, timeoutMs: 2_000 }],
};
export const unmeasured = {
  what: "metric",
  guardrail: "checkout",
  forMs: 20_000,
  because: "main is slow",
} as const;
export const ruled = (errors: number) => ({ ruled: { requests: 60, errors } });
const { baseline: _none, ...first } = begun;
/** A first release. */
export const without = first;
