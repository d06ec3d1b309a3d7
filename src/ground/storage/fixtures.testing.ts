/** What the tests of this room write and claim. */
import { strict as assert } from "node:assert";
import {
  latencyCells,
  parseAppName,
  parseId,
  type App,
  type AppName,
  type Clock,
  type EdgeInterval,
  type EdgeRow,
  type FailedRequest,
  type InstanceId,
  type Lease,
  type NewEntry,
  type ReleaseId,
  type RolloutId,
  type Store,
} from "#domain";
import { systemClock } from "#ground/storage/testing";

export const never = new AbortController().signal;
export const shop = appName("shop");

export function appName(name: string): AppName {
  const parsed = parseAppName(name);
  assert(parsed.ok);
  return parsed.value;
}

export function created(actor: string, app = shop): NewEntry {
  return { type: "dev.cdevents.repository.created", app, actor, data: { app } };
}

export function appBody(name: AppName, nextReleaseNumber = 1): App {
  const numbers = { createdAt: 1, configVersion: 0, nextReleaseNumber };
  return { name, createdBy: "ana", trackedBranch: "main", ...numbers };
}

export function appPut(name: AppName, nextReleaseNumber: number, ifVersion?: number) {
  const put = { kind: "app" as const, id: name, app: name, body: appBody(name, nextReleaseNumber) };
  return ifVersion === undefined ? put : { ...put, ifVersion };
}

/** A clock that stands still until it is told. */
export interface HeldClock extends Clock {
  advance(ms: number): void;
}

export function heldClock(): HeldClock {
  let now = 1_800_000_000_000;
  return {
    ...systemClock,
    now: () => now,
    advance(ms) {
      now += ms;
    },
  };
}

/** Claims what is due now; undefined when nothing is. */
export async function claimNow(
  store: Store,
  worker = "w1",
  leaseMs = 1_000,
): Promise<Lease | undefined> {
  const soon = AbortSignal.timeout(150);
  return store.claim({ kinds: ["deliver"], worker, leaseMs, signal: soon });
}

/** Claims what must be due. */
export async function mustClaim(store: Store, worker = "w1", leaseMs = 1_000): Promise<Lease> {
  const late = AbortSignal.timeout(10_000);
  const lease = await store.claim({ kinds: ["deliver"], worker, leaseMs, signal: late });
  assert(lease !== undefined, "expected an item to claim within 10 s");
  return lease;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- ids that only this room's tests use
export const rollout = "rol_000000000001" as RolloutId;
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- ids that only this room's tests use
export const release = "rel_000000000001" as ReleaseId;

export function user(number: number): string {
  return `f${number.toString(16).padStart(15, "0")}`;
}

export function instance(number: number): InstanceId {
  const parsed = parseId("ins", `ins_${String(number).padStart(12, "0")}`);
  assert(parsed.ok);
  return parsed.value;
}

export function row(changes: Partial<EdgeRow>): EdgeRow {
  return {
    app: shop,
    release,
    arm: "candidate",
    rollout,
    exposure: 500,
    assignedBy: "random",
    requests: 10,
    errors: 0,
    connectionFailures: 0,
    unkeyedRequests: 0,
    latency: Array.from({ length: latencyCells }, (_, cell) => (cell === 3 ? 10 : 0)),
    harmedUsers: [],
    seenUsers: [],
    isUserSetFull: false,
    failures: [],
    ...changes,
  };
}

export function interval(seq: number, rows: readonly EdgeRow[], edge = "edge-0"): EdgeInterval {
  const startAt = 1_800_000_000_000 + seq * 1_000;
  return { edge, boot: "b1", seq, startAt, endAt: startAt + 1_000, tableVersion: 1, rows };
}

export function failure(at: number): FailedRequest {
  const facts = { method: "GET", path: `/${at}`, status: 500, durationMs: 3, requestId: `r${at}` };
  return { at, arm: "candidate", release, ...facts };
}
