import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ArmCounts,
  type IntervalCounts,
  latencyCells,
  parseAppName,
  parseId,
  type Rollout,
  type RolloutPolicy,
} from "#domain";
import { decide } from "./decide.ts";
import { replay } from "./evidence.ts";
import { probePairsMin } from "./limits.ts";
import { defaultRolloutPolicy } from "./policy.ts";
import { verdictOf } from "./verdict.ts";

function parsed<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  assert.ok(result.ok);
  return result.value;
}

const policy: RolloutPolicy = {
  ...defaultRolloutPolicy,
  probes: [{ path: "/", everyMs: 500, timeoutMs: 2_000 }],
  guardrails: [
    ...defaultRolloutPolicy.guardrails,
    {
      name: "probes",
      tolerance: { ratio: 1.5, absolute: 0.005 },
      metric: { from: "probes", events: "failed", sample: "asked" },
    },
  ],
};

function arm(failed: number, asked: number): ArmCounts {
  return {
    requests: 0,
    errors: 0,
    connectionFailures: 0,
    unkeyedRequests: 0,
    usersFirstHarmed: 0,
    usersFirstSeen: 0,
    latency: Array.from({ length: latencyCells }, () => 0),
    custom: { probes: { events: failed, sample: asked } },
  };
}

const id = parsed(parseId("rol", "rol_000000000001"));

/** Pairs as they come: some in each interval of two seconds. */
function decisionAfter(
  intervals: number,
  failed: readonly [baseline: number, candidate: number],
  now = 2_000 * intervals,
) {
  const perInterval = 4;
  const counts = Array.from({ length: intervals }, (_, index): IntervalCounts => ({
    rollout: id,
    index: index + 1,
    startAt: 2_000 * index,
    endAt: 2_000 * (index + 1),
    exposure: 0,
    source: "probes",
    baseline: arm(failed[0], perInterval),
    candidate: arm(failed[1], perInterval),
  }));
  const evidence = parsed(replay(policy, counts));
  const rollout: Rollout = {
    id,
    app: parsed(parseAppName("shop")),
    environment: "production",
    change: parsed(parseId("chg", "chg_000000000001")),
    baseline: parsed(parseId("rel", "rel_000000000001")),
    candidate: parsed(parseId("rel", "rel_000000000002")),
    policy,
    salt: "salt",
    state: "running",
    exposure: 0,
    startedAt: 0,
    reason: "",
    verdict: verdictOf(policy, evidence),
    totals: {
      usersExposed: 0,
      usersHarmed: 0,
      candidateRequests: 0,
      candidateErrors: 0,
      baselineRequests: 0,
      baselineErrors: 0,
    },
  };
  return decide(rollout, evidence, {
    now,
    requestsPerSecond: 0,
    isReady: true,
    telemetryDelayMs: 1_500,
    edgesMissing: [],
  });
}

const enough = probePairsMin / 4;

// oxfmt-ignore
const cases: readonly (readonly [claim: string, intervals: number, failed: readonly [number, number], kind: string, because: RegExp])[] = [
  ["nobody is let in before the first probe", 0, [0, 0], "wait", /probes come first: 0 of 20/],
  ["nor one interval before there are enough", enough - 1, [0, 0], "wait", /16 of 20/],
  ["clean probes let users in", enough, [0, 0], "expose", /./],
  ["probes that fail everywhere show nothing of the candidate", enough, [4, 4], "expose", /./],
  ["a candidate that fails them all is taken back before anybody met it", enough, [0, 4], "roll_back", /probes/],
  ["one that fails half of them is, a little later", enough * 3, [0, 2], "roll_back", /probes/],
];
for (const [claim, intervals, failed, kind, because] of cases) {
  test(`probes: ${claim}`, () => {
    const decision = decisionAfter(intervals, failed);
    assert.equal(decision.kind, kind, decision.because);
    assert.match(decision.because, because);
  });
}

test("probes: when time is over and they never spoke, a person is asked and nobody let in", () => {
  assert.equal(decisionAfter(0, [0, 0], policy.maxDurationMs - 1).kind, "wait");
  assert.equal(decisionAfter(0, [0, 0], policy.maxDurationMs).kind, "hold");
});
