/**
 * Calibration: the baseline compared with itself, so that luck is not taken for the candidate's fault.
 *
 * Two kinds of luck tell the arms apart though the code is the same. Users: a cohort drawn by hash may hold
 * the users who fail more; tenths of the baseline's users, taken as if they were candidates, show how much.
 * (It matters where requests are counted; first harms of users are immune by design.) Instances:
 * each wanders in quality of its own (its host, its cache, its neighbours), and an arm of few instances is
 * as good as they are; the baseline's instances among themselves show how much.
 *
 * With x_i events among n_i in unit i of k, p the ratio of all, N = sum n_i, the moments' estimate of the
 * variance of the units' log ratios is (DerSimonian and Laird 1986, for counts)
 *
 *     u = (Q - (k-1)) / C,    Q = sum (x_i - n_i p)^2 / (n_i p (1-p)),    C = p/(1-p) (N - sum n_i^2 / N)
 *
 * Instances wander while the evidence may be about a few minutes of them, and over an hour each would look like its
 * mean: so their Q and C are taken minute by minute and added up. Users stay as they are, and theirs are of all time.
 *
 * u is noisy while events are few, so it is averaged with a prior, each weighted by its precision. An arm of m
 * units varies by u/m, so candidate and baseline differ by luck by e^(z sqrt(u/m_c + u/m_s)) at most, with the
 * confidence that belongs to z: that is the margin. The numbers of units are effective ones, N^2 / sum n_i^2.
 */
import type { ArmCounts, IntervalCounts, MetricCounts } from "#domain";
import {
  calibrationStretchMs,
  groupsLogVariance,
  groupsLogVarianceSpread,
  instancesLogVariance,
  instancesLogVarianceSpread,
  instancesRemembered,
  instancesToCalibrateMin,
  luckDeviations,
  requestRatioMargin,
  startMarginRatio,
} from "./limits.ts";

type Units = Readonly<Record<string, MetricCounts>>;

/** Sums per unit over the rollout. */
export interface Calibration {
  /** Baseline users by tenths of the hash; empty when nobody counts them. */
  readonly groups: readonly MetricCounts[];
  readonly baseline: Units;
  readonly candidate: Units;
  /** The baseline's instances in the minute that runs, and how much they differed in those that are over. */
  readonly minute: { readonly fromAt: number; readonly baseline: Units };
  readonly spread: Spread;
}

/** How much units differ beyond chance, in sums that may be added up over stretches of time. */
interface Spread {
  /** Sum of Q - (k-1). */
  readonly excess: number;
  /** Sum of C: what `excess` grows by for each unit of variance. */
  readonly scale: number;
  /** Sum and the greatest of k-1. */
  readonly degrees: number;
  readonly degreesMax: number;
}

const noSpread: Spread = { excess: 0, scale: 0, degrees: 0, degreesMax: 0 };

export const noCalibration: Calibration = {
  groups: [],
  baseline: {},
  candidate: {},
  minute: { fromAt: 0, baseline: {} },
  spread: noSpread,
};

/** How much worse a candidate may look by luck, by what is counted; 1: not at all. */
export interface Luck {
  readonly users: number;
  readonly requests: number;
}

export function calibrate(calibration: Calibration, counts: IntervalCounts): Calibration {
  const { groups, baseline, candidate } = counts;
  const hasInstances = baseline.instances !== undefined || candidate.instances !== undefined;
  if (groups === undefined && !hasInstances) return calibration;
  return {
    groups: groups === undefined ? calibration.groups : addGroups(calibration.groups, groups),
    baseline: addInstances(calibration.baseline, baseline),
    candidate: addInstances(calibration.candidate, candidate),
    ...inMinutes(calibration, counts),
  };
}

function inMinutes(
  { minute, spread }: Calibration,
  { baseline, startAt, endAt }: IntervalCounts,
): Pick<Calibration, "minute" | "spread"> {
  const isOver = endAt - minute.fromAt >= calibrationStretchMs;
  const begun = isOver ? { fromAt: startAt, baseline: {} } : minute;
  return {
    minute: { fromAt: begun.fromAt, baseline: addInstances(begun.baseline, baseline) },
    spread: isOver ? plus(spread, spreadOf(Object.values(minute.baseline))) : spread,
  };
}

/** `share` is the candidate's share of users, 0..1. */
export function luckOf(calibration: Calibration, share: number): Luck {
  const byInstances = instanceLogVariance(calibration);
  const byGroups = groupLogVariance(calibration, share);
  const few = hasFewInstances(calibration) ? startMarginRatio : 1;
  const users = Math.max(few, marginOf(byInstances));
  const requests = Math.max(users, requestRatioMargin, marginOf(byInstances + byGroups));
  return { users, requests };
}

function marginOf(logVariance: number): number {
  return Math.exp(luckDeviations * Math.sqrt(logVariance));
}

/** Variance, by the luck of their instances, of the log of the arms' ratio. */
function instanceLogVariance({ baseline, candidate, minute, spread }: Calibration): number {
  const units = Object.values(baseline);
  if (units.length < instancesToCalibrateMin) return 0;
  const perInstance = posterior(plus(spread, spreadOf(Object.values(minute.baseline))), {
    mean: instancesLogVariance,
    sd: instancesLogVarianceSpread,
  });
  const ofCandidate = effectiveNumber(Object.values(candidate));
  return perInstance * (1 / effectiveNumber(units) + 1 / ofCandidate);
}

/** Known instances, too few to be compared among themselves. */
function hasFewInstances({ baseline }: Calibration): boolean {
  const known = Object.keys(baseline).length;
  return known > 0 && known < instancesToCalibrateMin;
}

/** The same by the luck of which users were drawn; a tenth varies by as much as ten arms of all users. */
function groupLogVariance({ groups }: Calibration, share: number): number {
  const seen = groups.filter(({ sample }) => sample > 0);
  if (seen.length < instancesToCalibrateMin || share <= 0 || share >= 1) return 0;
  const perTenth = posterior(spreadOf(seen), {
    mean: groupsLogVariance,
    sd: groupsLogVarianceSpread,
  });
  return (perTenth / groups.length) * (1 / share + 1 / (1 - share));
}

interface Prior {
  readonly mean: number;
  readonly sd: number;
}

/** Variance of the units' log ratios beyond chance: the estimate and the prior, by their precision. */
function posterior({ excess, scale, degrees, degreesMax }: Spread, prior: Prior): number {
  if (scale <= 0) return prior.mean;
  const estimate = Math.max(0, excess / scale);
  // Chance is new in each stretch; how units differ may be the same in all of them.
  const byChance = (2 * degrees) / (scale * scale) + (4 * prior.mean) / scale;
  const byUnits = (2 * prior.mean ** 2) / degreesMax;
  const weight = prior.sd ** 2 / (prior.sd ** 2 + byChance + byUnits);
  return weight * estimate + (1 - weight) * prior.mean;
}

function spreadOf(units: readonly MetricCounts[]): Spread {
  let [all, events, squares] = [0, 0, 0];
  for (const unit of units) {
    all += unit.sample;
    events += unit.events;
    squares += unit.sample * unit.sample;
  }
  // Neither no failures nor nothing but failures shows how units differ.
  if (units.length < 2 || all === 0 || events === 0 || events === all) return noSpread;
  const ratio = events / all;
  let q = 0;
  for (const { events: found, sample } of units) {
    if (sample > 0) q += (found - sample * ratio) ** 2 / (sample * ratio * (1 - ratio));
  }
  const degrees = units.length - 1;
  const scale = (ratio / (1 - ratio)) * (all - squares / all);
  return { excess: q - degrees, scale, degrees, degreesMax: degrees };
}

function plus(one: Spread, other: Spread): Spread {
  return {
    excess: one.excess + other.excess,
    scale: one.scale + other.scale,
    degrees: one.degrees + other.degrees,
    degreesMax: Math.max(one.degreesMax, other.degreesMax),
  };
}

/** As many equally busy units would vary as much as these; at least one. */
function effectiveNumber(units: readonly MetricCounts[]): number {
  let [all, squares] = [0, 0];
  for (const { sample } of units) {
    all += sample;
    squares += sample * sample;
  }
  return squares === 0 ? 1 : (all * all) / squares;
}

function addGroups(
  sums: readonly MetricCounts[],
  groups: readonly MetricCounts[],
): readonly MetricCounts[] {
  return groups.map((group, index) => add(sums[index], group));
}

function addInstances(sums: Units, { instances }: ArmCounts): Units {
  if (instances === undefined) return sums;
  const next: Record<string, MetricCounts> = { ...sums };
  let known = Object.keys(next).length;
  for (const [id, counts] of Object.entries(instances)) {
    const isNew = !Object.hasOwn(next, id);
    if (isNew && known >= instancesRemembered) continue;
    if (isNew) known += 1;
    next[id] = add(isNew ? undefined : next[id], counts);
  }
  return next;
}

function add(sum: MetricCounts | undefined, counts: MetricCounts): MetricCounts {
  if (sum === undefined) return counts;
  return { events: sum.events + counts.events, sample: sum.sample + counts.sample };
}
