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
  // It was judged by requests until users could be told apart: a line does not run through both.
  const unit = own.at(-1)?.guardrail.unit;
  // Of latency all points are drawn at one time, which is the one that the newest is judged by.
  const sums = own.map(({ guardrail }) =>
    guardrail.unit === unit ? (guardrail.alike ?? guardrail) : undefined,
  );
  const width = Math.max(1, Math.round(own.length / windowsWanted));
  const shares = (arm: "baseline" | "candidate") =>
    sharesOf(sums.map((sum, index) => windowOf(sum?.[arm], sums[index - width]?.[arm])));
  return {
    at: own.map(({ at }) => at),
    baseline: shares("baseline"),
    candidate: shares("candidate"),
  };
}

type Seen = GuardrailResource["baseline"];

function windowOf(sum: Seen | undefined, before: Seen | undefined): Seen {
  if (sum === undefined) return { events: 0, sample: 0 };
  const { events, sample } = before ?? { events: 0, sample: 0 };
  return { events: Math.max(0, sum.events - events), sample: sum.sample - sample };
}

/** One of one is not all of them: what is counted of less than this part of the largest window is not drawn. */
const samplePartMin = 1 / 20;

function sharesOf(windows: readonly Seen[]): readonly (number | null)[] {
  const largest = Math.max(0, ...windows.map(({ sample }) => sample));
  return windows.map(({ events, sample }) =>
    sample <= 0 || sample < largest * samplePartMin ? null : events / sample,
  );
}

/** The newest point of a guardrail: where the interval of the difference is. */
export function newestOf(
  series: SeriesResource | undefined,
  name: string,
): GuardrailPoint | undefined {
  return series?.points.at(-1)?.guardrails.find((one) => one.name === name);
}

/** A stretch of the picture of a difference. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * What of an interval is left once the verdict is in. The interval comes from the counts of both versions, each on its
 * own; the verdict compares them second by second and knows more. Safe says that the difference is within what is
 * tolerated, harmful that it is above zero: beyond that the interval is open on its own only.
 */
export function intervalParts(
  { lower, upper }: { readonly lower: number; readonly upper: number },
  {
    verdict,
    tolerated,
  }: { readonly verdict: GuardrailResource["verdict"]; readonly tolerated: number },
): { readonly held: Stretch; readonly open?: Stretch } {
  if (verdict === "safe" && upper > tolerated && lower < tolerated) {
    return { held: { from: lower, to: tolerated }, open: { from: tolerated, to: upper } };
  }
  if (verdict === "harmful" && lower < 0 && upper > 0) {
    return { held: { from: 0, to: upper }, open: { from: lower, to: 0 } };
  }
  return { held: { from: lower, to: upper } };
}

/** How much more than the baseline is tolerated, as a difference of shares. */
export function toleratedDifference({
  baseline,
  tolerance,
}: Pick<GuardrailResource, "baseline" | "tolerance">): number {
  const share = baseline.sample <= 0 ? 0 : baseline.events / baseline.sample;
  return Math.max(share * (tolerance.ratio - 1), tolerance.absolute ?? 0);
}
