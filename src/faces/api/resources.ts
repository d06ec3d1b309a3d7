/** From the delivery's views to the resources of the contract. Pure, and the only place that knows both. */
import { some } from "#std";
import {
  auditFacts,
  bucketCount,
  finalRolloutStates,
  type JointRollout,
  type JournalEntry,
  type ListedChange,
  previewHostOf,
  type Rollout,
  stagesWithoutLogExcerpts,
  withoutLogExcerpt,
} from "#domain";
import {
  type AppView,
  type ChangeView,
  type CountsView,
  type ListedRelease,
  type SeenApp,
  type SeriesView,
  stepUntilOf,
  stepIndexOf,
  stepsOf,
  titleOf,
  toldBy,
} from "#delivery";
import { healthOf } from "./health.ts";
import type { ListedReleaseResource, RouteOutput, SeriesResource } from "#faces/api/contract";

type AppOutput = RouteOutput<"GET /api/v1/apps/:app">;
type ChangeOutput = RouteOutput<"GET /api/v1/changes/:change">;
type SummaryOutput = RouteOutput<"GET /api/v1/changes">["changes"][number];
type RolloutOutput = RouteOutput<"GET /api/v1/rollouts/:rollout">;
type CountsOutput = RouteOutput<"GET /api/v1/rollouts/:rollout/counts">;
type AuditOutput = RouteOutput<"GET /api/v1/audit">["entries"][number];
type EntryOutput = RouteOutput<"GET /api/v1/journal">["entries"][number];

/** By `Delivery.sight`: the apps that may be told of; absent: all. */
export type Sight = readonly Pick<SeenApp, "name">[] | undefined;

/** To whom it is told, and how a host of this machine, `shop.localhost`, is called where they are. */
export interface Telling {
  readonly sight: Sight;
  /** Apps whose logs they may read; absent: all. */
  readonly logs: Sight;
  readonly urlOf: (host: string) => string;
}

export function appResource(view: AppView, telling: Telling): AppOutput {
  const { app } = view;
  return {
    name: app.name,
    url: view.url,
    gitUrl: view.gitUrl,
    ...some("sshUrl", view.sshUrl),
    domains: copy(view.domains),
    trackedBranch: app.trackedBranch,
    createdAt: app.createdAt,
    createdBy: app.createdBy,
    ...(app.team === undefined ? {} : { team: app.team }),
    configVersion: app.configVersion,
    ...some("configTakenBack", app.configTakenBack),
    environments: [
      {
        name: "production",
        ...(view.live === undefined ? {} : { live: copy(view.live) }),
        ...some("restarts", view.restarts),
        ...(view.rollout === undefined ? {} : { rollout: rolloutResource(view.rollout, telling) }),
        requestsPerSecond: view.requestsPerSecond,
        errorRatio: view.errorRatio,
        ...(view.budget === undefined ? {} : { budget: copy(view.budget) }),
        health: healthOf(view),
      },
    ],
  };
}

/** A page of counts, with the policy they were judged by. */
export function countsResource({ rollout, intervals }: CountsView): CountsOutput {
  const { id, app, policy } = rollout;
  return copy({ rollout: id, app, policy, intervals });
}

export function seriesResource(view: SeriesView): SeriesResource {
  const { rollout, points, marks, intervals, throughIndex } = view;
  const { id, app, change, policy } = rollout;
  return copy({
    rollout: id,
    app,
    change,
    alpha: policy.alpha,
    exposureMaxPercent: policy.exposureMaxPercent,
    intervals,
    throughIndex,
    points: points.map(({ exposure, exposureAllowed, ...point }) => ({
      ...point,
      exposurePercent: percentOf(exposure),
      ...(exposureAllowed === undefined
        ? {}
        : { exposureAllowedPercent: percentOf(exposureAllowed) }),
    })),
    marks: marks.map(({ exposure, ...mark }) => ({
      ...mark,
      ...(exposure === undefined ? {} : { exposurePercent: percentOf(exposure) }),
    })),
  });
}

const percentOf = (buckets: number): number => (buckets / bucketCount) * 100;

export function rolloutResource(rollout: Rollout, { sight, logs, urlOf }: Telling): RolloutOutput {
  // The salt stays: who knows it can tell which users are in.
  const {
    salt: _salt,
    newErrors: _forReadersOfLogs,
    verdict,
    totals,
    failureExample,
    together,
    command,
    ...rest
  } = rollout;
  const { guardrails, throughIndex, ...judged } = verdict;
  const index = stepIndexOf(rollout);
  return copy({
    ...rest,
    ...(command === undefined
      ? {}
      : { command: { ...command, reason: toldBy(rollout, command.reason) } }),
    ...(together === undefined ? {} : { together: jointResource(together, sight) }),
    steps: stepsOf(rollout.policy).map((step) => titleOf(step)),
    stepNumber: index === undefined ? 0 : index + 1,
    ...(finalRolloutStates.has(rollout.state) ? {} : some("stepUntil", stepUntilOf(rollout))),
    ...(rollout.policy.hasPreview === true && !finalRolloutStates.has(rollout.state)
      ? { previewUrl: urlOf(previewHostOf(rollout.app)) }
      : {}),
    exposurePercent: percentOf(rollout.exposure),
    verdict: judged,
    evidence: {
      throughIndex,
      guardrails,
      totals,
      ...some(
        "failureExample",
        failureExample && exampleFor(failureExample, isIn(logs, rollout.app)),
      ),
    },
  });
}

/** The request that failed; what the app printed beside it is for readers of its logs. */
function exampleFor(example: NonNullable<Rollout["failureExample"]>, readsLogs: boolean) {
  return readsLogs ? example : { ...example, log: [] };
}

/** `logs`: the apps whose logs they may read who are told; absent: all. */
export function releaseResource(release: ListedRelease, logs: Sight): ListedReleaseResource {
  return copy(isIn(logs, release.app) ? release : withoutLogExcerpt(release));
}

export function isIn(sight: Sight, app: string): boolean {
  return sight === undefined || sight.some(({ name }) => name === app);
}

/** Of apps that may not be seen: how many there are, and the kind of the verdict on all. */
function jointResource({ leader, members, verdict }: JointRollout, sight: Sight) {
  const isSeen = (app: string): boolean => isIn(sight, app);
  const seen = members.filter(({ app }) => isSeen(app));
  const { kind } = verdict;
  return {
    leader,
    members: seen,
    hidden: members.length - seen.length,
    verdict: isSeen(verdict.app)
      ? verdict
      : { kind, sentence: `${kind.replaceAll("_", " ")}, by an app that you may not see` },
  };
}

export function changeSummary(change: ListedChange): SummaryOutput {
  const { artifact, release, rollout, ...rest } = change;
  return copy({
    ...rest,
    ...(artifact === undefined ? {} : { artifactDigest: artifact }),
    ...(release === undefined ? {} : { releaseId: release }),
    ...(rollout === undefined ? {} : { rolloutId: rollout }),
  });
}

export function changeResource(view: ChangeView, telling: Telling): ChangeOutput {
  const { artifact: _artifact, release: _release, rollout: _rollout, ...rest } = view.change;
  const { app, stages } = rest;
  return copy({
    ...rest,
    standing: view.standing,
    ...some("liveNow", view.liveNow),
    stages: isIn(telling.logs, app) ? stages : stagesWithoutLogExcerpts(stages),
    ...(view.artifact === undefined ? {} : { artifact: artifactResource(view.artifact) }),
    ...(view.evidence === undefined ? {} : { evidence: view.evidence }),
    ...(view.release === undefined ? {} : { release: view.release }),
    ...(view.rollout === undefined ? {} : { rollout: rolloutResource(view.rollout, telling) }),
  });
}

/** Of the plan only what explains it; the directory is nobody's business outside. */
function artifactResource(artifact: NonNullable<ChangeView["artifact"]>) {
  const { digest, sizeBytes, createdAt, steps, plan } = artifact;
  return {
    digest,
    sizeBytes,
    createdAt,
    steps,
    plan: { digest: plan.digest, stack: plan.stack, title: plan.title, reasons: plan.reasons },
  };
}

/** An entry for who follows a story: from where somebody came is for those who may read the audit log. */
export function toldResource({ by: _by, ...entry }: JournalEntry): EntryOutput {
  return { ...entry, data: { ...entry.data } };
}

export function entryResource(entry: JournalEntry): EntryOutput {
  return { ...entry, data: { ...entry.data } };
}

/** Nothing for what acted on its own. */
export function auditResource(entry: JournalEntry): readonly AuditOutput[] {
  const { seq, at, actor, app, change, by, hash } = entry;
  if (by === undefined) return [];
  const where = { ...some("app", app), ...some("change", change) };
  return [copy({ seq, at, who: actor, by, ...where, ...auditFacts(entry), hash })];
}

/** Readonly arrays of the domain as the plain arrays of a schema's output; nobody writes to either. */
type Mutable<T> = T extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : T extends string
    ? T
    : T extends object
      ? { -readonly [K in keyof T]: Mutable<T[K]> }
      : T;

export function copy<T>(value: T): Mutable<T> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only `readonly` is taken off
  return value as Mutable<T>;
}
