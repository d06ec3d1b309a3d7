/** What each action on a rollout would do, to how many, and why it may not be done now. Pure. */
import type { RolloutAction, RolloutResource } from "#faces/api/contract";
import { count, counted, percent } from "../../ui/words.ts";

export type PageAction = Exclude<RolloutAction, "skip-to">;

export interface ActionEffect {
  readonly action: PageAction;
  readonly label: string;
  readonly key: string;
  readonly isDangerous: boolean;
  /** Why not now; absent: it can be done. */
  readonly refusal?: string;
  /** What happens; `usersNow` says to how many, which goes on changing while one reads. */
  readonly effect: string;
  readonly isReasonNeeded: boolean;
  /** What the command line would be told. */
  readonly command: string;
}

const finals: ReadonlySet<RolloutResource["state"]> = new Set([
  "promoted",
  "rolled_back",
  "superseded",
]);

export function isFinal({ state }: RolloutResource): boolean {
  return finals.has(state);
}

/** In the order in which they are drawn. */
export function actionEffects(rollout: RolloutResource): readonly ActionEffect[] {
  return [approve(rollout), resumeOrPause(rollout), promote(rollout), abort(rollout)].map(
    (effect) => ({
      ...effect,
      ...pendingRefusal(rollout, effect),
    }),
  );
}

/**
 * What it does as things are now: the share of users goes on changing while one reads the question. A word about a
 * step stays about the step that was on the screen.
 */
export function effectNow({ action, effect }: ActionEffect, now: RolloutResource): string {
  if (action === "approve") return effect;
  return actionEffects(now).find((one) => one.action === action)?.effect ?? effect;
}

function approve(rollout: RolloutResource): ActionEffect {
  const { steps, stepNumber } = rollout;
  const next = steps[stepNumber];
  // Paused, it waits as well, and for another word: only a step that asks for approval can be approved.
  const isAsked = rollout.waitsSince !== undefined && asksForApproval(rollout);
  return {
    action: "approve",
    label: "Approve",
    key: "a",
    isDangerous: false,
    ...(isAsked && rollout.state !== "baking" ? {} : { refusal: "no step waits for a person" }),
    effect: `Step ${stepNumber} of ${steps.length} passes${
      next === undefined ? "" : `; then: ${next}`
    }.`,
    isReasonNeeded: false,
    command: `tidegate rollout approve ${rollout.id} --step ${stepNumber}`,
  };
}

/** Whether the step that it is in can be approved: one that waits for the evidence cannot. */
function asksForApproval({ policy, steps, stepNumber }: RolloutResource): boolean {
  const { strategy, cohorts, steps: weights = [] } = policy;
  if (stepNumber === 0) return false;
  const [mainCount, main] =
    strategy === "steps" && weights.length > 0 ? [weights.length, weights] : [1, []];
  // Copies of requests and users by rule, in this order, come before the strategy's own steps.
  const index = stepNumber - 1 - (steps.length - mainCount);
  if (index < 0) return index === -1 && cohorts !== undefined;
  return strategy === "blue-green" || main[index]?.until === "approval";
}

/** What the server's question names where it asks for a yes, and nowhere else. */
const asksForYes = /\btidegate rollout approve\b/;

function resumeOrPause(rollout: RolloutResource): ActionEffect {
  const { state } = rollout;
  if (state === "paused" || state === "held") {
    return {
      action: "resume",
      label: "Resume",
      key: "r",
      isDangerous: false,
      ...(state === "held" && asksForYes.test(rollout.asks ?? "")
        ? { refusal: "it waits for approval: to resume would hold it again" }
        : {}),
      effect: `Exposure grows again from ${share(rollout)} as the evidence lets it.`,
      isReasonNeeded: false,
      command: `tidegate rollout resume ${rollout.id}`,
    };
  }
  return {
    action: "pause",
    label: "Pause",
    key: "p",
    isDangerous: false,
    ...(state === "running" ? {} : { refusal: "only a running rollout can be paused" }),
    effect: `Exposure stays at ${share(rollout)}. Who has it keeps it; harm still takes it away.`,
    isReasonNeeded: false,
    command: `tidegate rollout pause ${rollout.id}`,
  };
}

function promote(rollout: RolloutResource): ActionEffect {
  const isReasonNeeded = rollout.state !== "baking" && rollout.verdict.kind !== "safe";
  return {
    action: "promote",
    label: "Promote",
    key: "e",
    isDangerous: false,
    effect:
      rollout.state === "baking"
        ? `The bake ends: the ${share(rollout)} stay, and the way back is a rollback.`
        : `Everybody gets it at once, also the ${percent(1 - rollout.exposurePercent / 100)} of users who do not have it.${
            isReasonNeeded ? " The evidence does not say yet that it is safe." : ""
          }`,
    isReasonNeeded,
    command: `tidegate rollout promote ${rollout.id}`,
  };
}

function abort(rollout: RolloutResource): ActionEffect {
  return {
    action: "abort",
    label: "Abort",
    key: "x",
    isDangerous: true,
    effect: "It is taken away from everybody and what ran before serves them again.",
    isReasonNeeded: false,
    command: `tidegate rollout abort ${rollout.id}`,
  };
}

function pendingRefusal(
  rollout: RolloutResource,
  { action }: ActionEffect,
): { readonly refusal?: string } {
  if (isFinal(rollout)) return { refusal: "the rollout is over" };
  const pending = rollout.command?.kind;
  if (pending === undefined || action === "abort") return {};
  return { refusal: `${pending} was asked for and is being carried out` };
}

function share({ exposurePercent }: RolloutResource): string {
  return percent(exposurePercent / 100);
}

/** Who would notice. Users are those who can be told apart; else there are requests. */
export function usersNow({ exposurePercent, evidence: { totals } }: RolloutResource): string {
  if (totals.usersExposed > 0) {
    return `${counted(totals.usersExposed, "user")} ${totals.usersExposed === 1 ? "has" : "have"} met it so far.`;
  }
  if (totals.candidateRequests > 0) {
    return `It has answered ${count(totals.candidateRequests)} requests so far.`;
  }
  return exposurePercent === 0 ? "No user has it." : "No user has met it yet.";
}
