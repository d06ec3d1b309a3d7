/** A rollout as literals, for the tests of what the page says about one. */
import type { ChangeResource, GuardrailResource, RolloutResource } from "#faces/api/contract";

export function guardrail(more: Partial<GuardrailResource> = {}): GuardrailResource {
  return {
    name: "errors",
    verdict: "not_enough_evidence",
    unit: "users",
    baseline: { events: 2, sample: 1000 },
    candidate: { events: 1, sample: 100 },
    tolerance: { ratio: 1.5, absolute: 0.005 },
    logEHarm: 0,
    logESafe: 1,
    logEThreshold: 3,
    forecastMs: 40_000,
    ...more,
  };
}

export function rollout(more: Partial<RolloutResource> = {}): RolloutResource {
  return {
    id: "rol_1",
    app: "shop",
    environment: "production",
    change: "chg_1",
    candidate: "rel_2",
    baseline: "rel_1",
    state: "running",
    exposure: 1200,
    exposurePercent: 12,
    reason: "the evidence allows it",
    startedAt: 1_000,
    steps: ["10 % of users for 5 min", "50 % of users for 5 min"],
    stepNumber: 1,
    verdict: { kind: "not_enough_evidence", sentence: "not enough is known" },
    evidence: {
      throughIndex: 4,
      guardrails: [guardrail(), guardrail({ name: "latency", forecastMs: 20_000 })],
      totals: {
        usersExposed: 340,
        usersHarmed: 1,
        candidateRequests: 900,
        candidateErrors: 1,
        baselineRequests: 6000,
        baselineErrors: 6,
      },
    },
    policy: {
      strategy: "steps",
      harmBudgetRequests: 50,
      alpha: 0.05,
      guardrails: [],
      exposureMaxPercent: 50,
      maxDurationMs: 3_600_000,
      atMaxDuration: "hold",
      userKey: { from: "edge_cookie" },
      warmMs: 600_000,
    },
    ...more,
  };
}

export function change(more: Partial<ChangeResource> = {}): ChangeResource {
  return {
    id: "chg_1",
    app: "shop",
    environment: "production",
    branch: "main",
    commit: "a41c9d2000000000000000000000000000000000",
    tree: "b41c9d2000000000000000000000000000000000",
    subject: "Round totals half to even",
    author: { name: "Ana", email: "ana@example.org" },
    committedAt: 0,
    receivedAt: 0,
    pushedBy: "ana",
    trailers: [],
    expectations: [],
    state: "delivering",
    standing: more.state ?? "delivering",
    stages: [],
    ...more,
  };
}
