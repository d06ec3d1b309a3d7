/**
 * The statistical guardrails of a policy, and how they share alpha. `crashes` and `saturation` are none:
 * a crash loop is a fact, not a sample.
 */
import { unreachable } from "#std";
import type { GuardrailPolicy, RolloutPolicy } from "#domain";
import { customGuardrail, type CustomState } from "./custom-guardrail.ts";
import { errorsGuardrail, type ErrorsState } from "./errors-guardrail.ts";
import type { FoldContext, ForecastContext, ReadContext, Reading } from "./guardrail.ts";
import { latencyGuardrail, type LatencyState } from "./latency-guardrail.ts";
import { errorsAlphaWeight } from "./limits.ts";
import { shadowGuardrail, type ShadowState } from "./shadow-guardrail.ts";

/** States of a policy's statistical guardrails. */
export type GuardrailStateData =
  | { readonly kind: "errors"; readonly state: ErrorsState }
  | { readonly kind: "latency"; readonly state: LatencyState }
  | { readonly kind: "shadow"; readonly state: ShadowState }
  | { readonly kind: "custom"; readonly state: CustomState };

export type StatisticalKind = GuardrailStateData["kind"];

interface Named {
  readonly name: string;
}

/** How a guardrail is judged; what has no name of ours is a custom one. */
export function kindOf({ name }: Named): StatisticalKind | "fact" {
  switch (name) {
    case "crashes":
    case "saturation":
      return "fact";
    case "errors":
    case "latency":
    case "shadow":
      return name;
    default:
      return "custom";
  }
}

export function isStatistical(guardrail: Named): boolean {
  return kindOf(guardrail) !== "fact";
}

/** The state before the first interval; none for what is a fact. */
export function emptyState(guardrail: GuardrailPolicy): GuardrailStateData | undefined {
  const kind = kindOf(guardrail);
  switch (kind) {
    case "fact":
      return undefined;
    case "errors":
      return { kind, state: errorsGuardrail.empty() };
    case "latency":
      return { kind, state: latencyGuardrail.empty() };
    case "shadow":
      return { kind, state: shadowGuardrail.empty() };
    case "custom":
      return { kind, state: customGuardrail.empty() };
    default:
      return unreachable(kind);
  }
}

export function foldState(data: GuardrailStateData, context: FoldContext): GuardrailStateData {
  switch (data.kind) {
    case "errors":
      return { kind: data.kind, state: errorsGuardrail.fold(data.state, context) };
    case "latency":
      return { kind: data.kind, state: latencyGuardrail.fold(data.state, context) };
    case "shadow":
      return { kind: data.kind, state: shadowGuardrail.fold(data.state, context) };
    case "custom":
      return { kind: data.kind, state: customGuardrail.fold(data.state, context) };
    default:
      return unreachable(data);
  }
}

export function readState(data: GuardrailStateData, context: ReadContext): Reading {
  switch (data.kind) {
    case "errors":
      return errorsGuardrail.read(data.state, context);
    case "latency":
      return latencyGuardrail.read(data.state, context);
    case "shadow":
      return shadowGuardrail.read(data.state, context);
    case "custom":
      return customGuardrail.read(data.state, context);
    default:
      return unreachable(data);
  }
}

export function secondsToSafe(data: GuardrailStateData, context: ForecastContext): number {
  switch (data.kind) {
    case "errors":
      return errorsGuardrail.secondsToSafe(data.state, context);
    case "latency":
      return latencyGuardrail.secondsToSafe(data.state, context);
    case "shadow":
      return shadowGuardrail.secondsToSafe(data.state, context);
    case "custom":
      return customGuardrail.secondsToSafe(data.state, context);
    default:
      return unreachable(data);
  }
}

/**
 * Natural logs of what evidence must reach. For harm alpha is shared: any guardrail may stop, so each gets
 * a part (Bonferroni; the mean of their e-values would stop a rollout without one of them
 * being to blame, and a sentence needs somebody to name). Errors get the part of three: most faults show there,
 * and the harm budget is counted in them. For safety alpha is not shared: all must agree, so
 * a wrong "safe" needs the one that is harmed to err, whose probability is alpha. A joint rollout is judged
 * in the same way over the guardrails of all its apps: `alphaShare` is the part of this one's.
 */
export function logThresholds(
  policy: RolloutPolicy,
  guardrail: GuardrailPolicy,
): { readonly harm: number; readonly safe: number } {
  let weights = 0;
  for (const one of policy.guardrails) weights += weightOf(one);
  const share = weights === 0 ? 1 : weightOf(guardrail) / weights;
  const alpha = policy.alpha * (policy.alphaShare ?? 1);
  return { harm: -Math.log(alpha * share), safe: -Math.log(policy.alpha) };
}

/** What the guardrails of a policy weigh together, where alpha is shared among several policies. */
export function weightOfAll({ guardrails }: Pick<RolloutPolicy, "guardrails">): number {
  return guardrails.reduce((sum, guardrail) => sum + weightOf(guardrail), 0);
}

function weightOf(guardrail: GuardrailPolicy): number {
  const kind = kindOf(guardrail);
  if (kind === "fact") return 0;
  return kind === "errors" ? errorsAlphaWeight : 1;
}
