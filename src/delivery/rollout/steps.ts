/** The steps of a policy, in order: what a rollout is in, and what it goes on to. Pure. */
import { formatDurationMs, unreachable } from "#std";
import {
  bucketCount,
  type Rollout,
  type RolloutPolicy,
  type StepUntil,
  type StepPolicy,
} from "#domain";
import { wordTo } from "./decision.ts";
import { openMs } from "./windows.ts";

export type Step =
  /** Copies of requests; nobody meets it. */
  | { readonly kind: "shadow"; readonly requests: number; readonly sharePercent: number }
  /** Only those whom a rule names. */
  | { readonly kind: "cohorts"; readonly forMs: number; readonly until: "approval" | "time" }
  | ({ readonly kind: "weight" } & StepPolicy)
  /** Exposure from evidence, until the verdict. */
  | { readonly kind: "adaptive" }
  /** Only who asks for the preview address. */
  | { readonly kind: "preview"; readonly autoPromoteMs?: number }
  | { readonly kind: "hold" }
  | { readonly kind: "all" };

/** Gives at least one step. After the last, everybody is let in. */
export function stepsOf(policy: RolloutPolicy): readonly Step[] {
  const { shadow, cohorts } = policy;
  const first: readonly Step[] = shadow === undefined ? [] : [{ kind: "shadow", ...shadow }];
  const ruled: readonly Step[] =
    cohorts === undefined
      ? []
      : [{ kind: "cohorts", forMs: cohorts.aloneMs, until: cohorts.until }];
  return [...first, ...ruled, ...mainSteps(policy)];
}

function mainSteps(policy: RolloutPolicy): readonly Step[] {
  const { strategy, steps = [], autoPromoteMs } = policy;
  switch (strategy) {
    case "adaptive":
      return [{ kind: "adaptive" }];
    case "steps":
      return steps.length === 0
        ? [{ kind: "adaptive" }]
        : steps.map((step) => ({ kind: "weight", ...step }));
    case "blue-green":
      return [{ kind: "preview", ...(autoPromoteMs === undefined ? {} : { autoPromoteMs }) }];
    case "all-at-once":
      return [{ kind: "all" }];
    case "hold":
    case "shadow":
      return [{ kind: "hold" }];
    default:
      return unreachable(strategy);
  }
}

/**
 * The index of the step that a rollout is in; `undefined` before the first is entered. What begins with
 * nothing to enter (no users by rule, no copies, no weight) is in its first step from the start.
 */
export function stepIndexOf({ step, exposure, policy }: Rollout): number | undefined {
  if (step !== undefined) return step.index;
  const first = stepsOf(policy)[0]?.kind;
  const isEntered = first === "adaptive" || first === "hold" || first === "all" || exposure > 0;
  return isEntered ? 0 : undefined;
}

/** What ends the step that it is in; `undefined` where that is neither time, a verdict nor a person. */
export function stepUntilOf(rollout: Rollout): StepUntil | undefined {
  const index = stepIndexOf(rollout);
  const step = index === undefined ? undefined : stepsOf(rollout.policy)[index];
  switch (step?.kind) {
    case "weight":
    case "cohorts":
      return {
        until: step.until,
        ...(step.forMs > 0 ? { endsAt: endsAtOf(rollout, step.forMs) } : {}),
      };
    case "preview":
      return step.autoPromoteMs === undefined
        ? { until: "approval" }
        : { until: "time", endsAt: endsAtOf(rollout, step.autoPromoteMs) };
    case "adaptive":
      return { until: "safe" };
    default:
      return undefined;
  }
}

/** When the time is over that the step it is in has for itself. */
export function endsAtOf({ step, startedAt }: Rollout, forMs: number): number {
  return (step?.enteredAt ?? startedAt) + forMs;
}

/** Whether it is over only when a person says so, however good the evidence. */
function waitsForPerson(step: Step): boolean {
  switch (step.kind) {
    case "weight":
    case "cohorts":
      return step.until === "approval";
    case "preview":
      return step.autoPromoteMs === undefined;
    case "hold":
      return true;
    default:
      return false;
  }
}

/** The step that a person has to approve: the one it is in, or the next to come. */
export interface ApprovalAhead {
  readonly isNow: boolean;
  /** "step 2 of 4 (10 % of users, until approved)". */
  readonly step: string;
  /** As it is typed. */
  readonly command: string;
}

export function approvalAhead(rollout: Rollout): ApprovalAhead | undefined {
  const steps = stepsOf(rollout.policy);
  const current = stepIndexOf(rollout) ?? -1;
  const index = steps.findIndex((step, at) => at >= current && waitsForPerson(step));
  const step = steps[index];
  const isGiven = index === current && rollout.step?.approval !== undefined;
  if (step === undefined || isGiven) return undefined;
  return {
    isNow: index === current,
    step: `step ${index + 1} of ${steps.length} (${titleOf(step)})`,
    command:
      step.kind === "hold" ? wordTo("promote", rollout) : wordTo("approve", rollout, index + 1),
  };
}

/** "10 % of users for 5 min, until approved". */
export function titleOf(step: Step): string {
  switch (step.kind) {
    case "shadow":
      return `copies of ${step.requests} requests`;
    case "cohorts":
      return `users by rule${lasting(step)}`;
    case "weight":
      return `${step.weightPercent} % of users${lasting(step)}`;
    case "adaptive":
      return "as many users as the evidence allows, until the verdict";
    case "preview":
      return step.autoPromoteMs === undefined
        ? "preview, until approved"
        : `preview for ${formatDurationMs(step.autoPromoteMs)}`;
    case "hold":
      return "nobody, until a person says so";
    case "all":
      return "everybody at once";
    default:
      return unreachable(step);
  }
}

function lasting({ forMs, until }: Pick<StepPolicy, "forMs" | "until">): string {
  const time = forMs > 0 ? ` for ${formatDurationMs(forMs)}` : "";
  const end = { approval: ", until approved", safe: ", until the verdict is safe", time: "" };
  return time + end[until];
}

/** "step 2 of 4 (10 % of users for 5 min)". */
export function stepInWords(rollout: Rollout): string {
  const steps = stepsOf(rollout.policy);
  const index = stepIndexOf(rollout) ?? 0;
  const step = steps[index];
  return `step ${index + 1} of ${steps.length}${step === undefined ? "" : ` (${titleOf(step)})`}`;
}

/** Whether its end has begun with taking everybody out: by chance, by rule, by the preview address. */
export function isTakenOut({ exposure, command }: Rollout): boolean {
  return exposure === 0 && (command?.kind === "abort" || command?.kind === "supersede");
}

/** Whether users whom a rule names have the candidate: once the step for them was entered. */
export function hasRuledUsers(rollout: Rollout): boolean {
  if (isTakenOut(rollout)) return false;
  const first = stepsOf(rollout.policy).findIndex(({ kind }) => kind === "cohorts");
  return first >= 0 && (stepIndexOf(rollout) ?? -1) >= first;
}

/** Percentage of requests that are copied to the candidate now. */
export function mirrorPercentOf(rollout: Rollout): number {
  if (isTakenOut(rollout)) return 0;
  const step = stepsOf(rollout.policy)[stepIndexOf(rollout) ?? -1];
  return step?.kind === "shadow" ? step.sharePercent : 0;
}

/** Buckets that the candidate owns when everybody has it: all but the control of a bake. */
export function fullExposure({ bake }: RolloutPolicy): number {
  return bucketCount - Math.floor(((bake?.controlPercent ?? 0) * bucketCount) / 100);
}

/** What counts towards the largest duration: not the time it waited for people, nor closed windows. */
export function countedMs(rollout: Rollout, now: number): number {
  const { startedAt, waitsSince, waitedMs = 0, policy } = rollout;
  const toAt = Math.min(now, waitsSince ?? now);
  return Math.max(0, openMs(policy.windows, { fromAt: startedAt, toAt }) - waitedMs);
}
