/** An export as points that can be counted, and as what is refused, with the reason. Pure. */
import { sha256Hex } from "#std";
import type {
  AnyValue,
  ExportRequest,
  KeyValue,
  Metric,
  Point,
  ResourceMetrics,
} from "./messages.ts";
import { exportPointsMax, resourceCharsMax, seriesKeyCharsMax } from "../limits.ts";

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
  for (const one of request.resourceMetrics) addResource({ points, refusals }, one);
  return { points, refusals };
}

function addResource(sink: Sink, { resource, scopeMetrics }: ResourceMetrics): void {
  const attributes = attributesOf(resource?.attributes ?? [], resourceCharsMax);
  if (attributes === undefined) {
    const message = `a resource has more than ${resourceCharsMax} characters of attributes`;
    const all = scopeMetrics.flatMap(({ metrics }) => metrics);
    for (const { kind } of all) refuse(sink.refusals, kind.value?.dataPoints.length ?? 0, message);
    return;
  }
  // Its text may be long and its scopes many: each is made short once.
  const from = sha256Hex(keyOf(attributes));
  for (const { scope, metrics } of scopeMetrics) {
    if (metrics.length === 0) continue;
    const sender = sha256Hex(`${from} ${scope?.name ?? ""}`).slice(0, 16);
    for (const metric of metrics) addMetric(sink, metric, sender);
  }
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
  if (name.length > seriesKeyCharsMax) {
    const message = `${name.slice(0, 100)} has a name of more than ${seriesKeyCharsMax} characters`;
    return refuse(refusals, given.length, message);
  }
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
    if (counted === `is ${notCounts}`) refusals.unusable.set(name, notCounts);
    if (typeof counted === "string") refuse(refusals, 1, `${name.slice(0, 100)} ${counted}`);
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

/** Events not seen would pass for none, so whoever watches a metric is told of this, too. */
const notCounts = "no count: a value is not a whole number up to 2^53";

/** Text says why it is refused. */
function countedPoint(
  name: string,
  point: Point,
  { sender, isDelta }: { readonly sender: string; readonly isDelta: boolean },
): CountedPoint | string | undefined {
  if ((point.flags & noRecordedValue) !== 0) return undefined;
  const value = valueOf(point);
  // Beyond 2^53 neighbours are the same number, and a sum of such would count what never was.
  if (value === undefined || !Number.isSafeInteger(value) || value < 0) {
    return `is ${notCounts}`;
  }
  const attributes = attributesOf(point.attributes, seriesKeyCharsMax);
  const series = `${name}${keyOf(attributes ?? {})}`;
  if (attributes === undefined || series.length > seriesKeyCharsMax) {
    return `has more than ${seriesKeyCharsMax} characters of attributes`;
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

/** As text; nothing when it is longer than `charsMax`. */
function attributesOf(
  given: readonly KeyValue[],
  charsMax: number,
): Readonly<Record<string, string>> | undefined {
  let chars = 0;
  const entries: [string, string][] = [];
  for (const { key, value } of given) {
    const text = textOf(value, charsMax);
    if (text === undefined) return undefined;
    chars += key.length + text.length;
    if (chars > charsMax) return undefined;
    entries.push([key, text]);
  }
  return Object.fromEntries(entries);
}

function textOf(value: AnyValue | undefined, charsMax: number): string | undefined {
  const inner = value?.kind.value;
  if (inner === undefined) return "";
  if (typeof inner === "string") return inner;
  return inner instanceof Uint8Array && inner.byteLength > charsMax
    ? undefined
    : JSON.stringify(inner, plain);
}

/** Bytes would be spelt out as an object with a member for each. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}

function keyOf(attributes: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(sorted);
}
