/**
 * What every tool of the comparison is to the driver: a gate that is shown, at its own looks, what its
 * metric store would show it, and that answers with a move. Gates are pure reducers of such windows.
 */
import { latencyBoundsMs } from "#domain";

/** One arm between two looks. */
export interface ArmWindow {
  readonly requests: number;
  readonly errors: number;
  /** Cells of the latency histogram. */
  readonly latency: readonly number[];
}

export interface Window {
  /** Seconds since the start of the rollout at the end of the window. */
  readonly atS: number;
  readonly candidate: ArmWindow;
  readonly baseline: ArmWindow;
  /** As much of the baseline as the candidate has: what a fresh baseline of equal size would serve. */
  readonly control: () => ArmWindow;
}

export type Move =
  | { readonly kind: "stay" }
  | { readonly kind: "expose"; readonly percent: number }
  | { readonly kind: "promote" }
  | { readonly kind: "roll_back" };

export interface Gate<State> {
  readonly name: string;
  readonly lookEveryS: number;
  /** The percentage of users that is exposed at the start. */
  readonly startPercent: number;
  begin(): State;
  look(state: State, window: Window): { readonly state: State; readonly move: Move };
}

export const stay: Move = { kind: "stay" };

/** Percentage of users by the second from which it holds; the last that has begun counts. */
export type Ramp = readonly (readonly [fromS: number, percent: number])[];

export function percentAt(ramp: Ramp, atS: number): number {
  return ramp.findLast(([fromS]) => fromS <= atS)?.[1] ?? 0;
}

export function errorRatio({ requests, errors }: ArmWindow): number {
  return requests === 0 ? Number.NaN : errors / requests;
}

/** A quantile in ms, interpolated within its cell as Prometheus does; NaN without requests. */
export function quantileMs({ latency }: ArmWindow, quantile: number): number {
  const all = latency.reduce((sum, cell) => sum + cell, 0);
  if (all === 0) return Number.NaN;
  let below = 0;
  for (const [cell, count] of latency.entries()) {
    if (count > 0 && below + count >= quantile * all) {
      const upper = latencyBoundsMs[cell];
      const lower = cell === 0 ? 0 : (latencyBoundsMs[cell - 1] ?? 0);
      // Prometheus gives the last finite bound for what is slower than all.
      return upper === undefined
        ? lower
        : lower + (upper - lower) * ((quantile * all - below) / count);
    }
    below += count;
  }
  return latencyBoundsMs.at(-1) ?? 0;
}

const cellMiddlesMs: readonly number[] = Array.from(
  { length: latencyBoundsMs.length + 1 },
  (_, cell) => {
    const upper = latencyBoundsMs[cell] ?? (latencyBoundsMs.at(-1) ?? 0) * 1.26;
    return cell === 0 ? upper / 2 : Math.sqrt(upper * (latencyBoundsMs[cell - 1] ?? upper));
  },
);

/** Sum and sum of squares of the latencies, taking the middle of each cell. */
export function latencySums({ latency }: ArmWindow): {
  readonly sum: number;
  readonly squares: number;
} {
  let [sum, squares] = [0, 0];
  for (const [cell, count] of latency.entries()) {
    const ms = cellMiddlesMs[cell] ?? 0;
    sum += count * ms;
    squares += count * ms * ms;
  }
  return { sum, squares };
}

export function meanMs(arm: ArmWindow): number {
  const all = arm.latency.reduce((sum, cell) => sum + cell, 0);
  return all === 0 ? Number.NaN : latencySums(arm).sum / all;
}
