/** Custom metrics, put together: the intake for instances, and the sources that rollouts look at. */
import type { Clock, InstanceId, InstanceIdentity, Log, Metrics } from "#domain";
import { metricExportIntervalMs } from "./limits.ts";
import { createIntake, type MetricAnswer, type MetricExport } from "./otlp/intake.ts";
import { openInstanceTokens } from "./otlp/instance-tokens.ts";
import { openLiving } from "./otlp/living.ts";
import { otlpSource } from "./otlp/source.ts";
import { openTotals } from "./otlp/totals.ts";
import { parsePrometheusServers, type PrometheusServer } from "./prometheus/servers.ts";
import { prometheusSource } from "./prometheus/source.ts";
import { probeSource } from "./probes/source.ts";

export interface MetricsOptions {
  /** Absolute; the key of the instances' tokens is kept there. */
  readonly dataDir: string;
  /** "http://127.0.0.1:7420", under which instances reach the intake. */
  readonly apiUrl: string;
  readonly clock: Clock;
  readonly log: Log;
  /** `URL`, or `NAME=URL` separated by commas. What is wrong in it is logged, and then there is none. */
  readonly prometheus: string;
  /** The instances that run now. */
  readonly running: () => Promise<readonly InstanceId[]>;
}

export interface OpenMetrics extends Metrics {
  /** Whose token this is, or nothing; an instance that ended has none any more. */
  identityOf(token: string): Promise<InstanceIdentity | undefined>;
  take(identity: InstanceIdentity, sent: MetricExport): Promise<MetricAnswer>;
}

/** Opens it; the sources work only while a rollout watches. */
export async function openMetrics(options: MetricsOptions): Promise<OpenMetrics> {
  const { clock, apiUrl, log } = options;
  const tokens = await openInstanceTokens(options.dataDir);
  const totals = openTotals(clock.now());
  const intake = createIntake({ totals, clock, log });
  const living = openLiving(options.running);
  return {
    sources: [otlpSource(totals), prometheusSource(serversOf(options), clock), probeSource(clock)],
    async identityOf(token) {
      const identity = tokens.identityOf(token);
      if (identity === undefined) return undefined;
      return (await living.isLiving(identity.instance, clock.now())) ? identity : undefined;
    },
    take: async (identity, sent) => await intake.take(identity, sent),
    environmentOf: (identity, given) =>
      environment({ ...identity, apiUrl, token: tokens.tokenOf(identity) }, given),
  };
}

function serversOf({ prometheus, log }: MetricsOptions): readonly PrometheusServer[] {
  const servers = parsePrometheusServers(prometheus);
  if (servers.ok) return servers.value;
  log.warn("metrics.prometheus_servers_refused", { problem: servers.error });
  return [];
}

interface Reporter extends InstanceIdentity {
  readonly version: string;
  readonly environment: string;
  readonly apiUrl: string;
  readonly token: string;
}

/** Where to report, and the right to; an app that sends elsewhere must not be given our token to send. */
function environment(
  reporter: Reporter,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const { app, version, instance, token, apiUrl } = reporter;
  const isElsewhere = Object.keys(given).some((name) => name.startsWith("OTEL_EXPORTER_OTLP_"));
  const where = {
    OTEL_EXPORTER_OTLP_ENDPOINT: apiUrl,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${token}`,
  };
  const who = {
    OTEL_SERVICE_NAME: app,
    OTEL_RESOURCE_ATTRIBUTES: [
      `service.version=${version}`,
      `service.instance.id=${instance}`,
      `deployment.environment.name=${reporter.environment}`,
    ].join(","),
    OTEL_METRIC_EXPORT_INTERVAL: String(metricExportIntervalMs),
  };
  return { ...(isElsewhere ? {} : where), ...who, ...given };
}
