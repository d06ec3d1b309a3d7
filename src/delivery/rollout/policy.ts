/**
 * What a rollout does when nothing is configured.
 *
 * Errors: harm is more than 1.5 times the baseline AND more than half a percentage point above it. The
 * ratio speaks for services with errors, the half point for those without: against a baseline that
 * never fails no ratio can be shown, and about 700 clean requests show less than +0.5 points.
 * Latency: at no threshold from 50 ms may more than one request in a hundred more be slower than
 * 1.5 times what the baseline's are.
 * Saturation: an instance near the limit of its memory AND 1.5 times as large as the baseline's were at like age,
 * or ended for its memory twice.
 */
import type { RolloutPolicy } from "#domain";

export const defaultRolloutPolicy: RolloutPolicy = {
  strategy: "adaptive",
  harmBudgetRequests: 50,
  alpha: 0.05,
  guardrails: [
    { name: "errors", tolerance: { ratio: 1.5, absolute: 0.005 } },
    { name: "latency", tolerance: { ratio: 1.5, absolute: 0.01 } },
    { name: "crashes", tolerance: { ratio: 1 } },
    { name: "saturation", tolerance: { ratio: 1.5 } },
  ],
  exposureMaxPercent: 50,
  maxDurationMs: 3_600_000,
  atMaxDuration: "hold",
  userKey: { from: "edge_cookie" },
  warmMs: 600_000,
};
