/** Turns an edge's rows into strata: one per rollout and exposure, both arms side by side. Pure. */
import {
  groupCount,
  latencyCells,
  parseId,
  type AppName,
  type Arm,
  type EdgeInterval,
  type EdgeRow,
  type FailedRequest,
  type InstanceId,
  type MetricCounts,
  type RolloutId,
  type ShadowCounts,
} from "#domain";
import { armInstancesMax } from "./limits.ts";

export interface ArmSum {
  requests: number;
  errors: number;
  connectionFailures: number;
  unkeyedRequests: number;
  readonly latency: number[];
  /** Hashes, distinct within this arm. */
  readonly seenUsers: Set<string>;
  /** Those of them who were in the other arm before. */
  readonly movedUsers: Set<string>;
  readonly harmedUsers: Set<string>;
  readonly stuckUsers: Set<string>;
  readonly instances: Map<InstanceId, OutcomeSum>;
}

interface OutcomeSum {
  events: number;
  sample: number;
}

export interface Stratum {
  readonly rollout: RolloutId;
  readonly app: AppName;
  readonly exposure: number;
  /** Buckets of the fresh baseline; absent: there is none. */
  readonly freshBuckets?: number;
  readonly arms: Readonly<Record<Arm, ArmSum>>;
  /** Users on the running baseline beside a fresh one: remembered, and never judged. */
  readonly aside: ArmSum;
  /** Users put in an arm by a rule: counted for people, never judged by the test. */
  readonly ruled: { requests: number; errors: number };
  /** Keyed users of the baseline by `groupCount` groups; empty when nobody was in one. */
  readonly groups: OutcomeSum[];
  /** Absent when nothing was mirrored. */
  shadow?: ShadowCounts;
  isUserSetFull: boolean;
  readonly failures: FailedRequest[];
}

export interface AppTraffic {
  readonly app: AppName;
  requests: number;
  errors: number;
}

/** Strata in the order of their rollouts, so that two edges lock them in the same order. */
export function foldStrata(rows: EdgeInterval["rows"]): readonly Stratum[] {
  const strata = new Map<string, Stratum>();
  for (const row of rows) {
    if (row.rollout === undefined) continue;
    const key = `${row.rollout} ${row.exposure} ${row.freshBuckets ?? ""}`;
    const stratum = strata.get(key) ?? newStratum(row, row.rollout);
    strata.set(key, stratum);
    add(stratum, row);
  }
  return [...strata.values()].toSorted((a, b) => compare(a.rollout, b.rollout));
}

/** All requests of each app, in the order of the apps' names. */
export function foldTraffic(rows: EdgeInterval["rows"]): readonly AppTraffic[] {
  const traffic = new Map<AppName, AppTraffic>();
  for (const { app, requests, errors } of rows) {
    const sum = traffic.get(app) ?? { app, requests: 0, errors: 0 };
    sum.requests += requests;
    sum.errors += errors;
    traffic.set(app, sum);
  }
  return [...traffic.values()].toSorted((a, b) => compare(a.app, b.app));
}

function newStratum({ app, exposure, freshBuckets }: EdgeRow, rollout: RolloutId): Stratum {
  return {
    rollout,
    app,
    exposure,
    ...(freshBuckets === undefined ? {} : { freshBuckets }),
    arms: { baseline: newArm(), candidate: newArm() },
    aside: newArm(),
    ruled: { requests: 0, errors: 0 },
    groups: [],
    isUserSetFull: false,
    failures: [],
  };
}

function newArm(): ArmSum {
  return {
    requests: 0,
    errors: 0,
    connectionFailures: 0,
    unkeyedRequests: 0,
    latency: Array.from({ length: latencyCells }, () => 0),
    seenUsers: new Set(),
    movedUsers: new Set(),
    harmedUsers: new Set(),
    stuckUsers: new Set(),
    instances: new Map(),
  };
}

function add(stratum: Stratum, row: EdgeRow): void {
  stratum.failures.push(...row.failures);
  if (row.assignedBy === "rule") {
    // Who was put out of the candidate, or would be in one that does not run, has the baseline by no chance.
    const beside = row.arm === "candidate" ? stratum.ruled : stratum.aside;
    beside.requests += row.requests;
    beside.errors += row.errors;
    return;
  }
  const arm = row.isAside === true ? stratum.aside : stratum.arms[row.arm];
  arm.requests += row.requests;
  arm.errors += row.errors;
  arm.connectionFailures += row.connectionFailures;
  arm.unkeyedRequests += row.unkeyedRequests;
  for (const [cell, count] of row.latency.entries()) {
    if (cell < latencyCells) arm.latency[cell] = (arm.latency[cell] ?? 0) + count;
  }
  addUsers(arm.seenUsers, row.seenUsers);
  addUsers(arm.movedUsers, row.movedUsers ?? []);
  addUsers(arm.harmedUsers, row.harmedUsers);
  addUsers(arm.stuckUsers, row.stuckUsers ?? []);
  addInstances(arm, row);
  addGroups(stratum, row);
  if (row.shadow !== undefined) stratum.shadow = shadowSum(stratum.shadow, row.shadow);
  stratum.isUserSetFull ||= row.isUserSetFull;
}

function addInstances(arm: ArmSum, row: EdgeRow): void {
  for (const [name, counts] of Object.entries(row.instances ?? {})) {
    const instance = parseId("ins", name);
    if (!instance.ok) continue;
    const sum = arm.instances.get(instance.value) ?? { events: 0, sample: 0 };
    addOutcomes(sum, counts);
    if (arm.instances.size < armInstancesMax) arm.instances.set(instance.value, sum);
  }
}

function addGroups({ groups }: Stratum, row: EdgeRow): void {
  if (row.arm !== "baseline" || row.isAside === true || row.groups?.length !== groupCount) return;
  for (const [nth, counts] of row.groups.entries()) {
    const sum = (groups[nth] ??= { events: 0, sample: 0 });
    addOutcomes(sum, counts);
  }
}

function shadowSum(sum: ShadowCounts | undefined, more: ShadowCounts): ShadowCounts {
  if (sum === undefined) return more;
  return {
    mirrored: sum.mirrored + more.mirrored,
    candidateOnlyFailed: sum.candidateOnlyFailed + more.candidateOnlyFailed,
    baselineOnlyFailed: sum.baselineOnlyFailed + more.baselineOnlyFailed,
    bothFailed: sum.bothFailed + more.bothFailed,
    answersDiffered: sum.answersDiffered + more.answersDiffered,
    baselineLatency: histogramSum(sum.baselineLatency, more.baselineLatency),
    candidateLatency: histogramSum(sum.candidateLatency, more.candidateLatency),
  };
}

function histogramSum(sum: readonly number[] = [], more: readonly number[] = []): number[] {
  return Array.from({ length: latencyCells }, (_, cell) => (sum[cell] ?? 0) + (more[cell] ?? 0));
}

function addOutcomes(sum: OutcomeSum, { events, sample }: MetricCounts): void {
  sum.events += events;
  sum.sample += sample;
}

function addUsers(users: Set<string>, hashes: readonly string[]): void {
  for (const hash of hashes) if (/^[0-9a-f]{16}$/.test(hash)) users.add(hash);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
