/**
 * Custom guardrails from the apps' own OpenTelemetry counters. An arm's counts are taken when every ready
 * instance of it has reported since the last time, so that a silent one is not taken for a clean one.
 */
import { assert } from "#std";
import {
  type Arm,
  type GuardrailPolicy,
  type MetricArm,
  type MetricInstance,
  type MetricMoment,
  type MetricProblem,
  type MetricRequest,
  type MetricSelector,
  type MetricSource,
  type MetricWatch,
  parseMetricSelector,
} from "#domain";
import { openGathering } from "../gather.ts";
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

const armNames: readonly Arm[] = ["baseline", "candidate"];

function watch({ guardrails }: MetricRequest, totals: Totals): MetricWatch {
  const mine = guardrails.filter(({ metric }) => metric?.from === "otlp");
  const watched = mine.map(watchedOf);
  const gathering = openGathering(mine);
  /** The last total of each counter, by instance; of the edge's requests, by arm. */
  const bases = new Map<string, number>();
  const takenAt: Partial<Record<Arm, number>> = {};
  let openedAt: number | undefined;

  /** The first value seen is the base; a total that fell (it was forgotten) is a new one. */
  function riseOf(key: string, value: number): number {
    const before = bases.get(key) ?? value;
    bases.set(key, value);
    return Math.max(0, value - before);
  }

  function counterRise(selector: MetricSelector, key: string, { instances }: MetricArm): number {
    let rise = 0;
    for (const { id } of instances) {
      rise += riseOf(`${key} ${id}`, Math.floor(totals.sum(id, selector)));
    }
    return rise;
  }

  function takeArm(arm: Arm, moment: MetricMoment): void {
    const since = takenAt[arm];
    if (since !== undefined && !hasReported(arm, since, { moment, totals })) return;
    takenAt[arm] = moment.now;
    for (const { guardrail, events, sample } of watched) {
      const key = `${arm} ${guardrail}`;
      gathering.add(guardrail, arm, {
        events: counterRise(events, `${key} events`, moment.arms[arm]),
        sample:
          sample === undefined
            ? riseOf(`${key} requests`, moment.requests[arm])
            : counterRise(sample, `${key} sample`, moment.arms[arm]),
      });
    }
  }

  return {
    look(moment) {
      openedAt ??= moment.now;
      for (const arm of armNames) takeArm(arm, moment);
      const setting: Setting = { moment, totals, openedAt };
      const problems = [
        ...watched.flatMap((one) => problemOf(one, setting) ?? []),
        ...gathering.problems(),
      ];
      // What nobody ever reported looks like what never happened: it is missing until it is known.
      const known = new Set(
        watched.filter(({ events }) => knows(events, setting)).map(({ guardrail }) => guardrail),
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

/** Whether all that report in an arm did so after `since`. */
function hasReported(arm: Arm, since: number, at: Pick<Setting, "moment" | "totals">): boolean {
  const instances = reporting(arm, at);
  return (
    instances.length > 0 && instances.every(({ id }) => (at.totals.reportedAt(id) ?? 0) > since)
  );
}

/**
 * The instances of an arm that report, or should: of each process type of which one does, in either arm.
 * A worker without OpenTelemetry is not silent, and a candidate's web process is.
 */
function reporting(
  arm: Arm,
  { moment, totals }: Pick<Setting, "moment" | "totals">,
): readonly MetricInstance[] {
  const all = armNames.flatMap((one) => moment.arms[one].instances);
  const types = new Set(
    all
      .filter(({ id }) => totals.reportedAt(id) !== undefined)
      .map(({ processType }) => processType),
  );
  return moment.arms[arm].instances.filter(({ processType }) => types.has(processType));
}

interface Setting {
  readonly moment: MetricMoment;
  readonly totals: Totals;
  readonly openedAt: number;
}

function knows({ name }: MetricSelector, { moment, totals }: Setting): boolean {
  return armNames.some((arm) =>
    moment.arms[arm].instances.some(({ id }) => totals.knows(id, name)),
  );
}

function problemOf(one: Watched, setting: Setting): MetricProblem | undefined {
  const { moment, openedAt } = setting;
  const { guardrail, events, sample } = one;
  for (const arm of armNames) {
    const problem = unusableProblem(one, arm, setting) ?? silenceProblem(one, arm, setting);
    if (problem !== undefined) return problem;
  }
  const unknown = [events, ...(sample === undefined ? [] : [sample])].find(
    (selector) => !knows(selector, setting),
  );
  if (moment.now - openedAt < metricSilenceMs || unknown === undefined) return undefined;
  const because = `neither release ever reported ${unknown.name}; add 0 to it at the start`;
  return { guardrail, code: "no_data", because, since: openedAt };
}

function unusableProblem(
  { guardrail, events, sample }: Watched,
  arm: Arm,
  { moment, totals }: Setting,
): MetricProblem | undefined {
  const { version, instances } = moment.arms[arm];
  for (const { id } of instances) {
    for (const { name } of [events, ...(sample === undefined ? [] : [sample])]) {
      const kind = totals.unusable(id, name);
      if (kind === undefined) continue;
      const because = `${name} of ${version} is ${kind}; expected a counter`;
      return { guardrail, code: "not_a_counter", because };
    }
  }
  return undefined;
}

function silenceProblem(
  { guardrail }: Watched,
  arm: Arm,
  { moment, totals, openedAt }: Setting,
): MetricProblem | undefined {
  const { version, instances } = moment.arms[arm];
  const silent = reporting(arm, { moment, totals });
  const oldest = Math.min(moment.now, ...silent.map(({ id }) => totals.reportedAt(id) ?? 0));
  // That no instance runs is somebody else's news.
  const since = silent.length === 0 && instances.length > 0 ? openedAt : Math.max(oldest, openedAt);
  if (moment.now - since < metricSilenceMs) return undefined;
  const because = `${version} (${arm}) reports no metrics, or one of its instances does not`;
  return { guardrail, code: "no_reports", because, since };
}
