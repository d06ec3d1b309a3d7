/**
 * Simulation: the production `decide` on a synthetic world, seeded, so that its promises are measured and
 * not believed. Users have Zipf activity and their own error ratios (log-normal around the base); a hash
 * assigns them; counts reach the controller late, once a second, as they do from an edge.
 */
import {
  bucketCount,
  latencyBoundsMs,
  latencyCells,
  type AppName,
  type ArmCounts,
  type ChangeId,
  type IntervalCounts,
  type ReleaseId,
  type Rollout,
  type RolloutId,
  type RolloutPolicy,
} from "#domain";
import { assert } from "#std";
import { decide } from "./decide.ts";
import { emptyEvidence, foldInterval, type Evidence } from "./evidence.ts";
import { seededRandom } from "./seeded-random.ts";
import { verdictOf } from "./verdict.ts";

export interface World {
  readonly users: number;
  readonly requestsPerSecond: number;
  /** Exponent of the users' activity; 0: all alike. */
  readonly zipf: number;
  /** Log-standard deviation of the users' own error ratios around the base; 0: all alike. */
  readonly userErrorLogSd: number;
  readonly baseErrorRatio: number;
  /** Multiplies both arms' errors from `fromS` for `forS` seconds. */
  readonly incident?: { readonly fromS: number; readonly forS: number; readonly factor: number };
  readonly fault: {
    /** The candidate's error ratio at a user who fails as often as the mean; each user's is scaled like the base. */
    readonly errorRatio: number;
    /** Seconds after the start from which it is so; before, the candidate is like the baseline. */
    readonly fromS: number;
    /** Time to first byte of the candidate over the baseline's. */
    readonly latencyFactor: number;
    /** Share of candidate requests that take `slowMs` longer. */
    readonly slowRatio: number;
    readonly slowMs: number;
  };
  readonly latencyMsMedian: number;
  readonly latencyLogSd: number;
  /** Share of requests whose cookie does not come back. */
  readonly unkeyedRatio: number;
  readonly telemetryDelayS: number;
  readonly durationS: number;
  /** A fixed exposure in buckets instead of the policy's own growth. */
  readonly exposureFixed?: number;
}

export interface RunOutcome {
  readonly end: "promoted" | "rolled_back" | "undecided";
  /** Seconds from first exposure to the end. */
  readonly seconds: number;
  readonly candidateRequests: number;
  /** Failed requests of the candidate, all and beyond what the baseline would have failed. */
  readonly requestsFailed: number;
  readonly requestsHarmed: number;
  readonly usersExposed: number;
  readonly usersHarmed: number;
  readonly exposureMax: number;
  readonly sentence: string;
}

interface Person {
  readonly bucket: number;
  readonly errorFactor: number;
  isHarmed: boolean;
  isSeenBy: { baseline: boolean; candidate: boolean };
  isHarmedByCandidate: boolean;
}

/** Runs one rollout to its end, or to the end of the world's time. Same arguments, same outcome. */
export function simulate(world: World, policy: RolloutPolicy, seed: number): RunOutcome {
  const random = seededRandom(seed);
  const crowd = crowdOf(world, random);
  let rollout = rolloutOf(policy, world.exposureFixed ?? 0);
  let evidence = emptyEvidence(policy);
  const underWay: IntervalCounts[] = [];
  let exposureMax = 0;
  for (let second = 0; second < world.durationS; second += 1) {
    const arrived = underWay.length > world.telemetryDelayS ? underWay.shift() : undefined;
    if (arrived !== undefined) evidence = folded(evidence, arrived);
    const now = second * 1000;
    const decision = decide(rollout, evidence, {
      now,
      requestsPerSecond: world.requestsPerSecond,
      edgesMissing: [],
      isReady: true,
      telemetryDelayMs: world.telemetryDelayS * 1000,
      ...(arrived === undefined ? {} : { lastIntervalAt: arrived.endAt }),
    });
    if (decision.kind === "promote" || decision.kind === "roll_back") {
      const end = decision.kind === "promote" ? "promoted" : "rolled_back";
      return outcomeOf({ end, second, crowd, exposureMax, sentence: decision.because });
    }
    if (decision.kind === "expose" && world.exposureFixed === undefined) {
      rollout = {
        ...rollout,
        exposure: decision.to,
        firstExposedAt: rollout.firstExposedAt ?? now,
      };
    }
    exposureMax = Math.max(exposureMax, rollout.exposure);
    underWay.push(serve(world, crowd, { second, exposure: rollout.exposure, random }));
  }
  const { sentence } = verdictOf(policy, evidence);
  return outcomeOf({ end: "undecided", second: world.durationS, crowd, exposureMax, sentence });
}

interface Crowd {
  readonly people: readonly Person[];
  /** Cumulative activity, the last is 1. */
  readonly activity: Float64Array;
  readonly tally: { requests: number; failed: number; harmed: number };
}

function crowdOf(world: World, random: () => number): Crowd {
  const sd = world.userErrorLogSd;
  const people = Array.from({ length: world.users }, () => ({
    bucket: Math.floor(random() * bucketCount),
    // The mean over users is 1.
    errorFactor: Math.exp(sd * normal(random) - (sd * sd) / 2),
    isHarmed: false,
    isSeenBy: { baseline: false, candidate: false },
    isHarmedByCandidate: false,
  }));
  const weights = people.map((_, rank) => (rank + 1) ** -world.zipf);
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const activity = new Float64Array(world.users);
  let sum = 0;
  for (const [rank, weight] of weights.entries()) {
    sum += weight / all;
    activity[rank] = sum;
  }
  return { people, activity, tally: { requests: 0, failed: 0, harmed: 0 } };
}

interface Moment {
  readonly second: number;
  readonly exposure: number;
  readonly random: () => number;
}

type Counting = { -readonly [K in keyof ArmCounts]: ArmCounts[K] } & { latency: number[] };

/** One second of traffic. */
function serve(world: World, crowd: Crowd, moment: Moment): IntervalCounts {
  const { second, exposure, random } = moment;
  const arms = { baseline: emptyArm(), candidate: emptyArm() };
  for (let left = poisson(world.requestsPerSecond, random); left > 0; left -= 1) {
    const person = crowd.people[pick(crowd.activity, random())];
    assert(person !== undefined, "activity adds up to 1");
    serveOne(world, { arms, crowd, moment, person });
  }
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an id of the synthetic world
    rollout: "rol_synthetic000" as RolloutId,
    index: second,
    startAt: second * 1000,
    endAt: second * 1000 + 1000,
    exposure,
    ...arms,
  };
}

function serveOne(
  world: World,
  at: {
    readonly arms: { readonly baseline: Counting; readonly candidate: Counting };
    readonly crowd: Crowd;
    readonly moment: Moment;
    readonly person: Person;
  },
): void {
  const { crowd, moment, person } = at;
  const { random, second } = moment;
  const arm = person.bucket < moment.exposure ? "candidate" : "baseline";
  const counts = at.arms[arm];
  counts.requests += 1;
  if (random() < world.unkeyedRatio) counts.unkeyedRequests += 1;
  if (!person.isSeenBy[arm]) counts.usersFirstSeen += 1;
  person.isSeenBy[arm] = true;
  const cell = latencyCellOf(latencyOf(world, arm, random));
  counts.latency[cell] = (counts.latency[cell] ?? 0) + 1;
  const base = Math.min(
    1,
    world.baseErrorRatio * person.errorFactor * incidentFactor(world, second),
  );
  const faulty = arm === "candidate" && second >= world.fault.fromS;
  const ratio = faulty ? faultRatio(world, person, base) : base;
  if (arm === "candidate") {
    crowd.tally.requests += 1;
    crowd.tally.harmed += ratio - base;
  }
  if (random() >= ratio) return;
  counts.errors += 1;
  if (arm === "candidate") crowd.tally.failed += 1;
  if (arm === "candidate") person.isHarmedByCandidate = true;
  if (!person.isHarmed) counts.usersFirstHarmed += 1;
  person.isHarmed = true;
}

function faultRatio(world: World, person: Person, base: number): number {
  const { errorRatio } = world.fault;
  if (errorRatio === world.baseErrorRatio) return base;
  // A fault of less than a tenth of requests is a matter of the user's data, a greater one of the code.
  return errorRatio < 0.1
    ? Math.min(1, errorRatio * person.errorFactor)
    : Math.max(base, errorRatio);
}

function incidentFactor({ incident }: World, second: number): number {
  if (incident === undefined || second < incident.fromS) return 1;
  return second < incident.fromS + incident.forS ? incident.factor : 1;
}

function latencyOf(world: World, arm: "baseline" | "candidate", random: () => number): number {
  const ms = world.latencyMsMedian * Math.exp(world.latencyLogSd * normal(random));
  if (arm === "baseline") return ms;
  return (
    ms * world.fault.latencyFactor + (random() < world.fault.slowRatio ? world.fault.slowMs : 0)
  );
}

function latencyCellOf(ms: number): number {
  if (ms <= 1) return 0;
  const cell = Math.ceil(3 * Math.log2(ms) - 1e-9);
  return Math.min(cell, latencyBoundsMs.length);
}

function emptyArm(): Counting {
  return {
    requests: 0,
    errors: 0,
    connectionFailures: 0,
    unkeyedRequests: 0,
    usersFirstHarmed: 0,
    usersFirstSeen: 0,
    latency: Array.from({ length: latencyCells }, () => 0),
  };
}

function folded(evidence: Evidence, counts: IntervalCounts): Evidence {
  const next = foldInterval(evidence, counts);
  assert(next.ok, "a synthetic interval is well formed");
  return next.value;
}

function outcomeOf(run: {
  readonly end: RunOutcome["end"];
  readonly second: number;
  readonly crowd: Crowd;
  readonly exposureMax: number;
  readonly sentence: string;
}): RunOutcome {
  const { crowd, end, second, exposureMax, sentence } = run;
  return {
    end,
    seconds: second,
    candidateRequests: crowd.tally.requests,
    requestsFailed: crowd.tally.failed,
    requestsHarmed: crowd.tally.harmed,
    usersExposed: crowd.people.filter(({ isSeenBy }) => isSeenBy.candidate).length,
    usersHarmed: crowd.people.filter(({ isHarmedByCandidate }) => isHarmedByCandidate).length,
    exposureMax,
    sentence,
  };
}

/* oxlint-disable typescript/no-unsafe-type-assertion -- ids of the synthetic world */
function rolloutOf(policy: RolloutPolicy, exposure: number): Rollout {
  return {
    id: "rol_synthetic000" as RolloutId,
    app: "synthetic" as AppName,
    environment: "production",
    change: "chg_synthetic000" as ChangeId,
    candidate: "rel_synthetic002" as ReleaseId,
    baseline: "rel_synthetic001" as ReleaseId,
    policy,
    salt: "synthetic",
    state: "running",
    exposure,
    startedAt: 0,
    ...(exposure > 0 ? { firstExposedAt: 0 } : {}),
    reason: "",
    verdict: verdictOf(policy, emptyEvidence(policy)),
    totals: {
      usersExposed: 0,
      usersHarmed: 0,
      candidateRequests: 0,
      candidateErrors: 0,
      baselineRequests: 0,
      baselineErrors: 0,
    },
  };
}
/* oxlint-enable typescript/no-unsafe-type-assertion */

/** First index whose cumulative activity is above `at`. */
function pick(activity: Float64Array, at: number): number {
  let [low, high] = [0, activity.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((activity[middle] ?? 1) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Knuth's method in chunks, so that e^-mean does not vanish. */
function poisson(mean: number, random: () => number): number {
  const chunk = 30;
  let count = 0;
  for (let left = mean; left > 0; left -= chunk) {
    const limit = Math.exp(-Math.min(left, chunk));
    for (let product = random(); product > limit; product *= random()) count += 1;
  }
  return count;
}
