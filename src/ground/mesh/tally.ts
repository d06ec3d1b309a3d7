/**
 * Counts of one arm of one app under one exposure: what becomes an `EdgeRow`.
 *
 * A request keeps the tally under which it was accepted, so a table change never moves it to another
 * arm. In every row `errors <= requests`: a body that breaks after its request was flushed is charged
 * to the row of the arm's next request.
 */
import {
  latencyBoundsMs,
  latencyCells,
  type AppName,
  type Arm,
  type EdgeRow,
  type FailedRequest,
  type ReleaseId,
  type RolloutId,
} from "#domain";
import { hexOf, type UserHash } from "./hash.ts";
import { limits } from "./limits.ts";
import { UserSet } from "./user-set.ts";

export interface TallyKey {
  readonly app: AppName;
  readonly release: ReleaseId;
  readonly arm: Arm;
  readonly rollout?: RolloutId;
  readonly exposure: number;
  readonly assignedBy: "random" | "rule";
}

/**
 * The users one rollout has met at this edge process: seen, per arm, since growing exposure moves users
 * to the candidate and they are exposed then; harmed, once in either arm.
 */
export class RolloutUsers {
  readonly seen: Readonly<Record<Arm, UserSet>> = {
    baseline: new UserSet(limits.usersPerRolloutMax),
    candidate: new UserSet(limits.usersPerRolloutMax),
  };
  readonly harmed = new UserSet(limits.usersPerRolloutMax);
}

export class Tally {
  readonly key: TallyKey;
  readonly users: RolloutUsers | undefined;
  readonly #dirty: Set<Tally>;
  #requests = 0;
  #errors = 0;
  #connectionFailures = 0;
  #unkeyed = 0;
  #latency = emptyHistogram();
  #seen: UserHash[] = [];
  #harmed: UserHash[] = [];
  #failures: FailedRequest[] = [];

  constructor(key: TallyKey, users: RolloutUsers | undefined, dirty: Set<Tally>) {
    this.key = key;
    this.users = users;
    this.#dirty = dirty;
  }

  /** Counts one request; once each. Unkeyed: its user key was made up for this very request. */
  request(user: UserHash | undefined, isUnkeyed: boolean): void {
    if (this.#requests === 0) this.#dirty.add(this);
    this.#requests += 1;
    if (isUnkeyed) this.#unkeyed += 1;
    if (user === undefined || this.users === undefined) return;
    if (this.users.seen[this.key.arm].add(user)) this.#seen.push(user);
  }

  latency(latencyMs: number): void {
    const cell = latencyCell(latencyMs);
    this.#latency[cell] = (this.#latency[cell] ?? 0) + 1;
  }

  /** Counts one counted request as failed; once each. */
  error(user: UserHash | undefined, failure: FailedRequest): void {
    this.#errors += 1;
    if (failure.failure === "connection") this.#connectionFailures += 1;
    if (user !== undefined && this.users?.harmed.add(user) === true) this.#harmed.push(user);
    if (this.#failures.length < limits.failuresPerIntervalMax) this.#failures.push(failure);
  }

  /** Gives what was counted since the last call, and starts anew. */
  takeRow(): EdgeRow {
    const errors = Math.min(this.#errors, this.#requests);
    const connectionFailures = Math.min(this.#connectionFailures, errors);
    const row: EdgeRow = {
      ...this.key,
      requests: this.#requests,
      errors,
      connectionFailures,
      unkeyedRequests: this.#unkeyed,
      latency: this.#latency,
      harmedUsers: this.#harmed.map(hexOf),
      seenUsers: this.#seen.map(hexOf),
      isUserSetFull: this.users !== undefined && this.users.seen[this.key.arm].isFull,
      failures: this.#failures,
    };
    this.#requests = 0;
    this.#errors -= errors;
    this.#connectionFailures -= connectionFailures;
    this.#unkeyed = 0;
    this.#latency = emptyHistogram();
    this.#seen = [];
    this.#harmed = [];
    this.#failures = [];
    return row;
  }
}

/** Index of the first bound that is not below the value; the last cell is "slower than all". */
export function latencyCell(latencyMs: number): number {
  if (latencyMs <= 1) return 0;
  // Bounds are 2^(index/3); the loop mends what rounding of bounds and logarithm may shift by one.
  let cell = Math.min(latencyCells - 1, Math.max(0, Math.ceil(Math.log2(latencyMs) * 3) - 1));
  while (cell < latencyBoundsMs.length && latencyMs > (latencyBoundsMs[cell] ?? Infinity))
    cell += 1;
  return cell;
}

function emptyHistogram(): number[] {
  return Array.from({ length: latencyCells }, () => 0);
}
