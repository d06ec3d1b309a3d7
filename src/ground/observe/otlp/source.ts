/**
 * Custom guardrails from the apps' own OpenTelemetry counters. An arm's counts are taken when every ready
 * instance of it has reported since the last time, so that a silent one is not taken for a clean one.
 */
import { assert } from "#std";
import {
  type Arm,
  type GuardrailPolicy,
  type MetricProblem,
  type MetricRequest,
  type MetricSelector,
  type MetricSource,
  type MetricWatch,
  parseMetricSelector,
} from "#domain";
import { openGathering } from "../gather.ts";
import { metricSilenceMs } from "../limits.ts";
import { type ArmsAt, openArmCounts, reporting, type Watched } from "./arm-counts.ts";
import { openRequestHistory } from "./request-history.ts";
import type { Totals } from "./totals.ts";

export function otlpSource(totals: Totals): MetricSource {
  return { source: "metrics", watch: (request) => watch(request, totals) };
}

const armNames: readonly Arm[] = ["baseline", "candidate"];

function watch({ guardrails }: MetricRequest, totals: Totals): MetricWatch {
  const mine = guardrails.filter(({ metric }) => metric?.from === "otlp");
  const watched = mine.map(watchedOf);
  const gathering = openGathering(mine);
  const history = openRequestHistory();
  const counts = armNames.map((arm) => ({ arm, of: openArmCounts({ arm, watched, totals }) }));
  let openedAt: number | undefined;

  return {
    look(moment) {
      openedAt ??= moment.now;
      history.note(moment);
      for (const { arm, of } of counts) {
        for (const [guardrail, taken] of of.take(moment, (...asked) => history.at(...asked)) ??
          []) {
          gathering.add(guardrail, arm, taken);
        }
      }
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

interface Setting extends ArmsAt {
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
