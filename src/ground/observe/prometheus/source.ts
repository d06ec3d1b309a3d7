/**
 * Custom guardrails from queries to a Prometheus-compatible server. A poll asks for both arms' counters
 * at about the same moment and counts by what they rose since the last poll; looks never wait for it.
 */
import { err, ok, type Result } from "#std";
import {
  type Arm,
  type Clock,
  type GuardrailPolicy,
  type MetricMoment,
  type MetricProblem,
  type MetricRequest,
  type MetricSource,
  type MetricWatch,
  renderPromQuery,
} from "#domain";
import { type Gathering, openGathering } from "../gather.ts";
import { prometheusPollMs } from "../limits.ts";
import { instantQuery } from "./instant-query.ts";
import type { PrometheusServer } from "./servers.ts";

const armNames: readonly Arm[] = ["baseline", "candidate"];

export function prometheusSource(servers: readonly PrometheusServer[], clock: Clock): MetricSource {
  return { source: "metrics", watch: (request) => watch(request, servers, clock) };
}

function watch(
  request: MetricRequest,
  servers: readonly PrometheusServer[],
  clock: Clock,
): MetricWatch {
  const guardrails = request.guardrails.filter(({ metric }) => metric?.from === "prometheus");
  const gathering = openGathering(guardrails);
  const problems = new Map<string, MetricProblem>();
  const bases = new Map<string, number>();
  const closing = new AbortController();
  let moment: MetricMoment | undefined;

  async function poll(guardrail: GuardrailPolicy, { arms }: MetricMoment): Promise<void> {
    const { name } = guardrail;
    const counters = await countersOf(guardrail, {
      servers,
      app: request.app,
      arms,
      signal: closing.signal,
    });
    if (!counters.ok) {
      // Bases stay: what rises meanwhile is counted at the next poll that succeeds.
      problems.set(name, counters.error);
      return;
    }
    problems.delete(name);
    for (const arm of armNames) addRise({ gathering, bases, name }, arm, counters.value[arm]);
  }

  async function run(first: MetricMoment): Promise<void> {
    while (!closing.signal.aborted) {
      const now = moment ?? first;
      await Promise.all(guardrails.map(async (one) => await poll(one, now)));
      await clock.sleep(prometheusPollMs, closing.signal);
    }
  }

  return {
    look(now) {
      const isFirst = moment === undefined;
      moment = now;
      if (isFirst && guardrails.length > 0) void run(now);
      const taking = gathering.look(now.now);
      return {
        problems: [...problems.values(), ...gathering.problems()],
        ...(taking === undefined ? {} : { taking }),
      };
    },
    settle: () => gathering.settle(),
    close: () => closing.abort(),
  };
}

interface Counters {
  readonly events: number;
  readonly sample: number;
}

interface Question extends Pick<MetricMoment, "arms"> {
  readonly servers: readonly PrometheusServer[];
  readonly app: string;
  readonly signal: AbortSignal;
}

/** Both counters of both arms, asked at once; or the first reason why not. */
async function countersOf(
  { name, metric }: GuardrailPolicy,
  { servers, app, arms, signal }: Question,
): Promise<Result<Readonly<Record<Arm, Counters>>, MetricProblem>> {
  const server = servers.find((one) => metric?.server === undefined || one.name === metric.server);
  if (metric === undefined || server === undefined) return err(unknownServer(name, metric?.server));
  const queries = [metric.events, metric.sample ?? metric.events];
  const answers = await Promise.all(
    armNames.flatMap((arm) => {
      const { version, instances } = arms[arm];
      const names = { app, release: version, instances: instances.map(({ id }) => id) };
      return queries.map(
        async (query) => await instantQuery(server, renderPromQuery(query, names), signal),
      );
    }),
  );
  const values: number[] = [];
  for (const answer of answers) {
    if (!answer.ok) return err({ guardrail: name, ...answer.error });
    values.push(Math.floor(answer.value));
  }
  const [baselineEvents = 0, baselineSample = 0, candidateEvents = 0, candidateSample = 0] = values;
  return ok({
    baseline: { events: baselineEvents, sample: baselineSample },
    candidate: { events: candidateEvents, sample: candidateSample },
  });
}

/** The first value is the base. One that fell is a new one: adding it would invent what was counted before. */
function addRise(
  {
    gathering,
    bases,
    name,
  }: {
    readonly gathering: Gathering;
    /** The last value of each counter, from which the next is counted. */
    readonly bases: Map<string, number>;
    readonly name: string;
  },
  arm: Arm,
  now: Counters,
): void {
  const rise = (kind: "events" | "sample"): number => {
    const key = `${name} ${arm} ${kind}`;
    const last = bases.get(key);
    bases.set(key, now[kind]);
    return last === undefined ? 0 : Math.max(0, now[kind] - last);
  };
  gathering.add(name, arm, { events: rise("events"), sample: rise("sample") });
}

function unknownServer(guardrail: string, server: string | undefined): MetricProblem {
  return {
    guardrail,
    code: "unknown_server",
    because:
      server === undefined
        ? "no Prometheus server is set up; set TIDEGATE_PROMETHEUS and start Tidegate again"
        : `no Prometheus server is called ${server}; set TIDEGATE_PROMETHEUS and start Tidegate again`,
  };
}
