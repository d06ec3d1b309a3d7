/** A policy to complete manifests with, for the tests of this room. */
import type { RolloutPolicy } from "#domain";

export const usualPolicy: RolloutPolicy = {
  strategy: "adaptive",
  harmBudgetRequests: 50,
  alpha: 0.05,
  guardrails: [
    { name: "errors", tolerance: { ratio: 1.5 } },
    { name: "crashes", tolerance: { ratio: 1 } },
  ],
  exposureMaxPercent: 50,
  maxDurationMs: 3_600_000,
  atMaxDuration: "hold",
  userKey: { from: "edge_cookie" },
  warmMs: 600_000,
};
