import assert from "node:assert/strict";
import { test } from "node:test";
import { err, ok, type Result, Wakes } from "#std";
import {
  type FenceLost,
  type InstanceId,
  type IntervalCounts,
  type InvalidInput,
  type Lease,
  type MetricMoment,
  type MetricProblem,
  type MetricReading,
  type MetricSource,
  type MetricTaking,
  newId,
  parseAppName,
  parseId,
  type Release,
  type Rollout,
} from "#domain";
import { instanceMemoryBytes, saturationSampleMs } from "./limits.ts";
import { type Look, firstLook } from "./look.ts";
import { measuring } from "./measure.ts";
import { defaultRolloutPolicy } from "./policy.ts";
import type { RolloutPorts } from "./ports.ts";

function parsed<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  assert.ok(result.ok);
  return result.value;
}

const app = parsed(parseAppName("shop"));
const baseline = parsed(parseId("rel", "rel_000000000001"));
const candidate = parsed(parseId("rel", "rel_000000000002"));
const policy = {
  ...defaultRolloutPolicy,
  guardrails: [
    ...defaultRolloutPolicy.guardrails,
    {
      name: "checkout",
      tolerance: { ratio: 1.5 },
      metric: { from: "otlp", events: "failures", sample: "payments" },
    },
  ],
} as const;

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what measuring reads of a rollout
const rollout = {
  id: parsed(parseId("rol", "rol_000000000001")),
  app,
  baseline,
  candidate,
  policy,
  exposure: 500,
  startedAt: 1_000,
} as unknown as Rollout;

const instance: InstanceId = newId("ins", () => 0);
const lease: Lease = { kind: "rollout", key: rollout.id, fence: 7, expiresAt: 0, attempt: 0 };
const taking: MetricTaking = {
  startAt: 2_000,
  endAt: 7_000,
  baseline: { checkout: { events: 1, sample: 100 } },
  candidate: { checkout: { events: 4, sample: 10 } },
};

/** A release as far as it is read: one instance serves, one has ended. */
function releaseOf(id: Release["id"], number: number): Release {
  const instances: Release["instances"] = [
    {
      id: instance,
      processType: "web",
      host: "127.0.0.1",
      port: 5_000,
      state: "ready",
      restarts: 0,
    },
    { id: newId("ins", () => 0.5), processType: "web", state: "exited", restarts: 1 },
  ];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what measuring reads of a release
  return {
    id,
    number,
    app,
    instances,
    crash: { exitsAt: [1, 2], lastExit: "out of memory (512 MiB)", isLoop: false },
  } as unknown as Release;
}

type Answer = "recorded" | "away" | "lost" | "refused";

/** One watch that offers the same until it is settled, over a store that answers as it is told. */
function open(answers: readonly Answer[], problems: readonly MetricProblem[] = []) {
  const seen = {
    moments: [] as MetricMoment[],
    readings: [] as MetricReading[],
    logged: [] as string[],
    settled: 0,
    memoryReads: 0,
    closed: 0,
    now: 10_000,
  };
  const source: MetricSource = {
    source: "metrics",
    watch: (request) => {
      assert.deepEqual(
        request.guardrails.map(({ name }) => name),
        ["checkout"],
      );
      return {
        look(moment) {
          seen.moments.push(moment);
          return { problems, ...(seen.settled > 0 || answers.length === 0 ? {} : { taking }) };
        },
        settle: () => void (seen.settled += 1),
        close: () => void (seen.closed += 1),
      };
    },
  };
  const left = [...answers];
  async function recordMetrics(
    reading: MetricReading,
    under?: Lease,
  ): Promise<Result<IntervalCounts, InvalidInput | FenceLost>> {
    assert.equal(under, lease);
    seen.readings.push(reading);
    const answer = left.shift() ?? assert.fail("nothing more is recorded");
    if (answer === "away") throw Object.assign(new Error("away"), { code: "unavailable" });
    if (answer === "lost") return err({ code: "fence_lost", work: "rollout" });
    if (answer === "refused") return err({ code: "invalid_input", field: "a", expected: "b" });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nobody looks at what was stored
    return ok({} as IntervalCounts);
  }
  const note = (level: string) => (event: string) => void seen.logged.push(`${level} ${event}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the ports that measuring uses
  const ports = {
    store: {
      recordMetrics,
      get: async (_kind: "release", id: Release["id"]) => ({
        body: releaseOf(id, id === baseline ? 11 : 12),
      }),
    },
    clock: { now: () => seen.now },
    log: { error: note("error"), warn: note("warn"), info: note("info"), debug: note("debug") },
    runtime: {
      memoryBytes: async () => {
        seen.memoryReads += 1;
        return 300_000_000;
      },
    },
    metrics: { sources: [source], environmentOf: () => ({}) },
    wakes: new Wakes(),
  } as unknown as RolloutPorts;
  const look: Look = firstLook(rollout, lease);
  return { seen, look, measure: measuring(ports) };
}

test("what both arms counted is recorded under the lease, and settled once it is", async () => {
  const { seen, look, measure } = open(["recorded"]);
  await measure.take(rollout, look);
  await measure.take(rollout, look);
  measure[Symbol.dispose]();
  assert.deepEqual(seen.readings, [
    { app, rollout: rollout.id, source: "metrics", id: "7.0", exposure: 500, ...taking },
  ]);
  assert.deepEqual([seen.settled, seen.closed], [1, 1]);
  assert.deepEqual(seen.moments[0]?.arms.candidate, {
    release: candidate,
    version: "v12",
    instances: [{ id: instance, processType: "web", address: { host: "127.0.0.1", port: 5_000 } }],
  });
});

// oxfmt-ignore
const answers: readonly (readonly [claim: string, answers: readonly Answer[], settled: number])[] = [
  ["a store that is away is given the same again", ["away", "recorded"], 1],
  ["who lost the lease settles nothing", ["lost", "lost"], 0],
  ["what the store refuses for good is not offered again", ["refused"], 1],
];
for (const [claim, given, settled] of answers) {
  test(`measuring: ${claim}`, async () => {
    const { seen, look, measure } = open(given);
    for (const answer of given) {
      const taken = measure.take(rollout, look);
      if (answer === "away") await assert.rejects(taken, { code: "unavailable" });
      else await taken;
    }
    assert.equal(seen.settled, settled);
    for (const reading of seen.readings) assert.deepEqual(reading, seen.readings[0]);
    assert.equal(seen.logged.includes("error rollout.reading_refused"), given.includes("refused"));
  });
}

test("a guardrail that is not measured is said with for how long, logged once, and forgotten", async () => {
  const problem = { guardrail: "checkout", code: "timed_out", because: "main is slow" } as const;
  const problems: MetricProblem[] = [problem];
  const { seen, look, measure } = open([], problems);
  await measure.take(rollout, look);
  seen.now += 30_000;
  await measure.take(rollout, look);
  const missing = { what: "metric", guardrail: "checkout", because: "main is slow" };
  assert.deepEqual(look.missing, { ...missing, forMs: 30_000 });
  assert.deepEqual(seen.logged, ["warn rollout.guardrail_not_measured"]);
  problems.length = 0;
  await measure.take(rollout, look);
  assert.equal(look.missing, undefined);
});

test("a rollout without a baseline, or without guardrails of its own, asks no source", async () => {
  const { seen, look, measure } = open(["recorded"]);
  const { baseline: _none, ...first } = rollout;
  await measure.take(first, look);
  await measure.take({ ...rollout, policy: defaultRolloutPolicy }, look);
  assert.deepEqual(seen.moments, []);
});

test("memory is sampled now and then where the policy asks for it, and an old sample serves between", async () => {
  const { seen, look, measure } = open([]);
  const saturated: Rollout = {
    ...rollout,
    policy: {
      ...defaultRolloutPolicy,
      guardrails: [{ name: "saturation", tolerance: { ratio: 1.5 } }],
    },
  };
  await measure.take(saturated, look);
  await measure.take(saturated, look);
  assert.equal(seen.memoryReads, 2, "once for each arm");
  seen.now += saturationSampleMs;
  await measure.take(saturated, look);
  assert.equal(seen.memoryReads, 4);
  assert.deepEqual(look.saturation, {
    candidateBytes: 300_000_000,
    baselineBytes: 300_000_000,
    limitBytes: instanceMemoryBytes,
    restarts: 2,
  });
});
