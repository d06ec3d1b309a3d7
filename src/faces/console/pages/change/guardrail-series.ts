/** What is drawn of one guardrail over time: both arms' shares, a few seconds at a time. Pure. */
import type { GuardrailResource, SeriesResource } from "#faces/api/contract";

type Point = SeriesResource["points"][number];
export type GuardrailPoint = Point["guardrails"][number];

export interface GuardrailSeries {
  readonly at: readonly number[];
  /** Shares 0..1 of what was counted in the window that ends there; null where nothing was. */
  readonly baseline: readonly (number | null)[];
  readonly candidate: readonly (number | null)[];
}

/** A graph has about so many windows: fewer hide a moment, more show only noise. */
const windowsWanted = 12;

export function guardrailSeries(points: readonly Point[], name: string): GuardrailSeries {
  const own = points.flatMap(({ at, guardrails }) => {
    const guardrail = guardrails.find((one) => one.name === name);
    return guardrail === undefined ? [] : [{ at, guardrail }];
  });
  const width = Math.max(1, Math.round(own.length / windowsWanted));
  const shares = (arm: "baseline" | "candidate") =>
    own.map(({ guardrail }, index) => shareOf(guardrail[arm], own[index - width]?.guardrail[arm]));
  return {
    at: own.map(({ at }) => at),
    baseline: shares("baseline"),
    candidate: shares("candidate"),
  };
}

type Seen = GuardrailResource["baseline"];

function shareOf(sum: Seen, before: Seen = { events: 0, sample: 0 }): number | null {
  const sample = sum.sample - before.sample;
  return sample <= 0 ? null : Math.max(0, sum.events - before.events) / sample;
}

/** The newest point of a guardrail: where the interval of the difference is. */
export function newestOf(
  series: SeriesResource | undefined,
  name: string,
): GuardrailPoint | undefined {
  return series?.points.at(-1)?.guardrails.find((one) => one.name === name);
}

/** How much more than the baseline is tolerated, as a difference of shares. */
export function toleratedDifference({
  baseline,
  tolerance,
}: Pick<GuardrailResource, "baseline" | "tolerance">): number {
  const share = baseline.sample <= 0 ? 0 : baseline.events / baseline.sample;
  return Math.max(share * (tolerance.ratio - 1), tolerance.absolute ?? 0);
}
