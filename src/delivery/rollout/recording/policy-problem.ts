/** Whether a recorded policy can be judged by: a file may say anything. */
import type { InvalidInput, RolloutPolicy, Tolerance } from "#domain";

const guardrailsMax = 50;
const toleranceRatioMax = 1000;

/** The first thing that makes no sense, if any. */
export function policyProblem(policy: RolloutPolicy): InvalidInput | undefined {
  const { guardrails, maxDurationMs, exposureMaxPercent, harmBudgetRequests } = policy;
  const ofAlpha = alphaProblem(policy);
  if (ofAlpha !== undefined) return ofAlpha;
  if (!(maxDurationMs > 0)) return refused("maxDurationMs", "above 0", maxDurationMs);
  if (!(harmBudgetRequests > 0))
    return refused("harmBudgetRequests", "above 0", harmBudgetRequests);
  if (!(exposureMaxPercent > 0 && exposureMaxPercent <= 100)) {
    return refused("exposureMaxPercent", "above 0 and at most 100", exposureMaxPercent);
  }
  if (guardrails.length > guardrailsMax) {
    return refused("guardrails", `at most ${guardrailsMax}`, guardrails.length);
  }
  const names = guardrails.map(({ name }) => name);
  const odd = names.find((name) => !isName(name));
  if (odd !== undefined) return refused("guardrails", "names of letters, digits, - and _", odd);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return refused("guardrails", "each name once", twice);
  const broken = guardrails.find(({ tolerance }) => !isTolerance(tolerance));
  if (broken === undefined) return undefined;
  const { name, tolerance } = broken;
  const expected = `a ratio from 1 to ${toleranceRatioMax} and an absolute part from 0 to 1`;
  return refused(`guardrails.${name}.tolerance`, expected, JSON.stringify(tolerance));
}

function alphaProblem({ alpha, alphaShare = 1 }: RolloutPolicy): InvalidInput | undefined {
  if (!(alpha > 0 && alpha <= 0.5)) return refused("alpha", "above 0 and at most 0.5", alpha);
  return alphaShare > 0 && alphaShare <= 1
    ? undefined
    : refused("alphaShare", "above 0 and at most 1", alphaShare);
}

/** What every object has a member of cannot name a guardrail: states are kept by name. */
function isName(name: string): boolean {
  return /^[A-Za-z][\w-]{0,62}$/.test(name) && !(name in Object.prototype);
}

function isTolerance({ ratio, absolute = 0 }: Tolerance): boolean {
  return ratio >= 1 && ratio <= toleranceRatioMax && absolute >= 0 && absolute <= 1;
}

function refused(field: string, expected: string, found: unknown): InvalidInput {
  return { code: "invalid_input", field: `policy.${field}`, expected, found: String(found) };
}
