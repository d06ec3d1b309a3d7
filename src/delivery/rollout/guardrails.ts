/** The statistical guardrails, by name. `crashes` is not one: a crash loop is a fact, not a sample. */
import type { GuardrailPolicy, RolloutPolicy } from "#domain";
import { errorsGuardrail, type ErrorsState } from "./errors-guardrail.ts";
import type { Guardrail } from "./guardrail.ts";
import { latencyGuardrail, type LatencyState } from "./latency-guardrail.ts";

export interface GuardrailStates {
  readonly errors: ErrorsState;
  readonly latency: LatencyState;
}
export type StatisticalName = keyof GuardrailStates;

export const guardrails: { readonly [K in StatisticalName]: Guardrail<GuardrailStates[K]> } = {
  errors: errorsGuardrail,
  latency: latencyGuardrail,
};

export type StatisticalPolicy = GuardrailPolicy & { readonly name: StatisticalName };

export function statisticalOf(policy: RolloutPolicy): readonly StatisticalPolicy[] {
  return policy.guardrails.filter((one): one is StatisticalPolicy =>
    Object.hasOwn(guardrails, one.name),
  );
}

/**
 * Natural logs of what evidence must reach. For harm alpha is shared: any guardrail may stop, so each gets
 * an equal part (Bonferroni; the mean of their e-values would stop a rollout without one of them
 * being to blame, and a sentence needs somebody to name). For safety it is not shared: all must agree, so
 * a wrong "safe" needs the one that is harmed to err, whose probability is alpha.
 */
export function logThresholds(policy: RolloutPolicy): {
  readonly harm: number;
  readonly safe: number;
} {
  const sharing = Math.max(1, statisticalOf(policy).length);
  return { harm: Math.log(sharing / policy.alpha), safe: Math.log(1 / policy.alpha) };
}
