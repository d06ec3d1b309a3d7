/** A graph over time. Drawn on a canvas by uPlot in the theme's colours; its meaning is in words beside it. */
import "uplot/dist/uPlot.min.css";
import "./chart.css";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import { useIsDark } from "../shell/theme.ts";
import { pointsAlone } from "./points-alone.ts";
import type { Marked } from "./markers.ts";
import { markerPlugin } from "./marker-plugin.ts";

export interface Line {
  readonly label: string;
  /** One value per instant; null where nothing is known. */
  readonly values: readonly (number | null)[];
  /** A token of the theme, such as `--sea`. */
  readonly colour: string;
  readonly dash?: readonly [number, number];
  readonly fill?: string;
  readonly isStepped?: boolean;
}

export interface ChartProps {
  /** What a reader who does not see it should know. */
  readonly summary: string;
  /** Instants in ms, ascending. */
  readonly at: readonly number[];
  readonly lines: readonly Line[];
  readonly markers: readonly Marked[];
  readonly format: (value: number) => string;
  readonly heightPx: number;
  /** The least top of the scale, so that noise near zero does not fill it. */
  readonly topMin: number;
  readonly topMax?: number;
  /** Among others, in a card: fewer ticks. */
  readonly isSmall?: boolean;
  /** Over weeks: ticks are days, and each value is a point, as one alone makes no line. */
  readonly isByDay?: boolean;
}

export function Chart(props: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const isDark = useIsDark();
  const { lines, at, summary } = props;
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => {
    const element = place.current;
    // Colours are read when a plot is made: another theme is another plot, more data is not.
    if (element === null || isDark === undefined) return undefined;
    const made = new uPlot(optionsOf(element, latest), dataOf(latest.current), element);
    plot.current = made;
    const resize = new ResizeObserver(() => {
      made.setSize({ width: element.clientWidth, height: latest.current.heightPx });
    });
    resize.observe(element);
    return () => {
      resize.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [isDark]);
  useEffect(() => {
    plot.current?.setData(dataOf({ at, lines }));
  }, [at, lines]);
  return (
    <div className="chart">
      <div ref={place} role="img" aria-label={summary} />
      <div className="chart-keys" aria-hidden="true">
        {(lines.length > 1 ? lines : []).map(({ label, colour, dash }) => (
          <span key={label} className="chart-key">
            <svg viewBox="0 0 22 8">
              <line
                x1="1"
                x2="21"
                y1="4"
                y2="4"
                stroke={`var(${colour})`}
                strokeWidth="2.5"
                strokeDasharray={dash?.join(" ")}
              />
            </svg>
            {label}
          </span>
        ))}
      </div>
    </div>
  );
}

type Drawn = Pick<ChartProps, "at" | "lines">;

function dataOf({ at, lines }: Drawn): uPlot.AlignedData {
  return [at.map((ms) => ms / 1000), ...lines.map(({ values }) => [...values])];
}

function optionsOf(element: HTMLElement, props: { readonly current: ChartProps }): uPlot.Options {
  const { lines, heightPx, format, isSmall = false, isByDay = false } = props.current;
  const { topMin, topMax = Number.POSITIVE_INFINITY } = props.current;
  const token = (name: string) => getComputedStyle(element).getPropertyValue(name).trim();
  const font = `${isSmall ? 11 : 12}px ${getComputedStyle(element).fontFamily}`;
  const axis = {
    font,
    stroke: token("--soft"),
    grid: { stroke: token("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height: heightPx,
    // Words of moments stand above the graph, where no line runs through them.
    // And the time under the last tick has room beside it.
    padding: [20, isByDay ? 8 : 26, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: true },
      y: {
        range: (_plot, _low, high) => [0, Math.min(topMax, Math.max(topMin, (high ?? 0) * 1.15))],
      },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: isSmall ? 110 : 80,
        size: 30,
        gap: 8,
        incrs: isByDay ? daysApart : secondsApart,
        values: (_plot, ticks) => ticks.map(isByDay ? dayOf : clockOf),
      },
      {
        ...axis,
        size: (plot, labels) => axisWidth(plot, labels, { font, least: isSmall ? 42 : 56 }),
        space: 28,
        values: (_plot, ticks) => ticks.map((tick) => format(tick).replace(/\.0(?= )/, "")),
      },
    ],
    series: [{}, ...lines.map((line) => seriesOf(line, token, isByDay))],
    plugins: [markerPlugin(() => props.current.markers, token)],
  };
}

function seriesOf(line: Line, token: (name: string) => string, isPointed: boolean): uPlot.Series {
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  return {
    label: line.label,
    stroke: token(line.colour),
    width: 2,
    // One instant alone makes no line, and is drawn as a point.
    points: {
      show: isPointed,
      size: 6,
      filter: (plot, index, show) => (show ? null : pointsAlone(plot.data[index] ?? [])),
    },
    ...(line.dash === undefined ? {} : { dash: [...line.dash] }),
    ...(line.fill === undefined ? {} : { fill: token(line.fill) }),
    ...(line.isStepped === true && stepped !== undefined ? { paths: stepped } : {}),
  };
}

/** Px that the values need beside the graph: "1 min 30 s" is wider than "50 %". Before there are any, the least. */
function axisWidth(
  { ctx }: uPlot,
  labels: readonly string[] | null,
  { font, least }: { readonly font: string; readonly least: number },
): number {
  ctx.save();
  // The canvas counts in the device's pixels; its font at the size of the page gives px of the page.
  ctx.font = font;
  const widest = Math.max(0, ...(labels ?? []).map((label) => ctx.measureText(label).width));
  ctx.restore();
  return Math.max(least, Math.ceil(widest) + besideLabelPx);
}

/** Between a value and the graph, as uPlot sets it, and a little air at the outer side. */
const besideLabelPx = 10;

/** Ticks never stand closer than a second: there is no shorter word for a time of day. */
const secondsApart = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400,
];

const daysApart = [7, 14, 28, 56].map((days) => days * 86_400);
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

function dayOf(seconds: number): string {
  return day.format(seconds * 1000);
}

const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

function clockOf(seconds: number): string {
  return clock.format(seconds * 1000);
}
