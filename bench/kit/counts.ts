/** Interval counts of a steady, healthy service, drawn once with a seed: input for the engine's bench. */
import type { foldInterval } from "#delivery/rollout";

export type IntervalCounts = Parameters<typeof foldInterval>[1];
type ArmCounts = IntervalCounts["candidate"];

/** Cells of the edge's histogram: bounds from 1 ms by factors of 2^(1/3), and one for what is slower. */
const latencyCells = 49;
const requestsPerSecond = 100;
const share = 0.2;
const errorRatio = 0.01;
const latencyMsMedian = 50;
const latencyLogSd = 0.8;

/** One interval a second, with all counts that an edge and a metric source can bring. */
export function recorded(of: {
  readonly seconds: number;
  readonly seed: number;
}): readonly IntervalCounts[] {
  const random = generator(of.seed);
  return Array.from({ length: of.seconds }, (_, second) => {
    const sizes = Array.from({ length: requestsPerSecond }, () => random() < share);
    const inside = sizes.filter(Boolean).length;
    return {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an id of nothing that exists
      rollout: "rol_000000000000" as IntervalCounts["rollout"],
      index: second,
      startAt: second * 1000,
      endAt: second * 1000 + 1000,
      exposure: share * 10_000,
      baseline: arm(requestsPerSecond - inside, random),
      candidate: arm(inside, random),
    };
  });
}

function arm(requests: number, random: () => number): ArmCounts {
  const latency = Array.from({ length: latencyCells }, () => 0);
  let errors = 0;
  for (let left = requests; left > 0; left -= 1) {
    const ms = latencyMsMedian * Math.exp(latencyLogSd * normal(random));
    const cell = Math.max(0, Math.min(latencyCells - 1, Math.ceil(3 * Math.log2(ms))));
    latency[cell] = (latency[cell] ?? 0) + 1;
    if (random() < errorRatio) errors += 1;
  }
  const usersNew = Math.round(requests * random() * 0.1);
  const half = Math.floor(requests / 2);
  const part = { events: 0, sample: half };
  return {
    requests,
    errors,
    connectionFailures: 0,
    unkeyedRequests: 0,
    usersFirstHarmed: errors,
    usersFirstSeen: usersNew,
    latency,
    usersNew,
    instances: {
      ins_a: part,
      ins_b: { events: errors, sample: requests - half },
    } as NonNullable<ArmCounts["instances"]>,
    custom: { a: { events: errors, sample: requests }, b: part, c: { events: 0, sample: 5 } },
  };
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Park and Miller's minimal generator: enough for input that only has to be the same each time. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
