/** Turns an edge's rows into strata: one per rollout and exposure, both arms side by side. Pure. */
import {
  latencyCells,
  type AppName,
  type Arm,
  type EdgeInterval,
  type EdgeRow,
  type FailedRequest,
  type RolloutId,
} from "#domain";

export interface ArmSum {
  requests: number;
  errors: number;
  connectionFailures: number;
  unkeyedRequests: number;
  readonly latency: number[];
  /** Hashes, distinct within this arm. */
  readonly seenUsers: Set<string>;
  readonly harmedUsers: Set<string>;
}

export interface Stratum {
  readonly rollout: RolloutId;
  readonly app: AppName;
  readonly exposure: number;
  readonly arms: Readonly<Record<Arm, ArmSum>>;
  /** Users put in an arm by a rule: counted for people, never judged by the test. */
  readonly ruled: { requests: number; errors: number };
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
    const key = `${row.rollout} ${row.exposure}`;
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

function newStratum({ app, exposure }: EdgeRow, rollout: RolloutId): Stratum {
  const arms = { baseline: newArm(), candidate: newArm() };
  return { rollout, app, exposure, arms, ruled: { requests: 0, errors: 0 }, failures: [] };
}

function newArm(): ArmSum {
  return {
    requests: 0,
    errors: 0,
    connectionFailures: 0,
    unkeyedRequests: 0,
    latency: Array.from({ length: latencyCells }, () => 0),
    seenUsers: new Set(),
    harmedUsers: new Set(),
  };
}

function add(stratum: Stratum, row: EdgeRow): void {
  stratum.failures.push(...row.failures);
  if (row.assignedBy === "rule") {
    stratum.ruled.requests += row.requests;
    stratum.ruled.errors += row.errors;
    return;
  }
  const arm = stratum.arms[row.arm];
  arm.requests += row.requests;
  arm.errors += row.errors;
  arm.connectionFailures += row.connectionFailures;
  arm.unkeyedRequests += row.unkeyedRequests;
  for (const [cell, count] of row.latency.entries()) {
    if (cell < latencyCells) arm.latency[cell] = (arm.latency[cell] ?? 0) + count;
  }
  for (const user of row.seenUsers) if (isUserHash(user)) arm.seenUsers.add(user);
  for (const user of row.harmedUsers) if (isUserHash(user)) arm.harmedUsers.add(user);
}

function isUserHash(text: string): boolean {
  return /^[0-9a-f]{16}$/.test(text);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
