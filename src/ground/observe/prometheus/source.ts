/**
 * Custom guardrails from queries to a Prometheus-compatible server. A poll asks for both arms' counters
 * at about the same moment and counts by what each series of them rose since the last poll; looks never
 * wait for it.
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
import { openGathering } from "../gather.ts";
import { prometheusPollMs } from "../limits.ts";
import { instantQuery } from "./instant-query.ts";
import { fallenTotal, type Marks, type Series, takeRise } from "./rises.ts";
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
  const watched = guardrails.map((guardrail): Watched => {
    return { guardrail, marks: eachCounter(() => new Map()) };
  });
  const closing = new AbortController();
  let moment: MetricMoment | undefined;

  async function poll({ guardrail, marks }: Watched, { arms }: MetricMoment): Promise<void> {
    const { name } = guardrail;
    const counters = await countersOf(guardrail, {
      servers,
      app: request.app,
      arms,
      signal: closing.signal,
    });
    // After a problem marks stay: what rises meanwhile is counted at the next poll that succeeds.
    if (!counters.ok) {
      problems.set(name, counters.error);
      return;
    }
    const fall = fallOf(name, { arms, marks, now: counters.value });
    if (fall !== undefined) {
      problems.set(name, fall);
      return;
    }
    problems.delete(name);
    for (const arm of armNames) {
      gathering.add(name, arm, {
        events: takeRise(marks[arm].events, counters.value[arm].events),
        sample: takeRise(marks[arm].sample, counters.value[arm].sample),
      });
    }
  }

  async function run(first: MetricMoment): Promise<void> {
    while (!closing.signal.aborted) {
      const now = moment ?? first;
      await Promise.all(watched.map(async (one) => await poll(one, now)));
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

interface Watched {
  readonly guardrail: GuardrailPolicy;
  readonly marks: Counters<Marks>;
}

/** Of both arms. */
type Counters<T> = Readonly<Record<Arm, Readonly<Record<"events" | "sample", T>>>>;

function eachCounter<T>(make: () => T): Counters<T> {
  return {
    baseline: { events: make(), sample: make() },
    candidate: { events: make(), sample: make() },
  };
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
): Promise<Result<Counters<readonly Series[]>, MetricProblem>> {
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
  const values: (readonly Series[])[] = [];
  for (const answer of answers) {
    if (!answer.ok) return err({ guardrail: name, ...answer.error });
    values.push(answer.value);
  }
  return ok(eachCounter(() => values.shift() ?? []));
}

/** Why a poll may not count: with one counter in doubt, the others would be compared with nothing. */
function fallOf(
  guardrail: string,
  {
    arms,
    marks,
    now,
  }: Pick<MetricMoment, "arms"> & {
    readonly marks: Counters<Marks>;
    readonly now: Counters<readonly Series[]>;
  },
): MetricProblem | undefined {
  for (const arm of armNames) {
    for (const counter of ["events", "sample"] as const) {
      const fall = fallenTotal(marks[arm][counter], now[arm][counter]);
      if (fall === undefined) continue;
      const because = `the ${counter} of ${arms[arm].version} (${arm}) fell from ${fall.from} to ${fall.to}, and an instance that was not scraped looks like one that started again; expected one series per instance, as of sum by (instance) (…)`;
      return { guardrail, code: "counter_fell", because };
    }
  }
  return undefined;
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
