/**
 * Kayenta's judge (NetflixACAJudge-v1.0), written anew from its published algorithm: per metric a rank test
 * with the confidence of 98 % and the tolerance of 0.25 that are hard-coded there, then an effect size,
 * then groups, then a score. See the page on the judge at spinnaker.io, and kayenta-judge, Apache-2.0.
 * Pure: two series per metric in, a score out.
 */
import { AllTied, type Shift, shiftBetween } from "./mann-whitney.ts";

export type Direction = "increase" | "decrease" | "either";
export type Label = "Pass" | "High" | "Low" | "Nodata" | "NodataFailMetric" | "Error";

/** The part of a metric's configuration that the judge reads; defaults are Kayenta's. */
export interface MetricConfig {
  readonly name: string;
  readonly group: string;
  readonly direction?: Direction;
  /** NaN as zero (a counter that is absent while nothing happens), or left out. */
  readonly nanStrategy?: "remove" | "replace";
  readonly isCritical?: boolean;
  readonly mustHaveData?: boolean;
  /** Mean of the experiment over the mean of the control that at least counts. */
  readonly allowedIncrease?: number;
  readonly allowedDecrease?: number;
  readonly criticalIncrease?: number;
  readonly criticalDecrease?: number;
}

export interface Series {
  readonly experiment: readonly number[];
  readonly control: readonly number[];
}

export interface Classified {
  readonly label: Label;
  /** A critical metric failed: the whole score is 0. */
  readonly isCritical: boolean;
}

export interface Scored {
  /** 0 to 100. */
  readonly score: number;
  readonly labels: Readonly<Record<string, Label>>;
}

/** Hard-coded in NetflixACAJudge. */
const tolerance = 0.25;
const zAt98Percent = 2.3263478740408408;
/** Of the noise that is added when both series are constant, as a share of the constant. */
const noiseScale = 1e-5;
const nodataPercentMax = 50;

export function classify(metric: MetricConfig, series: Series): Classified {
  const experiment = withoutNaN(series.experiment, metric.nanStrategy);
  const control = withoutNaN(series.control, metric.nanStrategy);
  const settled = withoutComparison(metric, experiment, control);
  if (settled !== undefined) return settled;
  try {
    return compare(metric, experiment, control);
  } catch (error) {
    // Kayenta catches the exception and labels the metric; such a metric then counts for nothing.
    if (error instanceof AllTied) return { label: "Error", isCritical: false };
    throw error;
  }
}

function withoutNaN(
  values: readonly number[],
  strategy: "remove" | "replace" = "remove",
): readonly number[] {
  return strategy === "replace"
    ? values.map((value) => (Number.isNaN(value) ? 0 : value))
    : values.filter((value) => !Number.isNaN(value));
}

/** No data, the same data, or one value throughout: decided without a test. */
function withoutComparison(
  metric: MetricConfig,
  experiment: readonly number[],
  control: readonly number[],
): Classified | undefined {
  if (experiment.length === 0 || control.length === 0) {
    if (metric.nanStrategy === "replace") return { label: "Pass", isCritical: false };
    const isCritical = metric.isCritical ?? false;
    return metric.mustHaveData === true && !isCritical
      ? { label: "NodataFailMetric", isCritical: false }
      : { label: "Nodata", isCritical };
  }
  const sorted = control.toSorted((a, b) => a - b);
  const isSame =
    experiment.length === control.length &&
    experiment.toSorted((a, b) => a - b).every((value, index) => value === sorted[index]);
  const isOneValue = new Set([...experiment, ...control]).size === 1;
  return isSame || isOneValue ? { label: "Pass", isCritical: false } : undefined;
}

function compare(
  metric: MetricConfig,
  experimentRaw: readonly number[],
  controlRaw: readonly number[],
): Classified {
  const isConstant = new Set(experimentRaw).size === 1 && new Set(controlRaw).size === 1;
  const experiment = isConstant ? withNoise(experimentRaw, 0) : experimentRaw;
  const control = isConstant ? withNoise(controlRaw, 1) : controlRaw;
  const effect = meanRatio(experiment, control);
  const label = labelOf(metric, shiftBetween(experiment, control, zAt98Percent), effect);
  // An effect that cannot be computed (a mean of 0) is ignored, in Kayenta as here.
  const isCritical =
    metric.isCritical === true &&
    ((label === "High" && !(effect < (metric.criticalIncrease ?? 1))) ||
      (label === "Low" && !(effect > (metric.criticalDecrease ?? 1))));
  return { label, isCritical };
}

function labelOf(metric: MetricConfig, shift: Shift, effect: number): Label {
  const bound = tolerance * Math.abs(shift.estimate);
  const direction = metric.direction ?? "either";
  const isHigh = shift.lower > bound && !(effect < (metric.allowedIncrease ?? 1));
  const isLow = shift.upper < -bound && !(effect > (metric.allowedDecrease ?? 1));
  if (direction !== "decrease" && isHigh) return "High";
  if (direction !== "increase" && isLow) return "Low";
  return "Pass";
}

/** NaN when either mean is 0. */
function meanRatio(experiment: readonly number[], control: readonly number[]): number {
  const [above, below] = [mean(experiment), mean(control)];
  return above === 0 || below === 0 ? Number.NaN : above / below;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Kayenta's Gaussian noise, by a fixed sequence instead of chance: the same series, the same label. */
function withNoise(values: readonly number[], stream: number): readonly number[] {
  return values.map((value, index) => {
    const first = fraction((index + 1) * 0.7548776662466927 + stream * 0.31);
    const second = fraction((index + 1) * 0.5698402909980532 + stream * 0.77);
    const normal = Math.sqrt(-2 * Math.log(1 - first)) * Math.cos(2 * Math.PI * second);
    return value + normal * value * noiseScale;
  });
}

function fraction(value: number): number {
  return value - Math.floor(value);
}

/** Scores all metrics: groups are percentages of passing metrics, weighted (equally, unless given). */
export function score(
  metrics: readonly MetricConfig[],
  series: Readonly<Record<string, Series>>,
  groupWeights?: Readonly<Record<string, number>>,
): Scored {
  const classified = metrics.map((metric) => ({
    metric,
    ...classify(metric, series[metric.name] ?? { experiment: [], control: [] }),
  }));
  const labels = Object.fromEntries(classified.map(({ metric, label }) => [metric.name, label]));
  const nodata = classified.filter(({ label }) => label === "Nodata").length;
  if (classified.some(({ isCritical }) => isCritical)) return { score: 0, labels };
  if ((100 * nodata) / classified.length >= nodataPercentMax) return { score: 0, labels };
  const groups = [...new Set(metrics.map(({ group }) => group))];
  const sum = groups.reduce((total, group) => {
    const ofGroup = classified.filter(({ metric }) => metric.group === group);
    const weight = groupWeights?.[group] ?? 100 / groups.length;
    return total + (groupScore(ofGroup.map(({ label }) => label)) * weight) / 100;
  }, 0);
  return { score: Math.round(sum * 100) / 100, labels };
}

function groupScore(labels: readonly Label[]): number {
  const counted = labels.filter((label) => label !== "Nodata" && label !== "Error");
  if (counted.length === 0) return 100;
  return (100 * counted.filter((label) => label === "Pass").length) / counted.length;
}
