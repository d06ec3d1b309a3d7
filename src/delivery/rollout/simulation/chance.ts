/** Draws from the distributions that worlds are made of. All of chance comes in as `random`. */
import type { Wander } from "./world.ts";

export type Random = () => number;

export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Knuth's method in chunks, so that e^-mean does not vanish. */
export function poisson(mean: number, random: Random): number {
  const chunk = 30;
  let count = 0;
  for (let left = mean; left > 0; left -= chunk) {
    const limit = Math.exp(-Math.min(left, chunk));
    for (let product = random(); product > limit; product *= random()) count += 1;
  }
  return count;
}

/** A discrete distribution from which one number draws in constant time (Walker's alias method, by Vose). */
export interface Choice {
  readonly keep: Float64Array;
  readonly alias: Uint32Array;
}

/** `weights` are 0 or more and not all 0. */
export function choiceOf(weights: Float64Array): Choice {
  const size = weights.length;
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const scaled = weights.map((weight) => (weight * size) / sum);
  const keep = new Float64Array(size).fill(1);
  const alias = Uint32Array.from({ length: size }, (_, index) => index);
  const small: number[] = [];
  const large: number[] = [];
  for (let index = 0; index < size; index += 1) {
    ((scaled[index] ?? 0) < 1 ? small : large).push(index);
  }
  for (;;) {
    const low = small.pop();
    const high = large.at(-1);
    // What is left over on either side is 1 but for rounding.
    if (low === undefined || high === undefined) return { keep, alias };
    keep[low] = scaled[low] ?? 0;
    alias[low] = high;
    const rest = (scaled[high] ?? 0) + (scaled[low] ?? 0) - 1;
    scaled[high] = rest;
    if (rest < 1) small.push(large.pop() ?? high);
  }
}

export function draw({ keep, alias }: Choice, random: Random): number {
  const at = random() * keep.length;
  const index = Math.floor(at);
  return at - index < (keep[index] ?? 1) ? index : (alias[index] ?? index);
}

/** A wandering factor: gives its value at each second, asked in order. */
export function wandering(wander: Wander | undefined, random: Random): (second: number) => number {
  if (wander === undefined || wander.logSd === 0) return () => 1;
  const { logSd, ar, stepS } = wander;
  const renewal = Math.sqrt(1 - ar * ar);
  let log = normal(random);
  let steps = 0;
  return (second) => {
    for (; (steps + 1) * stepS <= second; steps += 1) log = ar * log + renewal * normal(random);
    return Math.exp(logSd * log - (logSd * logSd) / 2);
  };
}

/** The standard normal distribution's share up to z, to 1.2e-7 (erfcc of Press et al.). */
export function normalBelow(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.5 * x);
  let sum = 0;
  for (const coefficient of erfcCoefficients) sum = sum * t + coefficient;
  const tail = 0.5 * t * Math.exp(sum - x * x);
  return z > 0 ? 1 - tail : tail;
}

/** From the highest power of t down. */
const erfcCoefficients: readonly number[] = [
  0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196,
  1.00002368, -1.26551223,
];
