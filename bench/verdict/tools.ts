/** Who is compared, and how each of them is run on a world. */
import { defaultRolloutPolicy, simulate, type World } from "#delivery/rollout";
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
  gates("Kayenta", [kayentaOneLook, kayentaImpatient, kayentaHourly]),
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
