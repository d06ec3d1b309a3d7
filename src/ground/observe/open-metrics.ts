/**
 * The metric sources behind an import of their own: the supervisor and the edges come through the same door
 * for their log, must stay small, and use none of this (60 modules of protobuf).
 */
import type { MetricsOptions, OpenMetrics } from "./metrics.ts";

/** Opens the intake of apps' own metrics, the Prometheus servers that were named, and the probes. */
export async function openMetrics(options: MetricsOptions): Promise<OpenMetrics> {
  const metrics = await import("./metrics.ts");
  return await metrics.openMetrics(options);
}
