/**
 * A synthetic world: who uses a service, how it fares, what is wrong with the candidate, and what of it is
 * counted. All of it is told in words of the service, so that a world can be argued about; the numbers
 * drawn from it depend on its seed alone.
 *
 * Members without a comment that are optional are absent from the simplest world: a steady stream of
 * requests, one edge that loses nothing, instances that are all alike.
 */

export interface World {
  readonly users: number;
  /** Mean of the Poisson stream of requests. */
  readonly requestsPerSecond: number;
  readonly traffic?: {
    /** Rises and falls like a day: by `amplitude` (0..1) of the mean. */
    readonly wave?: { readonly periodS: number; readonly amplitude: number };
    readonly bursts?: readonly (Span & { readonly factor: number })[];
  };
  /** Exponent of the users' activity; 0: all alike. */
  readonly zipf: number;
  /** Log-standard deviation of the users' own error ratios around the base; 0: all alike. */
  readonly userErrorLogSd: number;
  /** The same of their own latencies (their network, their data). */
  readonly userLatencyLogSd?: number;
  readonly baseErrorRatio: number;
  readonly latencyMsMedian: number;
  readonly latencyLogSd: number;
  /** How both arms' error ratio and latency wander together. */
  readonly drift?: { readonly errors?: Wander; readonly latency?: Wander };
  /** What happens to both arms alike. */
  readonly incidents?: readonly Incident[];
  /** Instances of each arm, and how the error ratio of each wanders on its own. */
  readonly instances?: {
    readonly baseline: number;
    readonly candidate: number;
    readonly wander: Wander;
  };
  readonly custom?: readonly CustomCounter[];
  readonly fault: Fault;
  /** Share of requests whose cookie does not come back. */
  readonly unkeyedRatio: number;
  /** Share of users whom the edge sends to the baseline although their bucket is the candidate's. */
  readonly misroutedRatio?: number;
  readonly telemetryDelayS: number;
  readonly telemetry?: {
    /** Edge processes, each with intervals of its own; default 1. */
    readonly edges?: number;
    /** Share of an edge's intervals that never arrive. */
    readonly lostRatio?: number;
    /** Nothing arrives of what was counted then, or, with `arm`, nothing of that arm. */
    readonly gaps?: readonly (Span & { readonly arm?: "baseline" | "candidate" })[];
  };
  /** Moments at which the controller dies and its successor reads all intervals again. */
  readonly controllerRestartsAtS?: readonly number[];
  readonly durationS: number;
  /** A fixed exposure in buckets instead of the policy's own growth. */
  readonly exposureFixed?: number;
  /** A fixed ramp instead of the policy's own growth; the last step stays. */
  readonly ramp?: readonly { readonly exposure: number; readonly forS: number }[];
}

export interface Span {
  readonly fromS: number;
  readonly forS: number;
}

/** A log-normal AR(1) process with a mean of 1. */
export interface Wander {
  /** Standard deviation of its logarithm. */
  readonly logSd: number;
  /** Correlation of its logarithm with itself one step earlier, 0..1. */
  readonly ar: number;
  readonly stepS: number;
}

export interface Incident extends Span {
  /** Multiplies both arms' error ratios. */
  readonly factor: number;
  /** Multiplies both arms' latencies; default 1. */
  readonly latencyFactor?: number;
}

/** What the app counts itself: each request is an event with this probability. */
export interface CustomCounter {
  readonly name: string;
  readonly baseRatio: number;
  /** In requests that meet the fault. */
  readonly faultRatio: number;
}

/** What is wrong with the candidate. `errorRatio` of the base, factors of 1 and no slow share: nothing. */
export interface Fault {
  /**
   * The candidate's error ratio. Below a tenth it is a matter of users' data and scaled for each user
   * like the base; above, of the code, and the same for all.
   */
  readonly errorRatio: number;
  /** Seconds after the start from which it is so; before, the candidate is like the baseline. */
  readonly fromS: number;
  /** A leak: errors and slowness grow evenly from nothing to their full size in this time. */
  readonly growsOverS?: number;
  /** Time to first byte of the candidate over the baseline's. */
  readonly latencyFactor: number;
  /** Share of candidate requests that take `slowMs` longer. */
  readonly slowRatio: number;
  readonly slowMs: number;
  /** Share of users who can meet it, drawn independently of their bucket; default: all. */
  readonly cohortRatio?: number;
  /** Share of each user's requests that can meet it (a route); default: all. */
  readonly routeRatio?: number;
  /**
   * A cold start, of a fresh baseline too: latency is `factor` times as high at first and decays to normal by
   * `forS`.
   */
  readonly coldStart?: { readonly factor: number; readonly forS: number };
  /** An instance of the candidate exits at `fromS` and then every so many seconds. */
  readonly exitsEveryS?: number;
}

/** What the candidate did to users, known to the world alone. */
export interface Toll {
  readonly candidateRequests: number;
  /** Failed requests of the candidate. */
  readonly requestsFailed: number;
  /** The expected number of them beyond what the baseline would have failed. */
  readonly requestsHarmed: number;
  readonly usersExposed: number;
  /** Users with a failed request at the candidate … */
  readonly usersFailed: number;
  /** … and those with one that the baseline would have served. */
  readonly usersHarmed: number;
}

export function isWithin({ fromS, forS }: Span, second: number): boolean {
  return second >= fromS && second < fromS + forS;
}

/** Whether the candidate is worse than the baseline in anything that users or counters notice for good. */
export function isFaulty({ fault, baseErrorRatio, custom = [] }: World): boolean {
  return (
    fault.errorRatio !== baseErrorRatio ||
    fault.latencyFactor !== 1 ||
    fault.slowRatio > 0 ||
    fault.exitsEveryS !== undefined ||
    custom.some(({ baseRatio, faultRatio }) => baseRatio !== faultRatio)
  );
}
