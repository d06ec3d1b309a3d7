/**
 * What the edge counts and the verdict eats. Integers only: they are stored, and a verdict is replayed
 * from them bit for bit.
 */
import type { AppName, InstanceId, ReleaseId, RolloutId } from "./ids.ts";

/** Buckets of a rollout's salted hash; exposure w means buckets [0, w) are the candidate's. */
export const bucketCount = 10_000;

/** Groups of baseline users that are compared with each other; independent of the buckets. */
export const groupCount = 10;

/**
 * Upper bounds of the latency histogram in ms: 1 ms to 60 s by factors of 2^(1/3) (26 %), the last
 * bucket is everything slower. One fixed grid, so that histograms of any two arms can be compared.
 */
export const latencyBoundsMs: readonly number[] = Array.from(
  { length: 48 },
  (_, index) => Math.round(2 ** (index / 3) * 1000) / 1000,
);
/** Number of cells in a latency histogram: one per bound and one for slower than all. */
export const latencyCells = latencyBoundsMs.length + 1;

/** A user is stuck after so many failed requests in a row: by chance, at 1 % of errors, one in a million. */
export const stuckAfterFailures = 3;

export type Arm = "baseline" | "candidate";

/** One arm in one interval. */
export interface ArmCounts {
  readonly requests: number;
  /** First attempts that failed: 5xx, and connection failures and time-outs before a response. */
  readonly errors: number;
  readonly connectionFailures: number;
  /** Requests without a stable user key (no cookie came back): each looks like a new user. */
  readonly unkeyedRequests: number;
  /** Users whose first failed request in this rollout, in whichever arm, fell into this interval. */
  readonly usersFirstHarmed: number;
  /**
   * Users seen for the first time in this arm in this interval. A user whom growing exposure moved
   * counts in both arms, so the candidate's sum is the number of users exposed.
   */
  readonly usersFirstSeen: number;
  /** `latencyCells` cells; time to first byte of the response. */
  readonly latency: readonly number[];
  /**
   * Users met for the first time in this rollout, in whichever arm: growing exposure does not count them
   * again, so chance puts each in the candidate's arm with the probability of its share. Met when they
   * are assigned, so an interval may have more of them than answered requests.
   */
  readonly usersNew?: number;
  /**
   * Users whose requests failed `stuckAfterFailures` times in a row, for the first time in this rollout, in
   * whichever arm: those for whom it does not work at all, and who say nothing more as first harms.
   */
  readonly usersFirstStuck?: number;
  /** Requests and failures by instance: how much instances of one release differ among themselves. */
  readonly instances?: Readonly<Record<InstanceId, MetricCounts>>;
  /** Of custom guardrails, by name: events among a sample; good ones where fewer are worse. */
  readonly custom?: Readonly<Record<string, MetricCounts>>;
}

/** Whole numbers; `events` is at most `sample`. */
export interface MetricCounts {
  readonly events: number;
  readonly sample: number;
}

/** Requests of the baseline that were sent to the candidate too, and whose second answer was thrown away. */
export interface ShadowCounts {
  readonly mirrored: number;
  /** Failed at one arm only: under "no worse", a coin decides which. */
  readonly candidateOnlyFailed: number;
  readonly baselineOnlyFailed: number;
  readonly bothFailed: number;
  /** Neither failed and the status, or the body's size or digest, was another. */
  readonly answersDiffered: number;
  /** `latencyCells` cells each; of pairs in which both answered, so that the two can be compared. */
  readonly baselineLatency?: readonly number[];
  readonly candidateLatency?: readonly number[];
}

/**
 * One stratum of evidence: an interval in which exposure did not change, at one edge. Only users
 * assigned by chance are in it; rule cohorts are counted in `ruled` and never judged by the test.
 */
export interface IntervalCounts {
  readonly rollout: RolloutId;
  /** Rises by one per stored interval of this rollout; the order in which evidence is folded. */
  readonly index: number;
  readonly startAt: number;
  readonly endAt: number;
  /** Buckets of the candidate, 0..10000, during the interval. */
  readonly exposure: number;
  readonly baseline: ArmCounts;
  readonly candidate: ArmCounts;
  readonly ruled?: { readonly requests: number; readonly errors: number };
  /** Who counted; absent: an edge. Others bring custom counts only, and no news of requests. */
  readonly source?: "edge" | "metrics" | "probes";
  readonly shadow?: ShadowCounts;
  /**
   * Requests and failures of the baseline's keyed users in `groupCount` groups by other bits of the
   * hash than the bucket's: the baseline compared with itself.
   */
  readonly groups?: readonly MetricCounts[];
  /** An edge could not remember all users: user counts are a lower bound from here on. */
  readonly isUserSetFull?: boolean;
}

/**
 * What somebody else than an edge counted about a rollout: custom guardrails of both arms, by name. It
 * becomes an interval without requests.
 */
export interface MetricReading {
  readonly app: AppName;
  readonly rollout: RolloutId;
  readonly source: "metrics" | "probes";
  /** Tells apart readings of one source that begin at the same time, such as those of two servers. */
  readonly id?: string;
  readonly startAt: number;
  readonly endAt: number;
  /** Buckets of the candidate, 0..10000, at its end; the test needs none, as each arm has its own sample. */
  readonly exposure: number;
  readonly baseline: Readonly<Record<string, MetricCounts>>;
  readonly candidate: Readonly<Record<string, MetricCounts>>;
}

/** One failed request, kept so that a person can look at it. */
export interface FailedRequest {
  readonly at: number;
  readonly arm: Arm;
  readonly release: ReleaseId;
  readonly instance?: InstanceId;
  readonly method: string;
  readonly path: string;
  /** Absent when no response came. */
  readonly status?: number;
  readonly failure?: "connection" | "timeout" | "reset";
  readonly durationMs: number;
  readonly requestId: string;
}

/** What one edge process flushes each second, or when its configuration changes. */
export interface EdgeInterval {
  /** Edge process slot, `edge-0`. */
  readonly edge: string;
  /** Fresh per start of that process; (edge, boot, seq) is unique, so a repeat is recognised. */
  readonly boot: string;
  readonly seq: number;
  readonly startAt: number;
  readonly endAt: number;
  /** Version of the route table in effect. */
  readonly tableVersion: number;
  readonly rows: readonly EdgeRow[];
}

export interface EdgeRow {
  readonly app: AppName;
  readonly release: ReleaseId;
  readonly arm: Arm;
  readonly rollout?: RolloutId;
  readonly exposure: number;
  /** `rule`: put there by a header, cookie or identity; `random`: by the hash. */
  readonly assignedBy: "random" | "rule";
  readonly requests: number;
  readonly errors: number;
  readonly connectionFailures: number;
  readonly unkeyedRequests: number;
  readonly latency: readonly number[];
  /**
   * 64-bit hashes (16 hex digits) of users, salted per rollout: harmed for the first time in this
   * rollout, and seen for the first time in this arm, as far as this edge process knows.
   */
  readonly harmedUsers: readonly string[];
  readonly seenUsers: readonly string[];
  /** Those who became stuck for the first time in this rollout, as far as this edge process knows. */
  readonly stuckUsers?: readonly string[];
  /** Those of `seenUsers` whom this edge process had met in the other arm: moved, so not new. */
  readonly movedUsers?: readonly string[];
  /** By the instance that was asked first; a bounded number of them. */
  readonly instances?: Readonly<Record<InstanceId, MetricCounts>>;
  /** Of keyed users of the baseline, `groupCount` of them. */
  readonly groups?: readonly MetricCounts[];
  /** Of the baseline's requests that were mirrored; none of it is in the counts above. */
  readonly shadow?: ShadowCounts;
  /** More users than could be remembered: user counts are a lower bound from here on. */
  readonly isUserSetFull: boolean;
  readonly failures: readonly FailedRequest[];
}
