/**
 * Rollouts that go together: one budget for false alarms, one verdict, one move. Pure.
 *
 * Each member is judged and decided by its own policy and its own counts; what they do is what all of them
 * allow: harm in one takes all back, a question of one holds all, exposure grows to the least that any of
 * them grows to, and everybody is let in when all would let everybody in. So no app's policy is ever overruled.
 * A rollout that goes alone is a joint one with a single member, and takes the same way.
 */
import { canonicalJson, some } from "#std";
import type { JointRollout, Rollout, RolloutCommand, RolloutId, RolloutPolicy } from "#domain";
import type { Decision } from "./decision.ts";
import { weightOfAll } from "./guardrails.ts";
import { stepsOf } from "./steps.ts";

/** The rollout whose work item drives this one: itself, or its leader. */
export function driverOf({ id, together }: Pick<Rollout, "id" | "together">): RolloutId {
  return together?.leader ?? id;
}

/** All that are driven with it, the leader first. */
export function membersOf({
  id,
  together,
}: Pick<Rollout, "id" | "together">): readonly RolloutId[] {
  return together?.members.map(({ rollout }) => rollout) ?? [id];
}

/**
 * The policies under which apps go together, in the same order. The smallest alpha is shared by the guardrails of
 * all. Who meets the candidate first and who stays with the baseline is the same in all: the users by rule of
 * any, the longest bake, the largest control. None runs out of time before the one that takes longest. All else
 * stays each app's own.
 */
export function jointPolicies(policies: readonly RolloutPolicy[]): readonly RolloutPolicy[] {
  const alpha = Math.min(...policies.map((policy) => policy.alpha));
  const weight = policies.reduce((sum, policy) => sum + weightOfAll(policy), 0);
  const maxDurationMs = Math.max(...policies.map((policy) => policy.maxDurationMs));
  const bake = bakeOf(policies);
  const cohorts = cohortsOf(policies);
  return policies.map((policy) => ({
    ...policy,
    alpha,
    maxDurationMs,
    ...(weight > 0 ? { alphaShare: shareOf(weightOfAll(policy), weight) } : {}),
    ...(bake === undefined ? {} : { bake }),
    ...(cohorts === undefined ? {} : { cohorts }),
  }));
}

/** An app without anything to be judged by needs no part, and none is no share. */
function shareOf(own: number, all: number): number {
  return own === 0 ? 1 : own / all;
}

function bakeOf(policies: readonly RolloutPolicy[]): RolloutPolicy["bake"] {
  const bakes = policies.flatMap(({ bake }) => bake ?? []);
  if (bakes.length === 0) return undefined;
  return {
    forMs: Math.max(...bakes.map(({ forMs }) => forMs)),
    controlPercent: Math.max(...bakes.map(({ controlPercent }) => controlPercent)),
  };
}

function cohortsOf(policies: readonly RolloutPolicy[]): RolloutPolicy["cohorts"] {
  const all = policies.flatMap(({ cohorts }) => cohorts ?? []);
  if (all.length === 0) return undefined;
  const rules = new Map(
    all.flatMap(({ rules: own }) => own).map((rule) => [canonicalJson(rule), rule]),
  );
  return {
    rules: [...rules.values()],
    aloneMs: Math.max(...all.map(({ aloneMs }) => aloneMs)),
    until: all.some(({ until }) => until === "approval") ? "approval" : "time",
  };
}

/** What one member would do by itself. */
export interface Opinion {
  readonly app: string;
  readonly decision: Decision;
}

/** What all do. The more careful word counts; of two alike, the first. */
export function inCommon(opinions: readonly Opinion[]): Decision {
  const [first] = opinions;
  if (first === undefined) return { kind: "wait", because: "there is nothing to drive" };
  const careful =
    opinions.find(({ decision }) => decision.kind === "roll_back") ??
    opinions.find(({ decision }) => decision.kind === "hold") ??
    opinions.find(({ decision }) => decision.kind === "wait");
  if (careful !== undefined) return named(careful, opinions);
  const least = leastExposed(opinions);
  return named(least ?? first, opinions);
}

/** Who grows to the least; nobody when all let everybody in. */
function leastExposed(opinions: readonly Opinion[]): Opinion | undefined {
  let least: Opinion | undefined;
  let to = Infinity;
  for (const opinion of opinions) {
    const { decision } = opinion;
    if (decision.kind !== "expose" || decision.to >= to) continue;
    least = opinion;
    to = decision.to;
  }
  return least;
}

/** Says whose word it is, unless all say the same, or there is only one. */
function named({ app, decision }: Opinion, opinions: readonly Opinion[]): Decision {
  const isShared = opinions.every((each) => each.decision.because === decision.because);
  return isShared ? decision : { ...decision, because: `${app}: ${decision.because}` };
}

/**
 * A common reason as one member tells it. What another app counts is told by that app and to those who may see
 * it: here it is said that it decided, and its name only where the member's own manifest names it.
 */
export function toldBy(
  { app, policy, together }: Pick<Rollout, "app" | "policy" | "together">,
  because: string,
): string {
  const speaker = together?.members.find(
    (member) => member.app !== app && because.startsWith(`${member.app}: `),
  );
  if (speaker === undefined) return because;
  return isNamedBy(policy, speaker.app)
    ? `${speaker.app} decides, which goes together with it: tidegate rollout show --app ${speaker.app}`
    : "another app decides, which goes together with it";
}

/** Whether an app's own manifest says that it goes together with the other. */
export function isNamedBy({ together }: Pick<RolloutPolicy, "together">, app: string): boolean {
  return together?.apps.includes(app) === true;
}

/**
 * The part of a common move that is one member's: it enters its own step when exposure is what that step asks for.
 */
export function ownPart(
  common: Extract<Decision, { kind: "expose" }>,
  own: Decision | undefined,
): Extract<Decision, { kind: "expose" }> {
  const { kind, to, because } = common;
  const theirs = own?.kind === "expose" ? own : undefined;
  const told = { kind, to, because, ...some("quietRequests", theirs?.quietRequests) };
  const isReached = theirs?.step !== undefined && theirs.to === to;
  return isReached ? { ...told, step: theirs.step } : told;
}

/** The members as they are judged now, each with the verdict on all of them. */
export function judgedTogether(rollouts: readonly Rollout[]): readonly Rollout[] {
  const verdict = verdictOfAll(rollouts);
  if (verdict === undefined) return rollouts;
  return rollouts.map((rollout) =>
    rollout.together === undefined
      ? rollout
      : { ...rollout, together: { ...rollout.together, verdict } },
  );
}

/** Harm first, then what is least near to safe; undefined of nothing. */
export function verdictOfAll(
  rollouts: readonly Pick<Rollout, "app" | "verdict">[],
): JointRollout["verdict"] | undefined {
  const culprit =
    rollouts.find(({ verdict }) => verdict.kind === "harmful") ??
    rollouts.find(({ verdict }) => verdict.kind === "split_broken") ??
    rollouts.find(({ verdict }) => verdict.kind === "data_missing") ??
    rollouts.find(({ verdict }) => verdict.kind === "no_traffic") ??
    rollouts.find(({ verdict }) => verdict.kind !== "safe") ??
    rollouts[0];
  if (culprit === undefined) return undefined;
  const { app, verdict } = culprit;
  return { kind: verdict.kind, app, sentence: verdict.sentence };
}

/** Whether a command is meant for a member: a step is one of the policy it was said of, and of its equals. */
export function isMeant(
  member: Rollout,
  { kind, app }: RolloutCommand,
  members: readonly Rollout[],
): boolean {
  if ((kind !== "approve" && kind !== "skip-to") || app === undefined) return true;
  const spokenTo = members.find((each) => each.app === app);
  return (
    spokenTo === undefined ||
    spokenTo.app === member.app ||
    canonicalJson(stepsOf(spokenTo.policy)) === canonicalJson(stepsOf(member.policy))
  );
}
