/** Who is compared, and how each of them is run on a world. */
import {
  defaultRolloutPolicy,
  emptyEvidence,
  foldInterval,
  simulate,
  syntheticTraffic,
  verdictOf,
  type World,
} from "#delivery/rollout";
import type { ArmCounts, IntervalCounts } from "#domain";
import { assert } from "#std";
import { argoGate } from "./argo-gate.ts";
import { drive, type Outcome } from "./drive.ts";
import { flaggerGate } from "./flagger-gate.ts";
import type { Gate } from "./gate.ts";
import { kayentaHourly, kayentaImpatient, kayentaOneLook } from "./kayenta-gate.ts";
import { zTestAtEveryLook, zTestAtTheEnd } from "./z-test-gate.ts";

type Policy = typeof defaultRolloutPolicy;

/** One run of a world that serves one or several tools, and gives an outcome for each. */
export interface Lane {
  readonly name: string;
  readonly tools: readonly string[];
  /** Of the runs that are asked for; absent: all. */
  readonly runShare?: number;
  run(world: World, seed: number): readonly Outcome[];
}

/** The default but for errors, where any that are half as many again count, however few they are. */
export const ratioOnlyPolicy: Policy = {
  ...defaultRolloutPolicy,
  guardrails: defaultRolloutPolicy.guardrails.map((one) =>
    one.name === "errors" ? { ...one, tolerance: { ratio: 1.5 } } : one,
  ),
};

export const lanes: readonly Lane[] = [
  tidegate("Tidegate", defaultRolloutPolicy),
  tidegate("Tidegate, ratio 1.5 only", ratioOnlyPolicy),
  { ...gates("Kayenta", [kayentaOneLook, kayentaImpatient, kayentaHourly]), runShare: 0.25 },
  gates("Flagger", [flaggerGate]),
  gates("Argo Rollouts", [argoGate]),
  gates("z-test", [zTestAtEveryLook, zTestAtTheEnd]),
];

function gates(name: string, of: readonly Gate<unknown>[]): Lane {
  return {
    name,
    tools: of.map((gate) => gate.name),
    run: (world, seed) => drive(of, world, seed),
  };
}

/** The production `decide`; a rollout without a verdict is over at the policy's maximum duration. */
export function tidegate(name: string, policy: Policy): Lane {
  const durationS = policy.maxDurationMs / 1000 + 1;
  return {
    name,
    tools: [name],
    run(world, seed) {
      return [decided({ ...world, durationS }, policy, seed)];
    },
  };
}

export function decided(world: World, policy: Policy, seed: number): Outcome {
  const { end, seconds, exposureMax, ...toll } = simulate(world, policy, seed);
  return { end, seconds, exposureMax, toll };
}

export const seeing = (counts: IntervalCounts): IntervalCounts => counts;

/** Without what calibrates: which instance served what, and the baseline's users by groups. */
export function blinded(counts: IntervalCounts): IntervalCounts {
  const blind: { -readonly [K in keyof IntervalCounts]: IntervalCounts[K] } = {
    ...counts,
    baseline: withoutInstances(counts.baseline),
    candidate: withoutInstances(counts.candidate),
  };
  delete blind.groups;
  return blind;
}

function withoutInstances(arm: ArmCounts): ArmCounts {
  const blind: { -readonly [K in keyof ArmCounts]: ArmCounts[K] } = { ...arm };
  delete blind.instances;
  return blind;
}

/** How often the verdict is read; the evidence remembers its maximum, so that a look misses nothing between. */
const readEveryS = 5;

/**
 * A rollout that goes on for the whole time of the world at the exposure it prescribes, whatever is safe: the
 * production fold of each second and the production verdict, without the choice of exposure, which
 * costs most and would change nothing.
 */
export function watched(
  view: (counts: IntervalCounts) => IntervalCounts,
  {
    world,
    policy,
    seed,
  }: { readonly world: World; readonly policy: Policy; readonly seed: number },
): Outcome {
  const traffic = syntheticTraffic(world, seed);
  let evidence = emptyEvidence(policy);
  let exposure = 0;
  for (let second = 0; second < world.durationS; second += 1) {
    for (const counts of traffic.arrived(second)) {
      const next = foldInterval(evidence, view(counts));
      assert(next.ok, "a synthetic interval is well formed");
      evidence = next.value;
    }
    const isLook = second % readEveryS === 0 || second === world.durationS - 1;
    if (isLook && verdictOf(policy, evidence).kind === "harmful") {
      return { end: "rolled_back", seconds: second, exposureMax: exposure, toll: traffic.toll() };
    }
    exposure = prescribed(world, second);
    traffic.serve(second, exposure);
  }
  const { durationS: seconds } = world;
  return { end: "undecided", seconds, exposureMax: exposure, toll: traffic.toll() };
}

function prescribed({ exposureFixed = 0, ramp = [] }: World, second: number): number {
  let end = 0;
  for (const step of ramp) {
    end += step.forS;
    if (second < end) return step.exposure;
  }
  return ramp.at(-1)?.exposure ?? exposureFixed;
}
