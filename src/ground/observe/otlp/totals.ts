/**
 * Totals of instances from what they report: numbers that only rise while this process lives. Kept by
 * instance and not by release, since a way back hands instances of one release on to the next. Pure but
 * for its own memory.
 *
 * Nothing is invented. A cumulative value counts by what it rose since the last one of its stream. The
 * first of a stream counts in full if the stream began after we did, for then nobody can have counted
 * any of it; otherwise it is only the base of what follows. A value that fell is a new base. What is lost
 * when this process starts anew is what was counted in the app since its last export, in both arms alike.
 */
import type { InstanceId, MetricSelector } from "#domain";
import {
  keptSeriesMax,
  reportingInstancesMax,
  seriesPerInstanceMax,
  streamSilenceMs,
  unusableNamesMax,
} from "../limits.ts";
import { type CountedPoint, refuse, type Refusals } from "./points.ts";
import { openRecent } from "./recent.ts";

export interface Totals {
  /** Adds what an instance reported; what is over a bound is added to `refusals`. */
  take(instance: InstanceId, report: Report): void;
  /** Of all series of an instance that the selector means. */
  sum(instance: InstanceId, selector: MetricSelector): number;
  /** Whether it ever reported a counter of this name, with whatever attributes. */
  knows(instance: InstanceId, name: string): boolean;
  /** When it reported last; `undefined`: never, or too long ago. */
  reportedAt(instance: InstanceId): number | undefined;
  /** Since when it has reported without being forgotten. */
  firstReportedAt(instance: InstanceId): number | undefined;
  /** Whether a first value of it was only a base: it had counted before we began, or before we forgot. */
  continues(instance: InstanceId): boolean;
  /** What a metric is, if it was reported and cannot be counted. */
  unusable(instance: InstanceId, name: string): string | undefined;
}

interface Report {
  readonly at: number;
  readonly points: readonly CountedPoint[];
  readonly refusals: Refusals;
}

interface Stream {
  timeNs: bigint;
  value: number;
  seenAt: number;
}

interface Series {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  total: number;
}

interface Reporter {
  /** In the order in which they were seen last. */
  readonly streams: Map<string, Stream>;
  readonly series: Map<string, Series>;
  readonly unusable: Map<string, string>;
  /** Streams that began before this may have been counted by somebody, or by us before we forgot. */
  beganBeforeNs: bigint;
  firstReportedAt: number | undefined;
  reportedAt: number;
  continues: boolean;
  /** All totals together: kept below 2^53, so is every sum of some. */
  counted: number;
}

export function openTotals(openedAt: number): Totals {
  let beganBeforeNs = nanos(openedAt);
  /** Series and streams of all reporters. */
  let kept = 0;
  const reporters = openRecent<InstanceId, Reporter>({
    entriesMax: reportingInstancesMax,
    silenceMs: streamSilenceMs,
    make: () => ({
      streams: new Map(),
      series: new Map(),
      unusable: new Map(),
      beganBeforeNs,
      firstReportedAt: undefined,
      reportedAt: 0,
      continues: false,
      counted: 0,
    }),
    forgotten(reporter, at) {
      kept -= sizeOf(reporter);
      beganBeforeNs = nanos(at);
    },
  });

  /** Whether a point may add a series and a stream. */
  const isRoom = (): boolean => kept + 2 <= keptSeriesMax;
  function makeRoom(at: number): boolean {
    while (!isRoom()) if (!reporters.forgetSilent(at)) return false;
    return true;
  }

  function addAll(reporter: Reporter, { at, points, refusals }: Report): void {
    for (const point of points) {
      const before = sizeOf(reporter);
      const problem = isKnown(reporter, point) || makeRoom(at) ? add(reporter, point, at) : noRoom;
      kept += sizeOf(reporter) - before;
      if (problem !== undefined) refuse(refusals, 1, problem);
    }
  }

  return {
    take(instance, report) {
      const { at, points, refusals } = report;
      const reporter = reporters.see(instance, at);
      if (reporter === undefined) {
        const problem = `${reportingInstancesMax} instances report, and no more are counted`;
        return refuse(refusals, points.length, problem);
      }
      reporter.firstReportedAt ??= at;
      reporter.reportedAt = at;
      for (const [name, kind] of refusals.unusable) {
        if (reporter.unusable.size < unusableNamesMax) reporter.unusable.set(name, kind);
      }
      addAll(reporter, report);
    },
    sum(instance, { name, where }) {
      const conditions = Object.entries(where);
      let total = 0;
      for (const series of reporters.get(instance)?.series.values() ?? []) {
        const isMeant =
          series.name === name &&
          conditions.every(([key, value]) => series.attributes[key] === value);
        if (isMeant) total += series.total;
      }
      return total;
    },
    knows: (instance, name) =>
      [...(reporters.get(instance)?.series.values() ?? [])].some((series) => series.name === name),
    reportedAt: (instance) => reporters.get(instance)?.reportedAt,
    firstReportedAt: (instance) => reporters.get(instance)?.firstReportedAt,
    continues: (instance) => reporters.get(instance)?.continues ?? false,
    unusable: (instance, name) => reporters.get(instance)?.unusable.get(name),
  };
}

const noRoom = `more than ${keptSeriesMax} series of all instances; the newest are not kept`;

function sizeOf({ streams, series }: Reporter): number {
  return streams.size + series.size;
}

/** Whether a point adds nothing that is to be kept. */
function isKnown({ streams, series }: Reporter, point: CountedPoint): boolean {
  return series.has(point.series) && (point.isDelta || streams.has(point.stream));
}

/** Gives why the point was not taken, if it was not. */
function add(reporter: Reporter, point: CountedPoint, at: number): string | undefined {
  const { name, attributes, series: key } = point;
  const { series } = reporter;
  const known = series.get(key) ?? { name, attributes, total: 0 };
  if (!series.has(key) && series.size >= seriesPerInstanceMax) return tooManySeries;
  const rise = riseOf(reporter, point, at);
  if (rise === undefined) return tooManySeries;
  if (reporter.counted + rise > Number.MAX_SAFE_INTEGER) {
    for (const one of series.values()) one.total = 0;
    reporter.counted = 0;
    return beganAnew;
  }
  reporter.counted += rise;
  known.total += rise;
  series.set(key, known);
  return undefined;
}

const beganAnew = "all totals of this instance passed 2^53 together; they begin anew at 0";
const tooManySeries = `more than ${seriesPerInstanceMax} series; the newest are not kept`;

/** By how much a point raises its series; `undefined` when there is no room for its stream. */
function riseOf(
  reporter: Reporter,
  { stream, isDelta, startNs, timeNs, value }: CountedPoint,
  at: number,
): number | undefined {
  // Processes that share a name send deltas side by side; repeats are recognised by their whole body.
  if (isDelta) return value;
  const known = reporter.streams.get(stream);
  if (known === undefined) {
    if (!hasRoom(reporter, at)) return undefined;
    reporter.streams.set(stream, { timeNs, value, seenAt: at });
    if (startNs >= reporter.beganBeforeNs) return value;
    reporter.continues = true;
    return 0;
  }
  if (timeNs <= known.timeNs) return 0; // older than what we know, or told twice
  const rise = Math.max(0, value - known.value);
  reporter.streams.delete(stream);
  reporter.streams.set(stream, { timeNs, value, seenAt: at });
  return rise;
}

/** A process that began anew left its streams behind: silent ones make room for those that live. */
function hasRoom(reporter: Reporter, at: number): boolean {
  const { streams } = reporter;
  if (streams.size < seriesPerInstanceMax) return true;
  const [[oldest, stream] = []] = streams;
  if (oldest === undefined || stream === undefined || at - stream.seenAt < streamSilenceMs) {
    return false;
  }
  streams.delete(oldest);
  reporter.beganBeforeNs = nanos(stream.seenAt);
  return true;
}

function nanos(ms: number): bigint {
  return BigInt(Math.trunc(ms)) * 1_000_000n;
}
