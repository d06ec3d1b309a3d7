/**
 * Observe: what this program says about itself, and what apps say about themselves.
 *
 * Answers: where log events go, as one JSON object a line; what apps' own metrics, a Prometheus server and
 * probes count for a rollout's custom guardrails.
 * Leaves to others: what apps print (platform), what users experience (mesh), what counts prove (rollout).
 * Invariants: a log line never holds a secret under a known name; no event can flood the log; an instance
 * reports as itself only; no count is invented, and none is waited for.
 * Read next: create-log.ts; metrics.ts, then otlp/totals.ts and gather.ts.
 */
export { createLog, type LogOptions } from "./create-log.ts";
export { openChangeLogs } from "./change-logs.ts";
export { openLogReader } from "./log-reader.ts";
export { openMetrics } from "./open-metrics.ts";
export type { MetricsOptions, OpenMetrics } from "./metrics.ts";
export type { MetricAnswer, MetricExport } from "./otlp/intake.ts";
