/** Whether a step of the policy is over, and what is to be done until it is. Pure. */
import { formatInstant, unreachable } from "#std";
import { bucketCount, quietRequestsAMinute } from "#domain";
import { type Case, type Decision, requestsOfMinute } from "./decision.ts";
import { excessRatioMax, harmBudgetLeft, nextExposure } from "./exposure.ts";
import { safeAfterExposureMsMin } from "./limits.ts";
import { noShadow, shadowInWords } from "./shadow.ts";
import { endsAtOf, type Step, stepIndexOf, stepInWords } from "./steps.ts";
import { wordsTaken } from "./words-taken.ts";

type Passage =
  | { readonly kind: "over"; readonly because: string }
  | { readonly kind: "open"; readonly decision: Decision };

export function passageOf(step: Step, at: Case): Passage {
  switch (step.kind) {
    case "shadow":
      return ofShadow(step, at);
    case "cohorts":
      return ofCohorts(step, at);
    case "weight":
      return ofWeight(step, at);
    case "adaptive":
      return ofEvidence(at);
    case "preview":
      return ofPreview(step, at);
    case "hold":
      return open({
        kind: "hold",
        because: "the policy is to hold: the candidate runs and nobody is let in",
        next: wordsTaken(at.rollout, ["promote", "abort"], at.facts.now),
      });
    case "all":
      return over("the policy is all-at-once: everybody is let in when it is ready");
    default:
      return unreachable(step);
  }
}

function over(because: string): Passage {
  return { kind: "over", because };
}

function open(decision: Decision): Passage {
  return { kind: "open", decision };
}

function waiting(because: string): Passage {
  return open({ kind: "wait", because });
}

/** Exposure from evidence, until the verdict is safe. */
function ofEvidence(at: Case): Passage {
  const { rollout, evidence, facts, verdict } = at;
  if (isSafe(at)) return over(verdict.sentence);
  const to = nextExposure(rollout.policy, evidence, { ...facts, exposure: rollout.exposure });
  if (to > rollout.exposure) return open({ kind: "expose", to, because: exposedBecause(at) });
  const forecasts = verdict.guardrails.flatMap(({ forecastMs }) => forecastMs ?? []);
  return open({
    kind: "wait",
    because: verdict.sentence,
    ...(forecasts.length === 0 ? {} : { forecastMs: Math.max(...forecasts) }),
  });
}

/** The weight first, then its time, then what it waits for; and at no time while harm speaks against it. */
function ofWeight(step: Extract<Step, { kind: "weight" }>, at: Case): Passage {
  const { rollout, verdict } = at;
  const weight = Math.floor((step.weightPercent * bucketCount) / 100);
  if (rollout.exposure < weight) {
    const because = `${stepInWords(rollout)} begins`;
    const index = stepIndexOf(rollout) ?? 0;
    return open({ kind: "expose", to: weight, step: index, because });
  }
  const early = untilTime(step.forMs, at);
  if (early !== undefined) return waiting(`${early}; ${verdict.sentence}`);
  if (step.until === "approval") return ofApproval(at);
  if (isSafe(at)) return over(verdict.sentence);
  if (step.until === "safe") return waiting(`${stepInWords(rollout)}: ${verdict.sentence}`);
  return doubtfulBudget(at) ?? over(`${stepInWords(rollout)} is over: ${verdict.sentence}`);
}

function ofCohorts(step: Extract<Step, { kind: "cohorts" }>, at: Case): Passage {
  const { facts } = at;
  // Whether it is the candidate's fault cannot be told, as chance did not choose these users.
  if (doubtfulBudget(at) !== undefined) return asked(at, spentByRule(at));
  const early = untilTime(step.forMs, at);
  if (early !== undefined) return waiting(early);
  if (step.until === "approval") return ofApproval(at);
  const { requests, errors } = facts.ruled ?? { requests: 0, errors: 0 };
  return over(`${errors} of ${requests} requests of users by rule failed`);
}

/** Nobody is let in on silence: by itself it switches only after the preview was asked, and answered. */
function ofPreview(step: Extract<Step, { kind: "preview" }>, at: Case): Passage {
  const { rollout, facts } = at;
  const { approval } = rollout.step ?? {};
  if (approval !== undefined) return over(approvedBy(approval));
  if (doubtfulBudget(at) !== undefined) return asked(at, spentByRule(at));
  if (step.autoPromoteMs === undefined) return ofApproval(at);
  const early = untilTime(step.autoPromoteMs, at);
  if (early !== undefined) return waiting(early);
  const { requests, errors } = facts.ruled ?? { requests: 0, errors: 0 };
  return requests > errors
    ? over(`${errors} of ${requests} requests to the preview failed, and its instances run`)
    : asked(at, `${stepInWords(rollout)}: nothing was answered there (${requests} requests)`);
}

function ofShadow(step: Extract<Step, { kind: "shadow" }>, at: Case): Passage {
  const counts = at.facts.shadow ?? noShadow;
  const words = shadowInWords(counts);
  if (counts.mirrored >= step.requests) return over(words);
  return waiting(`${stepInWords(at.rollout)}: ${words}`);
}

function ofApproval(at: Case): Passage {
  const { approval } = at.rollout.step ?? {};
  if (approval === undefined) return asked(at, `${stepInWords(at.rollout)} waits for approval`);
  return over(approvedBy(approval));
}

function approvedBy({ by, reason }: { readonly by: string; readonly reason: string }): string {
  return reason === "" ? `approved by ${by}` : `approved by ${by}: ${reason}`;
}

/** Asks a person: to approve this step, or to end it. */
function asked({ rollout, facts }: Case, because: string): Passage {
  const next = wordsTaken(rollout, ["approve", "abort"], facts.now);
  return open({ kind: "hold", because, next });
}

/** What speaks against more exposure though nothing is proven: harm beyond what the change may cost. */
function doubtfulBudget(at: Case): Passage | undefined {
  const { rollout, verdict } = at;
  if (!isBudgetSpent(at) || rollout.step?.approval !== undefined) return undefined;
  return waiting(`${stepInWords(rollout)}: ${budgetSpent}; ${verdict.sentence}`);
}

export const budgetSpent = "the harm budget is spent";

/** Whether harm beyond what the change may cost was met, and no verdict says that it is no harm. */
export function isBudgetSpent({ rollout, evidence, facts, verdict }: Case): boolean {
  return verdict.kind !== "safe" && harmBudgetLeft(rollout.policy, evidence, facts.ruled) <= 0;
}

function spentByRule({ facts }: Case): string {
  const { requests, errors } = facts.ruled ?? { requests: 0, errors: 0 };
  return (
    `the harm budget is spent by users by rule: ${errors} of their ${requests} requests failed; ` +
    "chance did not choose them, so a person has to say whether it is the candidate's fault"
  );
}

function isSafe({ rollout, facts, verdict }: Case): boolean {
  const exposedMs = facts.now - (rollout.firstExposedAt ?? facts.now);
  return verdict.kind === "safe" && rollout.exposure > 0 && exposedMs >= safeAfterExposureMsMin;
}

/** That the step's own time is not over, if so. */
function untilTime(forMs: number, { rollout, facts }: Case): string | undefined {
  const endsAt = endsAtOf(rollout, forMs);
  return facts.now < endsAt ? `${stepInWords(rollout)}, until ${formatInstant(endsAt)}` : undefined;
}

function exposedBecause({ evidence, facts }: Case): string {
  const { requests, errors } = evidence.totals.candidate;
  const lately = requestsOfMinute(facts);
  if (requests === 0 && lately < quietRequestsAMinute) {
    const few = lately === 1 ? "only one request was" : `only ${lately} requests were`;
    return `${lately === 0 ? "no request was" : few} counted in the last minute, so little can be hurt`;
  }
  if (requests === 0)
    return "nothing is known yet; with the traffic there is, that stays within the harm budget";
  const excess = (100 * excessRatioMax(evidence)).toFixed(1);
  return `${errors} of its ${requests} requests failed; at worst that is ${excess} percentage points more than before`;
}
