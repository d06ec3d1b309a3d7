/** DORA's metrics over time, with what each of them means, and how long deliveries take. */
import { useSuspenseQuery } from "@tanstack/react-query";
import { formatDurationMs } from "#std";
import type { DoraOverTimeResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { Chart } from "../../ui/chart.tsx";
import { Section } from "../../ui/page.tsx";
import { percent } from "../../ui/words.ts";
import { DurationsSection } from "./durations-section.tsx";
import { definitions, doraMarkers, type Metric, metrics, valuesOf } from "./dora-metrics.ts";

const chartHeightPx = 142;
const changesMarked = 20;

/** Without an app: of the whole platform. */
export function DeliveryView({ app }: { readonly app?: string }) {
  const ofApp = app === undefined ? {} : { app };
  const { data } = useSuspenseQuery(ask("GET /api/v1/dora/periods", { query: ofApp }));
  const { data: live } = useSuspenseQuery(
    ask("GET /api/v1/changes", { query: { ...ofApp, state: "live", limit: changesMarked } }),
  );
  return (
    <div className="parts">
      <Section
        title="Delivery over time"
        id="delivery"
        note="twelve weeks, a point for each"
        command={`tidegate dora${app === undefined ? "" : ` --app ${app}`}`}
        json={data}
      >
        <div className="dora">
          {metrics.map((metric) => (
            <Figure
              key={metric.label}
              metric={metric}
              periods={data.periods}
              markers={doraMarkers(live.changes)}
            />
          ))}
        </div>
        <details className="definitions">
          <summary>What these mean</summary>
          <dl className="definitions">
            {definitions.map(([term, meaning]) => (
              <div key={term}>
                <dt>{term}</dt>
                <dd className="soft">{meaning}</dd>
              </div>
            ))}
          </dl>
        </details>
      </Section>
      <DurationsSection {...ofApp} />
    </div>
  );
}

interface FigureProps {
  readonly metric: Metric;
  readonly periods: DoraOverTimeResource["periods"];
  readonly markers: ReturnType<typeof doraMarkers>;
}

function Figure({ metric, periods, markers }: FigureProps) {
  const values = valuesOf(metric, periods);
  const newest = values.findLast((value) => value !== null);
  const format = (value: number) =>
    metric.unit === "ratio"
      ? percent(value)
      : metric.unit === "ms"
        ? formatDurationMs(value)
        : Number(value.toFixed(2)).toString();
  const words = newest === undefined || newest === null ? "not known yet" : format(newest);
  return (
    <figure>
      <figcaption>
        <strong>{words}</strong>
        <span className="soft">{metric.label}</span>
      </figcaption>
      <Chart
        summary={`${metric.label} week by week; now ${words}.`}
        at={periods.map(({ toAt }) => toAt)}
        heightPx={chartHeightPx}
        topMin={metric.topMin}
        format={format}
        markers={markers}
        isSmall
        isByDay
        lines={[{ label: metric.label, values, colour: "--sea" }]}
      />
    </figure>
  );
}
