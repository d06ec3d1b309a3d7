/**
 * Custom guardrails from the apps' own OpenTelemetry counters. An arm's counts are taken when every ready
 * instance of it has reported since the last time, so that a silent one is not taken for a clean one.
 */
import { assert } from "#std";
import {
  type Arm,
  type GuardrailPolicy,
  type MetricArm,
  type MetricMoment,
  type MetricProblem,
  type MetricRequest,
  type MetricSelector,
  type MetricSource,
  type MetricWatch,
  parseMetricSelector,
} from "#domain";
import { type Gathering, openGathering } from "../gather.ts";
import { metricSilenceMs } from "../limits.ts";
import type { Totals } from "./totals.ts";

export function otlpSource(totals: Totals): MetricSource {
  return { source: "metrics", watch: (request) => watch(request, totals) };
}

interface Watched {
  readonly guardrail: string;
  readonly events: MetricSelector;
  /** Absent: the arm's requests. */
  readonly sample?: MetricSelector;
}

interface Counted {
  readonly events: number;
  readonly sample: number;
}

const armNames: readonly Arm[] = ["baseline", "candidate"];

function watch({ guardrails }: MetricRequest, totals: Totals): MetricWatch {
  const mine = guardrails.filter(({ metric }) => metric?.from === "otlp");
  const watched = mine.map(watchedOf);
  const gathering = openGathering(mine);
  const last = new Map<string, Counted>();
  const takenAt: Partial<Record<Arm, number>> = {};
  let openedAt: number | undefined;

  function takeArm(arm: Arm, moment: MetricMoment): void {
    const since = takenAt[arm];
    if (since !== undefined && !hasReported(moment.arms[arm], since, totals)) return;
    takenAt[arm] = moment.now;
    for (const one of watched) {
      const now = countedNow(one, { arm, moment, totals });
      const key = `${arm} ${one.guardrail}`;
      addRise(gathering, { one, arm, now, before: last.get(key) });
      last.set(key, now);
    }
  }

  return {
    look(moment) {
      openedAt ??= moment.now;
      for (const arm of armNames) takeArm(arm, moment);
      const problems = [
        ...watched.flatMap(
          (one) => problemOf(one, { moment, totals, openedAt: openedAt ?? 0 }) ?? [],
        ),
        ...gathering.problems(),
      ];
      // What nobody ever reported looks like what never happened: it is missing until it is known.
      const known = new Set(
        watched
          .filter(({ events }) => knows(events, moment, totals))
          .map(({ guardrail }) => guardrail),
      );
      const taking = gathering.look(moment.now, (guardrail) => known.has(guardrail));
      return { problems, ...(taking === undefined ? {} : { taking }) };
    },
    settle: () => gathering.settle(),
    close: () => undefined,
  };
}

function watchedOf({ name, metric }: GuardrailPolicy): Watched {
  const events = parseMetricSelector(metric?.events ?? "");
  const sample = metric?.sample === undefined ? undefined : parseMetricSelector(metric.sample);
  assert(
    events.ok && sample?.ok !== false,
    `the manifest's reader checked the counters of ${name}`,
  );
  return {
    guardrail: name,
    events: events.value,
    ...(sample === undefined ? {} : { sample: sample.value }),
  };
}

/** Whether all of an arm's ready instances reported after `since`; of no instance, there is no news. */
function hasReported({ release, instances }: MetricArm, since: number, totals: Totals): boolean {
  const reportedAt = totals.reportedAt(release);
  return instances.length > 0 && instances.every(({ id }) => (reportedAt.get(id) ?? 0) > since);
}

interface ArmMoment {
  readonly arm: Arm;
  readonly moment: MetricMoment;
  readonly totals: Totals;
}

function countedNow({ events, sample }: Watched, { arm, moment, totals }: ArmMoment): Counted {
  const { release } = moment.arms[arm];
  return {
    events: Math.floor(totals.sum(release, events)),
    sample: sample === undefined ? moment.requests[arm] : Math.floor(totals.sum(release, sample)),
  };
}

/** The first look is the base; a total that fell (it was forgotten) is a new one. */
function addRise(
  gathering: Gathering,
  {
    one,
    arm,
    now,
    before,
  }: {
    readonly one: Watched;
    readonly arm: Arm;
    readonly now: Counted;
    readonly before: Counted | undefined;
  },
): void {
  if (before === undefined) return;
  gathering.add(one.guardrail, arm, {
    events: Math.max(0, now.events - before.events),
    sample: Math.max(0, now.sample - before.sample),
  });
}

function knows({ name }: MetricSelector, { arms }: MetricMoment, totals: Totals): boolean {
  return armNames.some((arm) => totals.knows(arms[arm].release, name));
}

interface Setting {
  readonly moment: MetricMoment;
  readonly totals: Totals;
  readonly openedAt: number;
}

function problemOf(one: Watched, setting: Setting): MetricProblem | undefined {
  const { moment, totals, openedAt } = setting;
  const problem = (code: MetricProblem["code"], because: string): MetricProblem => ({
    guardrail: one.guardrail,
    code,
    because,
  });
  for (const arm of armNames) {
    const { release, version } = moment.arms[arm];
    for (const { name } of [one.events, ...(one.sample === undefined ? [] : [one.sample])]) {
      const kind = totals.unusable(release, name);
      if (kind !== undefined) {
        return problem("not_a_counter", `${name} of ${version} is ${kind}; expected a counter`);
      }
    }
    const silentMs = silence(moment.arms[arm], setting);
    if (silentMs >= metricSilenceMs) {
      const because = `${version} (${arm}) reports no metrics, or one of its instances does not`;
      return { ...problem("no_reports", because), since: moment.now - silentMs };
    }
  }
  if (moment.now - openedAt < metricSilenceMs) return undefined;
  if (!knows(one.events, moment, totals)) {
    const because = `neither release ever reported ${one.events.name}; add 0 to it at the start`;
    return problem("no_data", because);
  }
  return one.sample === undefined || knows(one.sample, moment, totals)
    ? undefined
    : problem("no_data", `neither release ever reported ${one.sample.name}`);
}

/** For how long the instance of an arm that is silent longest has been so. */
function silence({ release, instances }: MetricArm, { moment, totals, openedAt }: Setting): number {
  const reportedAt = totals.reportedAt(release);
  if (instances.length === 0) return 0; // that it does not run is somebody else's news
  const oldest = Math.min(...instances.map(({ id }) => reportedAt.get(id) ?? 0));
  return moment.now - Math.max(oldest, openedAt);
}
