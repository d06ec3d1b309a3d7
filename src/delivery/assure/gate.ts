/** Decides the gate: every rule is evaluated, and all must hold. Pure. */
import type { GateDecision, GateRule } from "#domain";
import type { GateFacts } from "./facts.ts";
import { gateRulesMax } from "./limits.ts";
import { evaluateRule, isAboutApproval } from "./rule.ts";

/** What every change must meet unless its manifest replaces the rule of that name. */
export const defaultRules: Readonly<Record<string, string>> = {
  tests: "tests.failed == 0",
  secrets: "secrets.found == 0",
  provenance: "provenance.verified",
};

/**
 * Decides whether a change may meet users. `rules` (name to CEL text) are added to the default rules or
 * replace those of the same name. A rule that cannot be evaluated does not hold: the gate fails closed.
 */
export function decideGate(input: {
  readonly rules: Readonly<Record<string, string>>;
  readonly facts: GateFacts;
}): GateDecision {
  const all = Object.entries({ ...defaultRules, ...input.rules });
  if (all.length > gateRulesMax) {
    return { passed: false, rules: [tooMany(all.length)] };
  }
  const now = all.filter(([, rule]) => !isAboutApproval(rule));
  const rules = now.map(([name, rule]) => evaluateRule(name, rule, input.facts));
  return { passed: rules.every((rule) => rule.outcome === "passed"), rules };
}

/**
 * Decides whether somebody may say yes to a step: by the rules that ask for the approver, which the gate
 * itself leaves for then. Gives the first that does not hold; fails closed like the gate.
 */
export function refusedApproval(input: {
  readonly rules: Readonly<Record<string, string>>;
  readonly facts: GateFacts & { readonly approver: string };
}): GateRule | undefined {
  return Object.entries(input.rules)
    .filter(([, rule]) => isAboutApproval(rule))
    .map(([name, rule]) => evaluateRule(name, rule, input.facts))
    .find(({ outcome }) => outcome !== "passed");
}

function tooMany(count: number): GateRule {
  return {
    name: "gate",
    rule: "",
    inputs: { rules: count },
    outcome: "error",
    because: `the gate has ${count} rules; at most ${gateRulesMax} are evaluated, so none was`,
  };
}
