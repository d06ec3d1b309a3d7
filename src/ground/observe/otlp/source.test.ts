import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Arm,
  type InstanceId,
  type MetricCounts,
  type MetricMoment,
  type MetricProblem,
  newId,
  parseAppName,
} from "#domain";
import { assert as must } from "#std";
import { pointsOf } from "./points.ts";
import { otlpSource } from "./source.ts";
import { openTotals } from "./totals.ts";

const app = parseAppName("shop");
must(app.ok, "a good name");
const shop = app.value;
const [baseRelease, nextRelease] = [newId("rel", () => 0), newId("rel", () => 0.5)];
const instanceOf = (index: number): InstanceId => {
  let digits = index; // base 32, the lowest first
  const digit = (): number => {
    const one = (digits % 32) / 32;
    digits = Math.floor(digits / 32);
    return one;
  };
  return newId("ins", digit);
};
const serverAt = 1_000_000;
const nanos = (at: number): bigint => BigInt(serverAt + at) * 1_000_000n;
const armNames: readonly Arm[] = ["baseline", "candidate"];

/** One process of an app; times are milliseconds since the server began. */
interface Process {
  readonly index: number;
  readonly arm: Arm;
  readonly startedAt: number;
  /** Exports once more then. */
  readonly endsAt?: number;
  /** Not said to be ready between these, though it goes on. */
  readonly away?: readonly [from: number, to: number];
  readonly exportsEveryMs: number;
  /** Values of its counters since it began. */
  readonly failures: (at: number) => number;
}

interface World {
  readonly processes: readonly Process[];
  readonly requests: (arm: Arm, at: number) => number;
  readonly sample?: string;
  /** When the rollout is looked at first, and last. */
  readonly from: number;
  readonly until: number;
  /** When another controller takes over: it begins anew, and the totals stay. */
  readonly handedOverAt?: number;
}

const lookEveryMs = 1_000;
const stepMs = 500;

function exportsAt({ startedAt, endsAt = Infinity, exportsEveryMs }: Process, at: number): boolean {
  const age = at - startedAt;
  return age > 0 && at <= endsAt && (age % exportsEveryMs === 0 || at === endsAt);
}

function openWorld({ sample }: World) {
  const totals = openTotals(serverAt);
  const metric = { from: "otlp" as const, events: "failures", ...(sample && { sample }) };
  const watch = () =>
    otlpSource(totals).watch({
      rollout: newId("rol", () => 0),
      app: shop,
      probes: [],
      guardrails: [{ name: "checkout", tolerance: { ratio: 1.5 }, metric }],
    });
  const tell = ({ index, startedAt, failures }: Process, at: number): void => {
    const number = (name: string, value: number) => ({
      name,
      kind: {
        case: "sum" as const,
        value: {
          isMonotonic: true,
          aggregationTemporality: 2,
          dataPoints: [
            {
              attributes: [],
              startTimeUnixNano: nanos(startedAt),
              timeUnixNano: nanos(at),
              flags: 0,
              kind: { case: "asDouble" as const, value },
            },
          ],
        },
      },
    });
    const value = Math.floor(failures(at - startedAt));
    const metrics = [number("failures", value), number("payments", value)];
    const read = pointsOf({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
    totals.take(instanceOf(index), { at: serverAt + at, ...read });
  };
  return { watch, tell };
}

function momentAt({ processes, requests }: World, at: number): MetricMoment {
  const isListed = ({ startedAt, endsAt = Infinity, away: [from, to] = [0, 0] }: Process) =>
    startedAt <= at && at < endsAt && (at < from || at >= to);
  const armOf = (arm: Arm) => ({
    release: arm === "baseline" ? baseRelease : nextRelease,
    version: arm,
    instances: processes
      .filter((one) => one.arm === arm && isListed(one))
      .map(({ index }) => ({ id: instanceOf(index), processType: "web" })),
  });
  return {
    now: serverAt + at,
    arms: { baseline: armOf("baseline"), candidate: armOf("candidate") },
    requests: { baseline: requests("baseline", at), candidate: requests("candidate", at) },
  };
}

/** Sums all readings of a rollout. */
function countsOf(world: World): Readonly<Record<Arm, MetricCounts>> & {
  readonly problems: readonly MetricProblem[];
} {
  const { watch, tell } = openWorld(world);
  const counted = {
    baseline: { events: 0, sample: 0 },
    candidate: { events: 0, sample: 0 },
  };
  let problems: readonly MetricProblem[] = [];
  let watching = watch();
  for (let at = 0; at <= world.until; at += stepMs) {
    for (const one of world.processes.filter((each) => exportsAt(each, at))) tell(one, at);
    if (at < world.from || at % lookEveryMs !== 0) continue;
    if (at === world.handedOverAt) watching = watch();
    const seen = watching.look(momentAt(world, at));
    watching.settle();
    problems = seen.problems;
    for (const arm of armNames) {
      const { events, sample } = seen.taking?.[arm]["checkout"] ?? { events: 0, sample: 0 };
      counted[arm].events += events;
      counted[arm].sample += sample;
    }
  }
  return { ...counted, problems };
}

const perSecond = (rate: number) => (ms: number) => (rate * ms) / 1_000;
const baseline: Process = {
  index: 0,
  arm: "baseline",
  startedAt: -60_000,
  exportsEveryMs: 5_000,
  failures: perSecond(1),
};
const candidate: Process = {
  ...baseline,
  index: 1,
  arm: "candidate",
  startedAt: 10_000,
  failures: perSecond(10),
};

test("otlp: what a candidate counts from its first moment on counts", () => {
  const { candidate: found } = countsOf({
    processes: [baseline, candidate],
    requests: () => 0,
    sample: "payments",
    from: 10_000,
    until: 70_000,
  });
  assert.deepEqual(found, { events: 600, sample: 600 });
});

test("otlp: a candidate that is replaced every 10 s loses none of its failures", () => {
  const lives = Array.from({ length: 6 }, (_, index) => ({
    ...candidate,
    index: index + 1,
    startedAt: 10_000 + 10_000 * index,
    endsAt: 20_000 + 10_000 * index,
  }));
  const last = { ...candidate, index: 7, startedAt: 70_000, failures: () => 0 };
  const { candidate: found } = countsOf({
    processes: [baseline, ...lives, last],
    requests: () => 0,
    sample: "payments",
    from: 10_000,
    until: 80_000,
  });
  assert.deepEqual(found, { events: 600, sample: 600 });
});

test("otlp: a controller that follows another counts nothing twice", () => {
  const world: World = {
    processes: [
      baseline,
      candidate,
      { ...candidate, index: 2, startedAt: 15_000, away: [48_500, 55_000] },
    ],
    requests: () => 0,
    sample: "payments",
    from: 10_000,
    until: 70_000,
  };
  const truth = 600 + 550;
  assert.equal(countsOf(world).candidate.events, truth);
  const { events } = countsOf({ ...world, handedOverAt: 49_000 }).candidate;
  // The last take before was at 45 s and the first base after at 50 s; of the one that was away, at 55 s.
  assert.equal(events, truth - 50 - 50 - 50);
});

test("otlp: after a start of the server, what was counted before it is a base, and so are its requests", () => {
  const old = { ...candidate, startedAt: -30_000 };
  const found = countsOf({
    processes: [baseline, old],
    requests: (arm, at) => perSecond(arm === "candidate" ? 20 : 10)(at),
    from: 0,
    until: 60_000,
  });
  assert.deepEqual(found.candidate, { events: 550, sample: 1_100 });
  assert.deepEqual(found.baseline, { events: 55, sample: 550 });
});

/** The candidate's double every 10 s. */
const growing = (arm: Arm, at: number): number =>
  arm === "baseline" ? (at / 1_000) * 100 : 100 * (2 ** (Math.max(0, at - 10_000) / 10_000) - 1);

const failing = (one: Process): Process => ({
  ...one,
  failures: (ms) => growing(one.arm, one.startedAt + ms) / 10, // a tenth, in both arms
});

test("otlp: while exposure grows, requests are counted up to the last report and no further", () => {
  const found = countsOf({
    processes: [
      failing({ ...baseline, startedAt: 1_500 }),
      failing({ ...candidate, startedAt: 9_500 }),
    ],
    requests: (arm, at) => Math.floor(growing(arm, at)),
    from: 10_000,
    until: 70_000,
  });
  for (const arm of armNames) {
    const { events, sample } = found[arm];
    assert.ok(sample > 2_000, `${arm} has a sample of ${sample}`);
    assert.ok(Math.abs(events / sample - 0.1) < 0.001, `${arm}: ${events} of ${sample}`);
  }
});

test("otlp: a counter with values that are no count holds its guardrail", () => {
  const { candidate: found, problems } = countsOf({
    processes: [baseline, { ...candidate, failures: () => 1e300 }],
    requests: () => 0,
    sample: "payments",
    from: 10_000,
    until: 30_000,
  });
  assert.deepEqual(found, { events: 0, sample: 0 });
  assert.match(problems[0]?.because ?? "", /^failures of candidate is no count: .*whole number/);
});
