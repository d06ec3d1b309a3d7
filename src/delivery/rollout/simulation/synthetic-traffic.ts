/**
 * The world at work, a second at a time: serves its requests at the exposure it is told and gives the counts
 * that reach a controller, as late and as incomplete as the world has it. Whoever chooses exposure can be
 * compared on it: the production controller (`simulate`) as well as anybody else's gate.
 */
import {
  bucketCount,
  latencyCells,
  type ArmCounts,
  type IntervalCounts,
  type RolloutId,
} from "#domain";
import { assert } from "#std";
import { draw, poisson, type Random } from "./chance.ts";
import { becomesStuck, countMet, crowdOf, met, type Crowd } from "./crowd.ts";
import { openMoments, type Moment } from "./moment.ts";
import { seededRandom } from "./seeded-random.ts";
import { isWithin, type Toll, type World } from "./world.ts";

export interface SyntheticTraffic {
  /** What reaches the controller at the beginning of this second, oldest first. Once per second, in order. */
  arrived(second: number): readonly IntervalCounts[];
  /** Serves this second's requests with so many buckets at the candidate. Once per second, in order. */
  serve(second: number, exposure: number): void;
  /** Requests per second that the world means to send now. */
  requestsPerSecond(second: number): number;
  /** How often an instance of the candidate has exited on its own by now. */
  exits(second: number): number;
  toll(): Toll;
}

interface Tally {
  events: number;
  sample: number;
}
type Tallies = Readonly<Record<string, Tally>>;
type Counting = { -readonly [K in keyof ArmCounts]: ArmCounts[K] } & {
  latency: number[];
  usersNew: number;
  usersFirstStuck: number;
  instances?: Tallies;
  custom?: Tallies;
};

/** What one edge counts in one second. */
interface EdgeCounting {
  readonly baseline: Counting;
  readonly candidate: Counting;
  readonly groups: readonly Tally[];
}

interface Scene {
  readonly world: World;
  readonly crowd: Crowd;
  readonly random: Random;
  readonly toll: { candidateRequests: number; failed: number; harmed: number };
  readonly instanceNames: Readonly<Record<"baseline" | "candidate", readonly string[]>>;
}

/** Same world, seed and exposures: the same counts, bit for bit. */
export function syntheticTraffic(world: World, seed: number): SyntheticTraffic {
  const random = seededRandom(seed);
  const scene: Scene = {
    world,
    crowd: crowdOf(world, random),
    random,
    toll: { candidateRequests: 0, failed: 0, harmed: 0 },
    instanceNames: { baseline: namesOf("baseline", world), candidate: namesOf("candidate", world) },
  };
  const moments = openMoments(world, random);
  // Of its own, so that what is lost on the way does not change what happens to users.
  const lossRandom = seededRandom(seed ^ 0x5bd1e995);
  const underWay: { readonly atS: number; readonly counts: IntervalCounts }[] = [];
  let index = 0;
  return {
    arrived(second) {
      const due: IntervalCounts[] = [];
      while (underWay[0] !== undefined && underWay[0].atS <= second) {
        const next = underWay.shift();
        if (next !== undefined) due.push({ ...next.counts, index });
        index += 1;
      }
      return due;
    },
    serve(second, exposure) {
      const moment = moments(second);
      const edges = serveSecond(scene, moment, exposure);
      for (const edge of edges) {
        if (isLost(world, second, lossRandom)) continue;
        const counts = intervalOf(edge, { world, second, exposure });
        underWay.push({ atS: second + 1 + world.telemetryDelayS, counts });
      }
    },
    requestsPerSecond: (second) => requestsPerSecondAt(world, second),
    exits: (second) => exitsBy(world, second),
    toll: () => ({
      candidateRequests: scene.toll.candidateRequests,
      requestsFailed: scene.toll.failed,
      requestsHarmed: scene.toll.harmed,
      usersExposed: countMet(scene.crowd, met.candidate),
      usersFailed: countMet(scene.crowd, met.candidateFailure),
      usersHarmed: countMet(scene.crowd, met.candidateFault),
    }),
  };
}

function requestsPerSecondAt({ requestsPerSecond, traffic }: World, second: number): number {
  let factor = 1;
  if (traffic?.wave !== undefined) {
    const { periodS, amplitude } = traffic.wave;
    factor += amplitude * Math.sin((2 * Math.PI * second) / periodS);
  }
  for (const burst of traffic?.bursts ?? []) if (isWithin(burst, second)) factor *= burst.factor;
  return requestsPerSecond * factor;
}

function exitsBy({ fault }: World, second: number): number {
  if (fault.exitsEveryS === undefined || second < fault.fromS) return 0;
  return 1 + Math.floor((second - fault.fromS) / fault.exitsEveryS);
}

function serveSecond(scene: Scene, moment: Moment, exposure: number): readonly EdgeCounting[] {
  const { world, random } = scene;
  const many = world.telemetry?.edges ?? 1;
  const edges = Array.from({ length: many }, () => newEdge(scene));
  let left = poisson(requestsPerSecondAt(world, moment.second), random);
  for (; left > 0; left -= 1) {
    const edge = edges[many === 1 ? 0 : Math.floor(random() * many)];
    assert(edge !== undefined, "random() is below 1");
    serveOne(scene, { moment, exposure, edge });
  }
  return edges;
}

interface Request {
  readonly moment: Moment;
  readonly edge: EdgeCounting;
  readonly user: number;
  /** What had happened to the user before. */
  readonly flags: number;
  readonly bucket: number;
  readonly arm: "baseline" | "candidate";
  readonly isFaulty: boolean;
  readonly instance: number;
}

function serveOne(
  scene: Scene,
  at: { readonly moment: Moment; readonly exposure: number; readonly edge: EdgeCounting },
): void {
  const { world, crowd, random } = scene;
  const { moment, edge } = at;
  const user = draw(crowd.activity, random);
  const bucket = crowd.bucket[user] ?? 0;
  const flags = crowd.flags[user] ?? 0;
  const isCandidate = bucket < at.exposure && (flags & met.misrouted) === 0;
  const arm = isCandidate ? "candidate" : "baseline";
  const isFaulty = isCandidate && meetsFault(world, moment, { flags, random });
  const instance = instanceOf(world, arm, random);
  const request = { moment, edge, user, flags, bucket, arm, isFaulty, instance } as const;
  countArrival(scene, request);
  countAnswer(scene, request);
}

function countArrival({ world, crowd, random }: Scene, request: Request): void {
  const { moment, arm, flags, isFaulty } = request;
  const counts = request.edge[arm];
  counts.requests += 1;
  if (random() < world.unkeyedRatio) counts.unkeyedRequests += 1;
  if ((flags & met[arm]) === 0) counts.usersFirstSeen += 1;
  if ((flags & (met.baseline | met.candidate)) === 0) counts.usersNew += 1;
  const shapes = isFaulty ? moment.faultyCells : moment.usualCells[arm];
  const shape = shapes[crowd.latencyClass[request.user] ?? 0];
  assert(shape !== undefined, "each class of users has its latencies");
  const cell = draw(shape, random);
  counts.latency[cell] = (counts.latency[cell] ?? 0) + 1;
  for (const { name, baseRatio, faultRatio } of world.custom ?? []) {
    countIn(counts.custom?.[name], random() < (isFaulty ? faultRatio : baseRatio));
  }
}

function countAnswer({ world, crowd, random, toll, instanceNames }: Scene, request: Request): void {
  const { moment, edge, user, flags, arm, instance } = request;
  const factor = (crowd.errorFactor[user] ?? 1) * (moment.instanceFactor[arm][instance] ?? 1);
  const base = Math.min(1, world.baseErrorRatio * moment.errorFactor * factor);
  const ratio = request.isFaulty ? faultyRatio(world, moment, { base, factor }) : base;
  // One draw for both releases: what fails above the base is what the baseline would have served.
  const chance = random();
  const isFailed = chance < ratio;
  const counts = edge[arm];
  if (arm === "candidate") {
    toll.candidateRequests += 1;
    toll.harmed += ratio - base;
    if (isFailed) toll.failed += 1;
  } else {
    countIn(edge.groups[Math.floor((request.bucket * groupCount) / bucketCount)], isFailed);
  }
  countIn(counts.instances?.[instanceNames[arm][instance] ?? ""], isFailed);
  if (isFailed) {
    counts.errors += 1;
    if ((flags & met.harm) === 0) counts.usersFirstHarmed += 1;
  }
  if (becomesStuck(crowd, user, isFailed)) counts.usersFirstStuck += 1;
  crowd.flags[user] = flags | met[arm] | (isFailed ? harmBits(arm, chance >= base) : 0);
}

/** The baseline is compared with itself by so many ranges of the hash. */
const groupCount = 10;

function harmBits(arm: "baseline" | "candidate", isByFault: boolean): number {
  if (arm === "baseline") return met.harm;
  return met.harm | met.candidateFailure | (isByFault ? met.candidateFault : 0);
}

function meetsFault(
  { fault }: World,
  moment: Moment,
  of: { readonly flags: number; readonly random: Random },
): boolean {
  if (moment.faultSize === 0 || (of.flags & met.cohort) === 0) return false;
  return fault.routeRatio === undefined || of.random() < fault.routeRatio;
}

function faultyRatio(
  world: World,
  moment: Moment,
  at: { readonly base: number; readonly factor: number },
): number {
  const { errorRatio } = world.fault;
  if (errorRatio === world.baseErrorRatio) return at.base;
  const full =
    errorRatio < userFaultRatioMax
      ? Math.min(1, errorRatio * moment.errorFactor * at.factor)
      : Math.max(at.base, errorRatio);
  return at.base + moment.faultSize * (full - at.base);
}

/** A fault of less than a tenth of requests is a matter of the user's data, a greater one of the code. */
const userFaultRatioMax = 0.1;

function instanceOf(world: World, arm: "baseline" | "candidate", random: Random): number {
  const many = world.instances?.[arm] ?? 1;
  return many === 1 ? 0 : Math.floor(random() * many);
}

function countIn(tally: Tally | undefined, isEvent: boolean): void {
  if (tally === undefined) return;
  tally.sample += 1;
  if (isEvent) tally.events += 1;
}

function newEdge({ world, instanceNames }: Scene): EdgeCounting {
  return {
    baseline: newArm(world, instanceNames.baseline),
    candidate: newArm(world, instanceNames.candidate),
    groups: Array.from({ length: groupCount }, () => ({ events: 0, sample: 0 })),
  };
}

function newArm(world: World, instances: readonly string[]): Counting {
  return {
    requests: 0,
    errors: 0,
    connectionFailures: 0,
    unkeyedRequests: 0,
    usersFirstHarmed: 0,
    usersFirstSeen: 0,
    usersNew: 0,
    usersFirstStuck: 0,
    latency: Array.from({ length: latencyCells }, () => 0),
    ...(world.instances === undefined ? {} : { instances: talliesOf(instances) }),
    ...(world.custom === undefined
      ? {}
      : { custom: talliesOf(world.custom.map(({ name }) => name)) }),
  };
}

function talliesOf(names: readonly string[]): Tallies {
  return Object.fromEntries(names.map((name) => [name, { events: 0, sample: 0 }]));
}

function namesOf(arm: "baseline" | "candidate", world: World): readonly string[] {
  return Array.from({ length: world.instances?.[arm] ?? 1 }, (_, index) => `ins_${arm}${index}`);
}

function isLost({ telemetry }: World, second: number, random: Random): boolean {
  const isDropped = telemetry?.lostRatio !== undefined && random() < telemetry.lostRatio;
  const isInGap = telemetry?.gaps?.some((gap) => gap.arm === undefined && isWithin(gap, second));
  return isDropped || isInGap === true;
}

function intervalOf(
  edge: EdgeCounting,
  at: { readonly world: World; readonly second: number; readonly exposure: number },
): IntervalCounts {
  const { world, second, exposure } = at;
  const blind = world.telemetry?.gaps?.filter((gap) => isWithin(gap, second));
  const seen = (arm: "baseline" | "candidate") =>
    blind?.some((gap) => gap.arm === arm) === true ? newArm(world, []) : edge[arm];
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an id of the synthetic world
    rollout: "rol_synthetic000" as RolloutId,
    index: 0,
    startAt: second * 1000,
    endAt: second * 1000 + 1000,
    exposure,
    baseline: seen("baseline"),
    candidate: seen("candidate"),
    groups: edge.groups,
  };
}
