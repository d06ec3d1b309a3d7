/** An app of a list of many, as the contract has it. Pure. */
import { bucketCount, standingOf, type Change, type Release, type Rollout } from "#domain";
import { some } from "#std";
import { type OverviewView, stepIndexOf, stepsOf } from "#delivery";
import { copy } from "./resources.ts";
import type { OverviewAppResource } from "#faces/api/contract";

/** One failed request in twenty, over the last minute: what anybody would call failing. */
const failingErrorRatio = 0.05;

export function overviewApp(view: OverviewView): OverviewAppResource {
  const { app, url, live, rollout, candidate, change } = view;
  const { requestsPerSecond, errorRatio } = view;
  return {
    name: app.name,
    url,
    createdAt: app.createdAt,
    ...(live === undefined ? {} : { live: liveOf(live) }),
    ...(rollout === undefined ? {} : { rollout: underWay(rollout, candidate) }),
    ...(change === undefined ? {} : { change: lastChange(change, view) }),
    requestsPerSecond,
    errorRatio,
    ...(view.budget === undefined ? {} : { budget: copy(view.budget) }),
    health: healthOf(view),
  };
}

export function healthOf(
  view: Pick<OverviewView, "live" | "requestsPerSecond" | "errorRatio">,
): OverviewAppResource["health"] {
  const { live, requestsPerSecond, errorRatio } = view;
  if (live === undefined) return "none";
  const { instances, instancesReady, isCrashLoop } = liveOf(live);
  if (isCrashLoop || (instances > 0 && instancesReady === 0)) return "failing";
  if (requestsPerSecond === 0) return "quiet";
  return errorRatio >= failingErrorRatio ? "failing" : "good";
}

function liveOf({ id, number, change, publishedAt, instances, crash }: Release) {
  return {
    release: id,
    number,
    change,
    ...(publishedAt === undefined ? {} : { publishedAt }),
    instances: instances.length,
    instancesReady: instances.filter(({ state }) => state === "ready").length,
    isCrashLoop: crash?.isLoop === true,
  };
}

function underWay(rollout: Rollout, candidate: Release | undefined) {
  const { id, change, state, exposure, totals, reason, verdict, startedAt } = rollout;
  const index = stepIndexOf(rollout);
  const { kind, sentence, guardrail } = verdict;
  return {
    id,
    change,
    ...(candidate === undefined ? {} : { number: candidate.number }),
    state,
    exposurePercent: (exposure / bucketCount) * 100,
    usersExposed: totals.usersExposed,
    reason,
    verdict: { kind, sentence, ...(guardrail === undefined ? {} : { guardrail }) },
    stepNumber: index === undefined ? 0 : index + 1,
    steps: stepsOf(rollout.policy).length,
    startedAt,
  };
}

function lastChange(change: Change, { live, rollout }: Pick<OverviewView, "live" | "rollout">) {
  const { id, commit, subject, author, state, stages, receivedAt, finishedAt } = change;
  const own = rollout?.id === change.rollout ? rollout?.state : undefined;
  const standing = standingOf(change, { ...some("rollout", own), ...some("live", live?.change) });
  const stage = stages.find((one) => one.state === "running" || one.state === "failed");
  return {
    id,
    commit,
    subject,
    author: author.name,
    state,
    standing,
    receivedAt,
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(stage === undefined ? {} : { stage: stage.name }),
  };
}
