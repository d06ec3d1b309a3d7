/**
 * What a verdict costs: one evaluation is an interval folded and the verdict read, as a rollout's controller
 * does each second. Pure arithmetic in this process, so processor time is measured, not waiting.
 */
import {
  defaultRolloutPolicy,
  emptyEvidence,
  foldInterval,
  simulate,
  verdictOf,
  type Evidence,
} from "#delivery/rollout";
import { type IntervalCounts, recorded } from "./kit/counts.ts";
import type { Report } from "./kit/report.ts";
import { judged, median } from "./kit/samples.ts";

type RolloutPolicy = typeof defaultRolloutPolicy;

const perSecondBar = 50_000;
const warmUpMicroseconds = 1_500_000;
const rolloutsAtOnce = 1_000;
const coreShareBar = 0.2;

const custom = (name: string) =>
  ({
    name,
    tolerance: { ratio: 1.5, absolute: 0.01 },
    metric: { from: "otlp", events: `${name}_failed`, sample: name },
  }) as const;

const fiveGuardrails: RolloutPolicy = {
  ...defaultRolloutPolicy,
  guardrails: [...defaultRolloutPolicy.guardrails, custom("a"), custom("b"), custom("c")],
};

export function engineBench({ isQuick }: { readonly isQuick: boolean }): Promise<Report> {
  const history = recorded({ seconds: 600, seed: 1 });
  const rounds = isQuick ? 5 : 15;
  const one = rates(rounds, () => evaluateAll(defaultRolloutPolicy, history));
  const many = rates(rounds, () => evaluateMany(fiveGuardrails, history));
  const perSecond = median(one);
  const core = rolloutsAtOnce / median(many);
  const runs = rates(Math.min(rounds, 5), simulateOne);
  return Promise.resolve({
    name: "engine",
    title: "What a verdict costs",
    method:
      "One evaluation is foldInterval and verdictOf. Intervals of one second at 100 requests/s (1 % errors, latency log-normal " +
      "with a median of 50 ms, 20 % exposed, 3,000 users), recorded once. Medians over " +
      `${rounds} rounds, processor time of this process, one thread.`,
    columns: ["what", "measured", "bar"],
    rows: [
      [
        "evaluations per second, default guardrails",
        whole(perSecond),
        judged(perSecond >= perSecondBar, `>= ${whole(perSecondBar)}/s`),
      ],
      [
        `${whole(rolloutsAtOnce)} rollouts, 5 statistical guardrails each, looked at once a second`,
        `${(100 * core).toFixed(1)} % of one core`,
        judged(core <= coreShareBar, `<= ${100 * coreShareBar} %`),
      ],
      ["simulated seconds of 100 requests per second", whole(median(runs)), ""],
    ],
    notes: [
      "The thousand rollouts take turns, each with evidence of its own, so nothing stays in a cache for the next.",
    ],
  });
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** Work done per second of processor time, one value per round, once the code is compiled. */
function rates(rounds: number, work: () => number): readonly number[] {
  const { user: from } = process.cpuUsage();
  while (process.cpuUsage().user - from < warmUpMicroseconds) work();
  return Array.from({ length: rounds }, () => {
    const before = process.cpuUsage();
    const done = work();
    const { user, system } = process.cpuUsage(before);
    return (1e6 * done) / (user + system);
  });
}

function evaluateAll(policy: RolloutPolicy, history: readonly IntervalCounts[]): number {
  let evidence = emptyEvidence(policy);
  for (const counts of history) {
    evidence = folded(evidence, counts);
    verdictOf(policy, evidence);
  }
  return history.length;
}

/** Ten looks at each of many rollouts, all of which are some minutes old. */
function evaluateMany(policy: RolloutPolicy, history: readonly IntervalCounts[]): number {
  const looks = 10;
  const old = history.slice(0, -looks).reduce(folded, emptyEvidence(policy));
  const evidences = Array.from({ length: rolloutsAtOnce }, () => structuredClone(old));
  for (const counts of history.slice(-looks)) {
    for (const [index, evidence] of evidences.entries()) {
      const next = folded(evidence, counts);
      verdictOf(policy, next);
      evidences[index] = next;
    }
  }
  return looks * rolloutsAtOnce;
}

function folded(evidence: Evidence, counts: IntervalCounts): Evidence {
  const next = foldInterval(evidence, counts);
  if (!next.ok) throw new Error(`${next.error.field}: ${next.error.expected}`);
  return next.value;
}

function simulateOne(): number {
  const world = {
    users: 3000,
    requestsPerSecond: 100,
    zipf: 1,
    userErrorLogSd: 1,
    baseErrorRatio: 0.01,
    fault: { errorRatio: 0.01, fromS: 0, latencyFactor: 1, slowRatio: 0, slowMs: 0 },
    latencyMsMedian: 50,
    latencyLogSd: 0.8,
    unkeyedRatio: 0,
    telemetryDelayS: 2,
    durationS: 300,
    exposureFixed: 2000,
  };
  simulate(world, { ...defaultRolloutPolicy, exposureMaxPercent: 20 }, 1);
  return world.durationS;
}
