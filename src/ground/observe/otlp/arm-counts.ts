/**
 * What the instances of one arm counted since the last time, taken when each that should report has done so.
 *
 * Nothing is counted twice: what an instance had told before the watch began is its base. One that first
 * reports after that has none, and what it told last is counted when it has left the arm, too. Where the
 * sample is the edge's requests, both are as of the arm's last reports: exports are seconds late, and while
 * exposure grows, requests of now would make a candidate look better than it is.
 */
import type {
  Arm,
  InstanceId,
  MetricCounts,
  MetricInstance,
  MetricMoment,
  MetricSelector,
} from "#domain";
import { streamSilenceMs } from "../limits.ts";
import type { Totals } from "./totals.ts";

export interface Watched {
  readonly guardrail: string;
  readonly events: MetricSelector;
  /** Absent: the arm's requests. */
  readonly sample?: MetricSelector;
}

export interface ArmCounts {
  /** Counts by guardrail; nothing while a report is awaited. */
  take(moment: MetricMoment, requestsAt: RequestsAt): ReadonlyMap<string, MetricCounts> | undefined;
}

/** How many requests the edge had counted in an arm at an instant. */
export type RequestsAt = (arm: Arm, at: number) => number;

export interface ArmCountsOptions {
  readonly arm: Arm;
  readonly watched: readonly Watched[];
  readonly totals: Totals;
}

export function openArmCounts(options: ArmCountsOptions): ArmCounts {
  const { arm, totals } = options;
  const ledger = openLedger(options);
  const roster = openRoster(options, (id) => ledger.forget(id));
  let openedAt: number | undefined;
  let takenAt: number | undefined;
  let mayContinue = true;

  return {
    take(moment, requestsAt) {
      const { now } = moment;
      openedAt ??= now;
      const ids = roster(moment);
      const at = { moment, totals };
      if (takenAt === undefined && hasNeverReported(arm, at)) {
        takenAt = now;
        ledger.rebase(ids, { now, requests: requestsAt(arm, now) });
        return undefined;
      }
      if (!hasReported(arm, takenAt ?? openedAt, at)) return undefined;
      const requests = requestsAt(arm, reportTime(arm, at));
      // After a start of the server, first values of older processes are bases: so are the requests.
      const isBase =
        takenAt === undefined || (mayContinue && ids.some((id) => totals.continues(id)));
      mayContinue = false;
      takenAt = now;
      if (!isBase) return ledger.count(ids, requests);
      ledger.rebase(ids, { now, requests });
      return undefined;
    },
  };
}

/** The instances of an arm, and those that left it a short time ago: their last reports are on the way. */
function openRoster(
  { arm, totals }: ArmCountsOptions,
  forgotten: (id: InstanceId) => void,
): (moment: MetricMoment) => readonly InstanceId[] {
  const listedAt = new Map<InstanceId, number>();
  return ({ now, arms }) => {
    for (const { id } of arms[arm].instances) listedAt.set(id, now);
    const others = new Set(arms[otherThan[arm]].instances.map(({ id }) => id));
    for (const [id, at] of listedAt) {
      const heardAt = Math.max(at, totals.reportedAt(id) ?? 0);
      if (now - heardAt <= streamSilenceMs && !others.has(id)) continue;
      listedAt.delete(id);
      forgotten(id);
    }
    return [...listedAt.keys()];
  };
}

/** From totals to what they rose by. */
function openLedger({ watched, totals }: ArmCountsOptions) {
  /** The last total of each counter and instance, and of the edge's requests. */
  const bases = new Map<string, number>();
  let basedAt = Infinity;

  /** A total that fell (it was forgotten) is a new base. */
  function riseOf(key: string, value: number, base: number): number {
    const rise = value - (bases.get(key) ?? base);
    bases.set(key, value);
    return Math.max(0, rise);
  }

  function counterRise(selector: MetricSelector, name: string, ids: readonly InstanceId[]): number {
    let rise = 0;
    for (const id of ids) {
      const value = totals.sum(id, selector);
      const isNew = (totals.firstReportedAt(id) ?? 0) > basedAt;
      rise += riseOf(`${name} ${id}`, value, isNew ? 0 : value);
    }
    return rise;
  }

  function countOf(
    { guardrail, events, sample }: Watched,
    ids: readonly InstanceId[],
    requests: number,
  ): MetricCounts {
    return {
      events: counterRise(events, `${guardrail} events`, ids),
      sample:
        sample === undefined
          ? riseOf(`${guardrail} requests`, requests, requests)
          : counterRise(sample, `${guardrail} sample`, ids),
    };
  }

  const count = (ids: readonly InstanceId[], requests: number) =>
    new Map(watched.map((one) => [one.guardrail, countOf(one, ids, requests)]));

  return {
    count,
    /** What was told up to now is what follows is counted from. */
    rebase(ids: readonly InstanceId[], at: { readonly now: number; readonly requests: number }) {
      bases.clear();
      basedAt = Infinity;
      count(ids, at.requests);
      basedAt = at.now;
    },
    forget(id: InstanceId) {
      for (const { guardrail } of watched) {
        bases.delete(`${guardrail} events ${id}`);
        bases.delete(`${guardrail} sample ${id}`);
      }
    },
  };
}

const otherThan = { baseline: "candidate", candidate: "baseline" } as const;

export interface ArmsAt {
  readonly moment: MetricMoment;
  readonly totals: Totals;
}

function hasNeverReported(arm: Arm, { moment, totals }: ArmsAt): boolean {
  return moment.arms[arm].instances.every(({ id }) => totals.reportedAt(id) === undefined);
}

/** Whether all that report in an arm did so after `since`. */
function hasReported(arm: Arm, since: number, at: ArmsAt): boolean {
  const instances = reporting(arm, at);
  return (
    instances.length > 0 && instances.every(({ id }) => (at.totals.reportedAt(id) ?? 0) > since)
  );
}

/** Of several instances with a part of the users each, the mean of their last reports. */
function reportTime(arm: Arm, at: ArmsAt): number {
  const times = reporting(arm, at).map(({ id }) => at.totals.reportedAt(id) ?? at.moment.now);
  return times.reduce((sum, time) => sum + time, 0) / times.length;
}

/**
 * The instances of an arm that report, or should: of each process type of which one does, in either arm.
 * A worker without OpenTelemetry is not silent, and a candidate's web process is.
 */
export function reporting(arm: Arm, { moment, totals }: ArmsAt): readonly MetricInstance[] {
  const all = Object.values(moment.arms).flatMap(({ instances }) => instances);
  const types = new Set(
    all
      .filter(({ id }) => totals.reportedAt(id) !== undefined)
      .map(({ processType }) => processType),
  );
  return moment.arms[arm].instances.filter(({ processType }) => types.has(processType));
}
