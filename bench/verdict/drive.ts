/**
 * Drives gates through a synthetic world: serves its traffic at the exposure they ask for, shows them its
 * counts as windows at their looks, and keeps the toll at the moment each of them ends the rollout.
 * Gates that expose alike share one run of the world; whoever asks for another exposure needs its own.
 */
import { bucketCount, latencyCells, type ArmCounts, type IntervalCounts } from "#domain";
import { seededRandom, syntheticTraffic, type Toll, type World } from "#delivery/rollout";
import { assert } from "#std";
import type { ArmWindow, Gate, Window } from "./gate.ts";

export interface Outcome {
  readonly end: "promoted" | "rolled_back" | "undecided";
  /** From the start of the rollout to its end, or to the end of the world. */
  readonly seconds: number;
  /** The most buckets that were the candidate's. */
  readonly exposureMax: number;
  /** What the candidate did until then. After a promotion it goes on, which is not in here. */
  readonly toll: Toll;
}

/** A gate and its state, which only the gate can read. */
interface Running {
  readonly lookEveryS: number;
  /** What has arrived since its last look. */
  ahead: Counted;
  look(window: Window): ReturnType<Gate<unknown>["look"]>["move"];
  outcome?: Outcome;
}

export function drive(gates: readonly Gate<unknown>[], world: World, seed: number): Outcome[] {
  const traffic = syntheticTraffic(world, seed);
  const random = seededRandom(seed ^ 0x3c6ef372);
  const running = gates.map(started);
  let exposure = bucketsOf(gates[0]?.startPercent ?? 0);
  const outcomeNow = (end: Outcome["end"], seconds: number): Outcome => ({
    end,
    seconds,
    exposureMax: exposure,
    toll: traffic.toll(),
  });
  for (let second = 0; second < world.durationS; second += 1) {
    const live = running.filter(({ outcome }) => outcome === undefined);
    if (live.length === 0) break;
    for (const counts of traffic.arrived(second)) countForAll(live, counts);
    const wanted = new Set<number>();
    for (const one of live.filter(({ lookEveryS }) => second > 0 && second % lookEveryS === 0)) {
      const move = one.look(windowOf(one.ahead, { atS: second, exposure, random }));
      one.ahead = { candidate: emptyArm(), baseline: emptyArm() };
      if (move.kind === "expose") wanted.add(bucketsOf(move.percent));
      if (move.kind === "promote") one.outcome = outcomeNow("promoted", second);
      if (move.kind === "roll_back") one.outcome = outcomeNow("rolled_back", second);
    }
    assert(wanted.size <= 1, "gates that share a world expose alike");
    for (const buckets of wanted) exposure = buckets;
    traffic.serve(second, exposure);
  }
  return running.map(({ outcome }) => outcome ?? outcomeNow("undecided", world.durationS));
}

function started<State>(gate: Gate<State>): Running {
  let state = gate.begin();
  return {
    lookEveryS: gate.lookEveryS,
    ahead: { candidate: emptyArm(), baseline: emptyArm() },
    look(window) {
      const next = gate.look(state, window);
      state = next.state;
      return next.move;
    },
  };
}

function bucketsOf(percent: number): number {
  return Math.round((bucketCount * percent) / 100);
}

interface CountedArm extends ArmWindow {
  requests: number;
  errors: number;
  readonly latency: number[];
  /** Of one instance, where the world tells instances apart: a fresh baseline is one of its own. */
  ofOne: { requests: number; errors: number };
}

interface Counted {
  readonly candidate: CountedArm;
  readonly baseline: CountedArm;
}

function emptyArm(): CountedArm {
  return {
    requests: 0,
    errors: 0,
    latency: Array.from({ length: latencyCells }, () => 0),
    ofOne: { requests: 0, errors: 0 },
  };
}

function countForAll(live: readonly Running[], counts: IntervalCounts): void {
  for (const { ahead } of live) {
    countArm(ahead.candidate, counts.candidate);
    countArm(ahead.baseline, counts.baseline);
  }
}

function countArm(into: CountedArm, arm: ArmCounts): void {
  into.requests += arm.requests;
  into.errors += arm.errors;
  for (const [cell, requests] of arm.latency.entries()) {
    if (requests > 0) into.latency[cell] = (into.latency[cell] ?? 0) + requests;
  }
  const one = Object.values(arm.instances ?? {})[0];
  if (one === undefined) return;
  into.ofOne.requests += one.sample;
  into.ofOne.errors += one.events;
}

function windowOf(
  { candidate, baseline }: Counted,
  at: { readonly atS: number; readonly exposure: number; readonly random: () => number },
): Window {
  const share = at.exposure / bucketCount;
  const keep = share >= 0.5 ? 1 : share / (1 - share);
  return {
    atS: at.atS,
    candidate,
    baseline,
    control: () => thinned(baseline, keep, at.random),
  };
}

/** A part of the baseline as large as the candidate's arm, taken request by request. */
function thinned(baseline: CountedArm, keep: number, random: () => number): ArmWindow {
  const binomial = (many: number): number => {
    let kept = 0;
    for (let left = many; left > 0; left -= 1) if (random() < keep) kept += 1;
    return kept;
  };
  const errors = binomial(baseline.errors);
  const whole = { errors, requests: errors + binomial(baseline.requests - baseline.errors) };
  const counts = baseline.ofOne.requests > 0 ? baseline.ofOne : whole;
  return { ...counts, latency: baseline.latency.map(binomial) };
}
