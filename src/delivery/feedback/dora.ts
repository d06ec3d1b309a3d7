/**
 * DORA's five delivery metrics (dora.dev/guides/dora-metrics, two factors), from the journal alone.
 *
 * A deployment is a rollout that reached users, by chance or by rule, and came to an end; its steps do not
 * count apart. It failed when it was taken away from users. What was stopped before its first user is no deployment:
 * that is what tests and gates are for. Nothing is attributed by nearness in time.
 */
import {
  bucketCount,
  type AppName,
  type Change,
  type ChangeId,
  type EventType,
  type JournalEntry,
  type RolloutId,
} from "#domain";
import { isMet } from "./format.ts";
import { reworkWindowMs } from "./limits.ts";

export interface DoraReport {
  readonly app?: AppName;
  /** Not before the first entry: nobody could have deployed earlier. */
  readonly fromAt: number;
  readonly toAt: number;
  /** Deployments to users in the window: a rollout with many steps is one. */
  readonly deployments: number;
  /** Those that everybody got and kept, per day of the window; a window under a day counts as one. */
  readonly deploymentsPerDay: number;
  /** Committed to everybody has it; absent without a finished deployment. */
  readonly leadTimeMsP50?: number;
  readonly leadTimeMsP90?: number;
  /** Committed to first user. */
  readonly leadTimeFirstUserMsP50?: number;
  readonly changeFailRatio?: number;
  /** Failures weighted by the share of users they reached: what controlled exposure is worth. */
  readonly changeFailRatioByUsers?: number;
  readonly failedDeployments: number;
  readonly recoveryMsP50?: number;
  readonly reworkRatio?: number;
}

/** The types of the entries that the report is made from. */
export const doraTypes: readonly EventType[] = [
  "dev.cdevents.change.merged",
  "dev.tidegate.rollout.started",
  "dev.tidegate.rollout.step_entered",
  "dev.tidegate.rollout.exposure_changed",
  "dev.cdevents.service.published",
  "dev.cdevents.service.rolledback",
];

/** How far back entries are needed: so that a revert finds what it reverts. */
export function doraSinceAt(now: number, windowMs: number): number {
  return now - windowMs - reworkWindowMs;
}

/**
 * Computes the report over deployments that ended in (now - windowMs, now]. `entries` are in order and
 * reach back to `doraSinceAt`; of a change that deployed in the window they hold the beginning, whenever it was.
 */
export function dora(input: {
  readonly entries: Iterable<JournalEntry>;
  readonly windowMs: number;
  readonly now: number;
  readonly app?: AppName;
  /** When the first of all entries was written; default: when the first of these was. */
  readonly beganAt?: number;
}): DoraReport {
  const { now, windowMs, app } = input;
  const entries = [...input.entries].filter((entry) => app === undefined || entry.app === app);
  const beganAt = input.beganAt ?? entries[0]?.at ?? 0;
  const fromAt = Math.min(now, Math.max(now - windowMs, beganAt));
  const all = foldDeployments(entries);
  const counted = all.filter((d) => d.endedAt > now - windowMs && d.endedAt <= now);
  const failed = counted.filter((d) => d.failedAt !== undefined);
  const rework = counted.filter((d) => isRework(d, all));
  const harm = failed.reduce((sum, d) => sum + d.exposedMax / bucketCount, 0);
  const lead = counted.flatMap((d) => leadMs(d, d.publishedAt));
  return {
    ...(app && { app }),
    fromAt,
    toAt: now,
    deployments: counted.length,
    deploymentsPerDay: ((counted.length - failed.length) * dayMs) / Math.max(now - fromAt, dayMs),
    failedDeployments: failed.length,
    ...present({
      leadTimeMsP50: percentile(lead, 0.5),
      leadTimeMsP90: percentile(lead, 0.9),
      leadTimeFirstUserMsP50: percentile(
        counted.flatMap((d) => leadMs(d, d.firstExposedAt)),
        0.5,
      ),
      changeFailRatio: ratio(failed.length, counted.length),
      changeFailRatioByUsers: ratio(harm, counted.length),
      recoveryMsP50: percentile(
        failed.flatMap((d) => (d.failedAt === undefined ? [] : [d.failedAt - d.firstExposedAt])),
        0.5,
      ),
      reworkRatio: ratio(rework.length, counted.length),
    }),
  };
}

const dayMs = 86_400_000;

interface Deployment {
  /** Absent when no new commit caused it: a new configuration of a change delivered before. */
  readonly change?: Change;
  readonly firstExposedAt: number;
  readonly endedAt: number;
  readonly publishedAt?: number;
  readonly failedAt?: number;
  /** The largest exposure it had, 0..10000. */
  readonly exposedMax: number;
}

interface Draft {
  readonly change?: Change;
  firstExposedAt?: number;
  publishedAt?: number;
  failedAt?: number;
  /** Taken away before any request reached it. */
  isUnmet?: boolean;
  exposedMax: number;
}

/** Adds entries up to deployments, in the order in which their rollouts appear. */
function foldDeployments(entries: readonly JournalEntry[]): readonly Deployment[] {
  const changes = new Map<ChangeId, Change>();
  const drafts = new Map<RolloutId, Draft>();
  for (const entry of entries) {
    if (entry.type === "dev.cdevents.change.merged") {
      changes.set(entry.data.change.id, entry.data.change);
      continue;
    }
    const rollout = rolloutOf(entry);
    // Under no change: a release restored by hand. It ends the failure of another deployment.
    if (rollout === undefined || entry.change === undefined) continue;
    const draft = drafts.get(rollout) ?? newDraft(entry, changes);
    drafts.set(rollout, draft);
    addTo(draft, entry);
  }
  return [...drafts.values()].flatMap(finished);
}

function rolloutOf(entry: JournalEntry): RolloutId | undefined {
  return "rollout" in entry.data ? entry.data.rollout : undefined;
}

/** A change's lead time belongs to its first rollout; later ones (a new configuration) have none. */
function newDraft(entry: JournalEntry, changes: Map<ChangeId, Change>): Draft {
  const change = entry.change === undefined ? undefined : changes.get(entry.change);
  if (change !== undefined) changes.delete(change.id);
  return { ...(change && { change }), exposedMax: 0 };
}

function addTo(draft: Draft, entry: JournalEntry): void {
  if (entry.type === "dev.tidegate.rollout.exposure_changed" && entry.data.to > 0) {
    draft.firstExposedAt ??= entry.at;
    draft.exposedMax = Math.max(draft.exposedMax, entry.data.to);
  }
  if (entry.type === "dev.cdevents.service.published") {
    draft.firstExposedAt ??= entry.at;
    draft.publishedAt = entry.at;
    draft.exposedMax = bucketCount;
  }
  // Users by rule are users, though they are no share of all: they weigh nothing in the ratio by users.
  if (entry.type === "dev.tidegate.rollout.step_entered" && entry.data.kind === "cohorts") {
    draft.firstExposedAt ??= entry.at;
  }
  if (entry.type === "dev.cdevents.service.rolledback") {
    // Brought back and taken away again, it failed once; in between nobody was on it.
    if (draft.failedAt !== undefined) return;
    draft.failedAt = entry.at;
    draft.isUnmet = draft.publishedAt === undefined && !isMet(entry.data.totals);
  }
}

function finished(draft: Draft): readonly Deployment[] {
  const { firstExposedAt, publishedAt, failedAt, isUnmet = false } = draft;
  const endedAt = publishedAt ?? failedAt;
  // Open to users and met by none: nobody came, so nothing was taken away from anybody.
  if (firstExposedAt === undefined || endedAt === undefined || isUnmet) return [];
  return [{ ...draft, firstExposedAt, endedAt }];
}

function leadMs(deployment: Deployment, at: number | undefined): readonly number[] {
  const { change } = deployment;
  return change === undefined || at === undefined ? [] : [Math.max(0, at - change.committedAt)];
}

/** Work that only exists because an earlier change hurt users: said so, or a revert of a recent change. */
function isRework(deployment: Deployment, all: readonly Deployment[]): boolean {
  const { change } = deployment;
  if (change === undefined) return false;
  const isSaid = change.trailers.some(({ key }) => key.toLowerCase() === "fixes-incident");
  if (isSaid || /^(?:hotfix|revert)[/-]/.test(change.branch)) return true;
  const reverted = /^Revert "(.*)"$/.exec(change.subject)?.[1];
  return all.some(
    (earlier) =>
      earlier.change !== undefined &&
      earlier.change.id !== change.id &&
      earlier.change.subject === reverted &&
      earlier.firstExposedAt <= deployment.firstExposedAt &&
      deployment.firstExposedAt - earlier.firstExposedAt <= reworkWindowMs,
  );
}

function ratio(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}

/** Nearest rank: always a value that occurred. */
function percentile(values: readonly number[], p: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)];
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function present<T extends Readonly<Record<string, number | undefined>>>(values: T): Present<T> {
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same keys, without undefined
  return Object.fromEntries(known) as Present<T>;
}
