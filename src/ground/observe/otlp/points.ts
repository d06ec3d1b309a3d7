/** An export as points that can be counted, and as what is refused, with the reason. Pure. */
import { sha256Hex } from "#std";
import type { AnyValue, ExportRequest, KeyValue, Metric, Point } from "./messages.ts";
import { exportPointsMax, seriesKeyCharsMax } from "../limits.ts";

export interface CountedPoint {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Name and attributes: what a release's total is kept under. */
  readonly series: string;
  /**
   * The series with what sends it: resource, scope and start. Processes of one instance send counters
   * of the same name, and one that starts anew begins at zero; each is a stream of its own.
   */
  readonly stream: string;
  readonly isDelta: boolean;
  readonly startNs: bigint;
  readonly timeNs: bigint;
  readonly value: number;
}

export interface Refusals {
  points: number;
  /** The first reason; one is enough to act on. */
  message: string;
  /** Names of metrics that only rise never: what they are instead. */
  readonly unusable: Map<string, string>;
}

/** Flattens an export. What cannot be counted is refused point by point; the rest is taken. */
export function pointsOf(request: ExportRequest): {
  readonly points: readonly CountedPoint[];
  readonly refusals: Refusals;
} {
  const points: CountedPoint[] = [];
  const refusals: Refusals = { points: 0, message: "", unusable: new Map() };
  for (const { resource, scopeMetrics } of request.resourceMetrics) {
    const from = keyOf(attributesOf(resource?.attributes ?? []));
    for (const { scope, metrics } of scopeMetrics) {
      const sender = sha256Hex(`${from} ${scope?.name ?? ""}`).slice(0, 16);
      for (const metric of metrics) addMetric({ points, refusals }, metric, sender);
    }
  }
  return { points, refusals };
}

export function refuse(refusals: Refusals, points: number, message: string): void {
  if (points === 0) return;
  refusals.points += points;
  if (refusals.message === "") refusals.message = message;
}

interface Sink {
  readonly points: CountedPoint[];
  readonly refusals: Refusals;
}

function addMetric({ points, refusals }: Sink, metric: Metric, sender: string): void {
  const { name, kind } = metric;
  const given = kind.value?.dataPoints ?? [];
  const wrong = unusableKind(metric);
  if (wrong !== undefined) {
    if (given.length > 0) refusals.unusable.set(name, wrong);
    refuse(
      refusals,
      given.length,
      `${name.slice(0, 100)} is ${wrong}; expected a counter or a histogram`,
    );
    return;
  }
  const isDelta = kind.value?.aggregationTemporality === 1;
  for (const point of given) {
    if (points.length >= exportPointsMax) {
      refuse(refusals, 1, `more than ${exportPointsMax} points in one export`);
      continue;
    }
    const counted = countedPoint(name, point, { sender, isDelta });
    if (typeof counted === "string") refuse(refusals, 1, counted);
    else if (counted !== undefined) points.push(counted);
  }
}

/** What a metric is that has no counts of events in it; nothing when it has. */
function unusableKind({ kind }: Metric): string | undefined {
  switch (kind.case) {
    case "gauge":
    case "summary":
      return `a ${kind.case}`;
    case "sum":
      if (kind.value.isMonotonic !== true) return "a sum that may fall";
      break;
    case "histogram":
    case "exponentialHistogram":
      break;
    default:
      return "of an unknown kind";
  }
  const { aggregationTemporality } = kind.value;
  return aggregationTemporality === 1 || aggregationTemporality === 2
    ? undefined
    : "without a temporality";
}

const noRecordedValue = 1; // DataPointFlags: the stream ended, and this point holds no value

function countedPoint(
  name: string,
  point: Point,
  { sender, isDelta }: { readonly sender: string; readonly isDelta: boolean },
): CountedPoint | string | undefined {
  if ((point.flags & noRecordedValue) !== 0) return undefined;
  const value = valueOf(point);
  if (value === undefined || !Number.isFinite(value) || value < 0) {
    return `${name.slice(0, 100)} has a value that is no count`;
  }
  const attributes = attributesOf(point.attributes);
  const series = `${name}${keyOf(attributes)}`;
  if (series.length > seriesKeyCharsMax) {
    return `${name.slice(0, 100)} has more than ${seriesKeyCharsMax} characters of attributes`;
  }
  const { startTimeUnixNano: startNs, timeUnixNano: timeNs } = point;
  // Delta points have a new start each; their stream is the sender's.
  const stream = isDelta ? `${sender} ${series}` : `${sender} ${series} ${startNs}`;
  return { name, attributes, series, stream, isDelta, startNs, timeNs, value };
}

function valueOf({ kind, count }: Point): number | undefined {
  if (count !== undefined) return Number(count);
  return kind?.case === undefined ? undefined : Number(kind.value);
}

function attributesOf(given: readonly KeyValue[]): Readonly<Record<string, string>> {
  return Object.fromEntries(given.map(({ key, value }) => [key, textOf(value)]));
}

function textOf(value: AnyValue | undefined): string {
  const inner = value?.kind.value;
  if (inner === undefined) return "";
  return typeof inner === "string" ? inner : JSON.stringify(inner, bigintAsText);
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

function keyOf(attributes: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(sorted);
}
