/**
 * Totals of releases from what their instances report: numbers that only rise while this process lives.
 * Pure but for its own memory.
 *
 * Nothing is invented. A cumulative value counts by what it rose since the last one of its stream. The
 * first of a stream counts in full if the stream began after we did, for then nobody can have counted
 * any of it; otherwise it is only the base of what follows. A value that fell is a new base. What is lost
 * when this process starts anew is what was counted in the app since its last export, in both arms alike.
 */
import type { InstanceId, InstanceIdentity, MetricSelector, ReleaseId } from "#domain";
import {
  reportingInstancesMax,
  reportingReleasesMax,
  seriesPerInstanceMax,
  seriesPerReleaseMax,
  unusableNamesMax,
} from "../limits.ts";
import { type CountedPoint, refuse, type Refusals } from "./points.ts";

export interface Totals {
  /** Adds what an instance reported; what is over a bound is added to `refusals`. */
  take(identity: InstanceIdentity, report: Report): void;
  /** Of all series that the selector means; whole numbers come out when they went in. */
  sum(release: ReleaseId, selector: MetricSelector): number;
  /** Whether a counter of this name was ever reported, with whatever attributes. */
  knows(release: ReleaseId, name: string): boolean;
  /** When each instance of a release reported last. */
  reportedAt(release: ReleaseId): ReadonlyMap<InstanceId, number>;
  /** What a metric is, if it was reported and cannot be counted. */
  unusable(release: ReleaseId, name: string): string | undefined;
}

interface Report {
  readonly at: number;
  readonly points: readonly CountedPoint[];
  readonly refusals: Refusals;
}

interface Stream {
  timeNs: bigint;
  value: number;
}

interface Series {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  total: number;
}

interface ReleaseTotals {
  readonly series: Map<string, Series>;
  readonly reportedAt: Map<InstanceId, number>;
  readonly unusable: Map<string, string>;
}

export function openTotals(openedAt: number): Totals {
  const streams = new Map<InstanceId, Map<string, Stream>>();
  const releases = new Map<ReleaseId, ReleaseTotals>();
  /** Streams that began before this may have been counted by somebody, or by us before we forgot. */
  let beganBeforeNs = BigInt(openedAt) * 1_000_000n;

  function streamsOf(id: InstanceId, at: number): Map<string, Stream> {
    const known = streams.get(id) ?? new Map<string, Stream>();
    streams.delete(id);
    streams.set(id, known); // last in order: reported last
    if (forgetOldest(streams, reportingInstancesMax)) beganBeforeNs = BigInt(at) * 1_000_000n;
    return known;
  }

  function releaseOf(id: ReleaseId): ReleaseTotals {
    const known = releases.get(id) ?? {
      series: new Map<string, Series>(),
      reportedAt: new Map<InstanceId, number>(),
      unusable: new Map<string, string>(),
    };
    releases.delete(id);
    releases.set(id, known);
    forgetOldest(releases, reportingReleasesMax);
    return known;
  }

  return {
    take({ instance, release }, { at, points, refusals }) {
      const mine = streamsOf(instance, at);
      const totals = releaseOf(release);
      totals.reportedAt.delete(instance);
      totals.reportedAt.set(instance, at);
      forgetOldest(totals.reportedAt, reportingInstancesMax);
      for (const [name, kind] of refusals.unusable) {
        if (totals.unusable.size < unusableNamesMax) totals.unusable.set(name, kind);
      }
      for (const point of points) {
        const series = seriesOf(totals, point);
        const increase = series === undefined ? undefined : rise(mine, point, beganBeforeNs);
        if (series === undefined || increase === undefined) {
          refuse(refusals, 1, `more than ${seriesPerInstanceMax} series; the newest are not kept`);
        } else series.total += increase;
      }
    },
    sum(release, { name, where }) {
      const conditions = Object.entries(where);
      let total = 0;
      for (const series of releases.get(release)?.series.values() ?? []) {
        const isMeant =
          series.name === name &&
          conditions.every(([key, value]) => series.attributes[key] === value);
        if (isMeant) total += series.total;
      }
      return total;
    },
    knows: (release, name) =>
      [...(releases.get(release)?.series.values() ?? [])].some((series) => series.name === name),
    reportedAt: (release) => releases.get(release)?.reportedAt ?? new Map<InstanceId, number>(),
    unusable: (release, name) => releases.get(release)?.unusable.get(name),
  };
}

/** By how much a point raises its series; `undefined` when there is no room for its stream. */
function rise(
  streams: Map<string, Stream>,
  { stream, isDelta, startNs, timeNs, value }: CountedPoint,
  beganBeforeNs: bigint,
): number | undefined {
  const known = streams.get(stream);
  if (known === undefined) {
    if (streams.size >= seriesPerInstanceMax) return undefined;
    streams.set(stream, { timeNs, value });
    return isDelta || startNs >= beganBeforeNs ? value : 0;
  }
  // Processes that share a name send deltas side by side; repeats are recognised by their whole body.
  if (isDelta) return value;
  if (timeNs <= known.timeNs) return 0; // older than what we know, or told twice
  const increase = Math.max(0, value - known.value);
  known.timeNs = timeNs;
  known.value = value;
  return increase;
}

function seriesOf(
  totals: ReleaseTotals,
  { name, attributes, series }: CountedPoint,
): Series | undefined {
  const known = totals.series.get(series);
  if (known !== undefined) return known;
  if (totals.series.size >= seriesPerReleaseMax) return undefined;
  const added = { name, attributes, total: 0 };
  totals.series.set(series, added);
  return added;
}

/** Gives whether something was forgotten. */
function forgetOldest(map: Map<unknown, unknown>, most: number): boolean {
  const [oldest] = map.keys();
  return map.size > most && map.delete(oldest);
}
