/**
 * Kayenta as a stage of a rollout, after the advice of its documentation
 * ("Best practices" on spinnaker.io): the candidate beside a fresh baseline of
 * equal size (5 % of users each), one point a minute and metric, at least 50 points in a look, error and
 * latency metrics in groups of their own, thresholds pass 95 and marginal 75 (its sample configuration).
 * A look below marginal ends the stage; the last look must reach pass. Looks grow from the start.
 */
import { type Gate, errorRatio, meanMs, quantileMs, stay } from "./gate.ts";
import { type MetricConfig, type Series, score } from "./kayenta-judge.ts";

interface State {
  readonly series: Readonly<Record<string, Series>>;
}

interface Stage {
  readonly name: string;
  readonly lifetimeS: number;
  readonly intervalS: number;
}

const percent = 5;
const pointEveryS = 60;
const thresholds = { pass: 95, marginal: 75 } as const;

const metrics: readonly MetricConfig[] = [
  { name: "error ratio", group: "errors", direction: "increase", nanStrategy: "replace" },
  { name: "latency mean", group: "latency", direction: "increase" },
  { name: "latency p99", group: "latency", direction: "increase" },
];
const values = {
  "error ratio": errorRatio,
  "latency mean": meanMs,
  "latency p99": (arm: Parameters<typeof meanMs>[0]) => quantileMs(arm, 0.99),
} as const;

export const kayentaOneLook = stageOf({
  name: "Kayenta, one look",
  lifetimeS: 3600,
  intervalS: 3600,
});
/** The documentation's starting point: three hours, looked at every hour. */
export const kayentaHourly = stageOf({
  name: "Kayenta, hourly for 3 h",
  lifetimeS: 10_800,
  intervalS: 3600,
});
/** What people do who cannot wait for hours. */
export const kayentaImpatient = stageOf({
  name: "Kayenta, every 10 min for 1 h",
  lifetimeS: 3600,
  intervalS: 600,
});

function stageOf({ name, lifetimeS, intervalS }: Stage): Gate<State> {
  return {
    name,
    lookEveryS: pointEveryS,
    startPercent: percent,
    begin: () => ({ series: {} }),
    look({ series: before }, { atS, candidate, control }) {
      const fresh = control();
      const series = Object.fromEntries(
        Object.entries(values).map(([metric, valueOf]) => [
          metric,
          {
            experiment: [...(before[metric]?.experiment ?? []), valueOf(candidate)],
            control: [...(before[metric]?.control ?? []), valueOf(fresh)],
          },
        ]),
      );
      const state = { series };
      if (atS % intervalS !== 0) return { state, move: stay };
      const reached = score(metrics, series).score;
      const isLast = atS >= lifetimeS;
      if (reached < (isLast ? thresholds.pass : thresholds.marginal)) {
        return { state, move: { kind: "roll_back" } };
      }
      return { state, move: isLast ? { kind: "promote" } : stay };
    },
  };
}
