import type { GuardrailResource, SeriesResource } from "#faces/api/contract";
import { Chart } from "../../ui/chart.tsx";
import type { Marked } from "../../ui/markers.ts";
import { percent } from "../../ui/words.ts";
import { guardrailSeries } from "./guardrail-series.ts";
import { armNames } from "./guardrail-sentence.ts";

const heightPx = 104;
/** Below a tenth of a percent a line at the bottom says all there is to say. */
const topMinRatio = 0.01;

interface ArmsChartProps {
  /** As it was at the newest point: of latency, the graph is drawn at that point's times. */
  readonly guardrail: GuardrailResource;
  readonly title: string;
  readonly series: SeriesResource;
  readonly markers: readonly Marked[];
}

/** Baseline and candidate side by side over time: told apart by dash and label, not by colour alone. */
export function ArmsChart({ guardrail, title, series, markers }: ArmsChartProps) {
  const { name } = guardrail;
  const names = armNames(guardrail);
  const { at, baseline, candidate } = guardrailSeries(series.points, name);
  if (at.length < 2 || candidate.every((share) => share === null)) return null;
  return (
    <Chart
      summary={`${title} over time: candidate ${last(candidate)}, baseline ${last(baseline)} in the last moments.`}
      at={at}
      heightPx={heightPx}
      topMin={topMinRatio}
      format={percent}
      markers={markers}
      isSmall
      lines={[
        { label: names.baseline, values: baseline, colour: "--soft", dash: [5, 3] },
        { label: names.candidate, values: candidate, colour: "--sea" },
      ]}
    />
  );
}

function last(shares: readonly (number | null)[]): string {
  const known = shares.findLast((share) => share !== null);
  return known === undefined || known === null ? "unknown" : percent(known);
}
