/**
 * Guardrails of an app's own of which nothing is counted: said to the author once, as soon as it is known, with
 * the metric, where it was looked for and what to do. Without it a rollout would wait for its largest duration,
 * and nobody would know for what. Pure.
 */
import { unreachable } from "#std";
import type { GuardrailPolicy, MetricProblem, NewEntry, Rollout, Unmeasured } from "#domain";
import { unmeasuredAfterMs, unmeasuredToldMs } from "./limits.ts";

/** A problem of a metric source, and for how long it has been one. */
export interface LastingProblem extends Pick<MetricProblem, "guardrail" | "code" | "because"> {
  readonly forMs: number;
}

/** Gives what the rollout is to remember from now on, and what is to be told for the first time. */
export function noteUnmeasured(
  rollout: Rollout,
  problems: readonly LastingProblem[],
  now: number,
): { readonly unmeasured: readonly Unmeasured[]; readonly told: readonly Unmeasured[] } {
  const before = rollout.unmeasured ?? [];
  const found = rollout.policy.guardrails.flatMap(
    (guardrail) => lackOf(guardrail, { rollout, problems, now }) ?? [],
  );
  const told = found.filter(({ guardrail }) => !before.some((one) => one.guardrail === guardrail));
  const kept = before.map((one): Unmeasured => {
    const still = found.find(({ guardrail }) => guardrail === one.guardrail);
    // Since when, and that it was told, stays; why may change.
    return still === undefined ? { ...one, isOver: true } : { ...still, sinceAt: one.sinceAt };
  });
  return { unmeasured: [...kept, ...told], told };
}

export function unmeasuredEntry(
  { id, app, change }: Rollout,
  { guardrail, metric, because, where, next }: Unmeasured,
): NewEntry<"dev.tidegate.rollout.not_measured"> {
  return {
    type: "dev.tidegate.rollout.not_measured",
    app,
    change,
    actor: "rollout",
    data: { rollout: id, guardrail, metric, because, where, next },
  };
}

interface Seen {
  readonly rollout: Rollout;
  readonly problems: readonly LastingProblem[];
  readonly now: number;
}

function lackOf(guardrail: GuardrailPolicy, seen: Seen): Unmeasured | undefined {
  const { name, metric } = guardrail;
  if (metric === undefined || seen.rollout.baseline === undefined) return undefined;
  const problem = seen.problems.find(
    (one) => one.guardrail === name && one.forMs >= unmeasuredToldMs,
  );
  const nothing = problem === undefined ? nothingCounted(name, seen) : undefined;
  const because = problem?.because ?? nothing;
  if (because === undefined) return undefined;
  return {
    guardrail: name,
    metric: metric.sample === undefined ? metric.events : `${metric.events} of ${metric.sample}`,
    because,
    where: whereOf(metric),
    next: problem === undefined ? nextWithoutCounts : nextFor[problem.code],
    sinceAt: seen.now - (problem?.forMs ?? 0),
  };
}

/** Requests came, and of this guardrail nothing: it may be that nobody did what it counts, or a wrong name. */
function nothingCounted(name: string, { rollout, now }: Seen): string | undefined {
  const { firstExposedAt, totals, verdict } = rollout;
  const state = verdict.guardrails.find((one) => one.name === name);
  if (state === undefined || firstExposedAt === undefined || totals.candidateRequests === 0) {
    return undefined;
  }
  if (now - firstExposedAt < unmeasuredAfterMs) return undefined;
  const silent = (["candidate", "baseline"] as const).find((arm) => state[arm].sample === 0);
  if (silent === undefined) return undefined;
  const requests = totals[`${silent}Requests`];
  return requests === 0
    ? undefined
    : `nothing was counted of it for the ${silent}, though ${requests} of its requests were`;
}

function whereOf(metric: NonNullable<GuardrailPolicy["metric"]>): string {
  switch (metric.from) {
    case "otlp":
      return "the OpenTelemetry metrics that instances of both releases report to Tidegate";
    case "prometheus":
      return metric.server === undefined
        ? "the operator's Prometheus server"
        : `the operator's Prometheus server ${metric.server}`;
    case "probes":
      return "what instances of both releases answer to the probes";
    default:
      return unreachable(metric.from);
  }
}

const nextWithoutCounts =
  "compare the name under rollout.guardrails with what the app counts; if nobody does what it counts, wait or promote";
const names = "put its name right under rollout.guardrails, and push";
const operator = "ask the operator: TIDEGATE_PROMETHEUS says which servers there are";
const query = "put the query right under rollout.guardrails, and push";

const nextFor: Readonly<Record<MetricProblem["code"], string>> = {
  no_reports: "start OpenTelemetry in the app, with the environment that its instances are given",
  no_data: `add 0 to the counter when the app starts, or ${names}`,
  not_a_counter: `let the app count with a counter that only rises, or ${names}`,
  events_exceed_sample: "choose a sample that its events are part of, and push",
  unknown_server: operator,
  unreachable: operator,
  timed_out: `${operator}; or ${query}`,
  refused: query,
  malformed_answer: operator,
  answer_too_large: query,
  not_a_count: query,
  not_a_number: query,
  counter_fell: query,
};
