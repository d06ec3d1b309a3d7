/**
 * Counts of one arm of one app under one exposure: what becomes an `EdgeRow`.
 *
 * A request keeps the tally under which it was accepted, so a table change never moves it to another
 * arm. In every row `errors <= requests`: a body that breaks after its request was flushed is charged
 * to the row of the arm's next request.
 */
import {
  groupCount,
  type AppName,
  type Arm,
  type EdgeRow,
  type FailedRequest,
  type InstanceId,
  type MetricCounts,
  type ReleaseId,
  type RolloutId,
} from "#domain";
import type { Answer } from "./answer.ts";
import { groupOf, hexOf, type UserHash } from "./hash.ts";
import { limits } from "./limits.ts";
import { emptyHistogram, latencyCell } from "./histogram.ts";
import type { RolloutUsers } from "./rollout-users.ts";
import { addShadow, emptyShadow, type ShadowSum } from "./shadow-counts.ts";

export interface TallyKey {
  readonly app: AppName;
  readonly release: ReleaseId;
  readonly arm: Arm;
  readonly rollout?: RolloutId;
  readonly exposure: number;
  readonly assignedBy: "random" | "rule";
}

interface Outcomes {
  requests: number;
  errors: number;
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
  #moved: UserHash[] = [];
  #harmed: UserHash[] = [];
  #stuck: UserHash[] = [];
  #failures: FailedRequest[] = [];
  #shadow: ShadowSum | undefined;
  #instances = new Map<InstanceId, Outcomes>();
  /** Of the baseline's users only, and only while they are an experiment. */
  readonly #groups: readonly Outcomes[] | undefined;

  constructor(key: TallyKey, users: RolloutUsers | undefined, dirty: Set<Tally>) {
    this.key = key;
    this.users = users;
    this.#dirty = dirty;
    if (users !== undefined && key.arm === "baseline") {
      this.#groups = Array.from({ length: groupCount }, () => ({ requests: 0, errors: 0 }));
    }
  }

  /**
   * Notes that a user was assigned to this arm. At once, not when they are answered: those whom a
   * slow candidate keeps waiting, or who give up, would be missing from its arm.
   */
  meet(user: UserHash): void {
    const met = this.users?.meet(user, this.key.arm);
    if (met === undefined || met === "known") return;
    this.#dirty.add(this);
    this.#seen.push(user);
    if (met === "moved") this.#moved.push(user);
  }

  /**
   * Counts one request, once each, for the instance that was asked first. Unkeyed: its user key was
   * made up for this very request.
   */
  request(instance: InstanceId | undefined, user: UserHash | undefined, isUnkeyed: boolean): void {
    if (this.#requests === 0) this.#dirty.add(this);
    this.#requests += 1;
    if (isUnkeyed) this.#unkeyed += 1;
    if (instance !== undefined) this.#instance(instance).requests += 1;
    if (user !== undefined) this.users?.request(user);
    const group = user === undefined ? undefined : this.#groups?.[groupOf(user)];
    if (group !== undefined) group.requests += 1;
  }

  latency(latencyMs: number): void {
    const cell = latencyCell(latencyMs);
    this.#latency[cell] = (this.#latency[cell] ?? 0) + 1;
  }

  /** Counts one counted request as failed; once each. */
  error(user: UserHash | undefined, failure: FailedRequest): void {
    this.#errors += 1;
    if (failure.failure === "connection") this.#connectionFailures += 1;
    if (failure.instance !== undefined) this.#instance(failure.instance).errors += 1;
    if (this.#failures.length < limits.failuresPerIntervalMax) this.#failures.push(failure);
    if (user === undefined || this.users === undefined) return;
    if (this.users.harm(user)) this.#harmed.push(user);
    if (this.users.fail(user)) this.#stuck.push(user);
    const group = this.#groups?.[groupOf(user)];
    if (group !== undefined) group.errors += 1;
  }

  /** Counts one mirrored request by what both arms answered. */
  shadow(real: Answer, copy: Answer): void {
    this.#dirty.add(this);
    this.#shadow ??= emptyShadow();
    addShadow(this.#shadow, real, copy);
  }

  /** Gives what was counted since the last call, and starts anew. */
  takeRow(): EdgeRow {
    const requests = this.#requests;
    const errors = Math.min(this.#errors, requests);
    const connectionFailures = Math.min(this.#connectionFailures, errors);
    const instances = requests === 0 ? undefined : this.#takeInstances();
    const groups = this.#groups?.map(take);
    const stuck = this.#stuck.splice(0, requests).map(hexOf);
    const row: EdgeRow = {
      ...this.key,
      requests,
      errors,
      connectionFailures,
      unkeyedRequests: this.#unkeyed,
      latency: this.#latency,
      harmedUsers: this.#harmed.splice(0, requests).map(hexOf),
      seenUsers: this.#seen.map(hexOf),
      ...(stuck.length === 0 ? {} : { stuckUsers: stuck }),
      ...(this.#moved.length === 0 ? {} : { movedUsers: this.#moved.map(hexOf) }),
      ...(instances === undefined ? {} : { instances }),
      ...(groups?.some(({ sample }) => sample > 0) === true ? { groups } : {}),
      ...(this.#shadow === undefined ? {} : { shadow: this.#shadow }),
      isUserSetFull: this.users?.isFull === true,
      failures: this.#failures,
    };
    this.#requests = 0;
    this.#errors -= errors;
    this.#connectionFailures -= connectionFailures;
    this.#unkeyed = 0;
    this.#latency = emptyHistogram();
    this.#seen = [];
    this.#moved = [];
    this.#failures = [];
    this.#shadow = undefined;
    return row;
  }

  #instance(instance: InstanceId): Outcomes {
    const known = this.#instances.get(instance);
    if (known !== undefined) return known;
    const added = { requests: 0, errors: 0 };
    if (this.#instances.size < limits.instancesPerRowMax) this.#instances.set(instance, added);
    return added;
  }

  #takeInstances(): EdgeRow["instances"] {
    const taken: Record<InstanceId, MetricCounts> = {};
    for (const [instance, outcomes] of this.#instances) {
      // One that was not asked while others were is gone: what it left unsaid must not fill the table.
      if (outcomes.requests === 0 || outcomes.errors <= outcomes.requests) {
        this.#instances.delete(instance);
      }
      if (outcomes.requests > 0) taken[instance] = take(outcomes);
    }
    return Object.keys(taken).length === 0 ? undefined : taken;
  }
}

/** Failures at most as many as requests; those that came too late wait for the next. */
function take(outcomes: Outcomes): MetricCounts {
  const sample = outcomes.requests;
  const events = Math.min(outcomes.errors, sample);
  outcomes.requests = 0;
  outcomes.errors -= events;
  return { events, sample };
}
