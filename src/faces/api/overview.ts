/** An app of a list of many, as the contract has it. Pure. */
import { some } from "#std";
import {
  bucketCount,
  standingOf,
  type Change,
  type Release,
  type Restarts,
  type Rollout,
} from "#domain";
import { type OverviewView, stepIndexOf, stepsOf } from "#delivery";
import { healthOf } from "./health.ts";
import { copy } from "./resources.ts";
import type { OverviewAppResource } from "#faces/api/contract";

export function overviewApp(view: OverviewView): OverviewAppResource {
  const { app, url, live, rollout, candidate, change } = view;
  const { requestsPerSecond, errorRatio } = view;
  return {
    name: app.name,
    url,
    createdAt: app.createdAt,
    ...(live === undefined ? {} : { live: liveOf(live, view.restarts) }),
    ...(rollout === undefined ? {} : { rollout: underWay(rollout, candidate) }),
    ...(change === undefined ? {} : { change: lastChange(change, view) }),
    requestsPerSecond,
    errorRatio,
    ...(view.budget === undefined ? {} : { budget: copy(view.budget) }),
    health: healthOf(view),
  };
}

function liveOf(
  { id, number, change, publishedAt, instances }: Release,
  restarts: Restarts | undefined,
) {
  return {
    release: id,
    number,
    change,
    ...(publishedAt === undefined ? {} : { publishedAt }),
    instances: instances.length,
    instancesReady: instances.filter(({ state }) => state === "ready").length,
    ...some("restarts", restarts),
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
