/** The form of a scenario file but for its policy, with a sentence and a default for each key. */
import {
  amount,
  defaulted,
  described,
  duration,
  listOf,
  mapOf,
  object,
  oneOf,
  share,
  text,
} from "#std";
import { scenarioDurationMsMax, scenarioUsersMax } from "../limits.ts";

const time = duration(scenarioDurationMsMax);
const positiveTime = duration(scenarioDurationMsMax, 1000);
const factor = amount({ least: 0, most: 1000 });
const spread = amount({ least: 0, most: 4 });
const count = (least: number, most: number) => amount({ least, most, isWhole: true });

const span = {
  at: defaulted("0s", described("From when on.", time)),
  for: described("For how long; default: to the end.", time),
};

const wander = object({
  spread: defaulted(0.3, described("Standard deviation of its logarithm.", spread)),
  correlation: defaulted(0.9, described("With itself one step earlier.", share())),
  every: defaulted("10s", described("Length of a step.", positiveTime)),
});

const traffic = object({
  requestsPerSecond: defaulted(
    100,
    described("Mean of a Poisson stream.", amount({ least: 0.001, most: 100_000 })),
  ),
  wave: described(
    "Rises and falls like a day.",
    object({
      period: defaulted("24h", positiveTime),
      amplitude: defaulted(0.5, described("Share of the mean.", share())),
    }),
  ),
  bursts: listOf(object({ ...span, factor: defaulted(5, described("Times the mean.", factor)) })),
});

const users = object({
  count: defaulted(3000, count(1, scenarioUsersMax)),
  activity: defaulted(
    1,
    described(
      "Exponent of Zipf's law; 0: all alike, 1: a tenth of the users makes most requests.",
      amount({ least: 0, most: 4 }),
    ),
  ),
  errorSpread: defaulted(
    1,
    described("How users' own error ratios differ: standard deviation of the logarithm.", spread),
  ),
  latencySpread: defaulted(0, described("How users' own latencies differ, likewise.", spread)),
  withoutKey: defaulted(0, described("Share of requests without a user key.", share())),
  misrouted: described(
    "Share of the candidate's users whom the edge wrongly sends to the baseline.",
    share(),
  ),
});

const base = object({
  errors: defaulted(0.01, described("Share of requests that fail in both arms.", share())),
  latency: defaulted(
    {},
    object({
      median: defaulted("50ms", duration(600_000, 1)),
      spread: defaulted(0.8, described("Standard deviation of the logarithm.", spread)),
    }),
  ),
  drift: described("How both arms wander together.", object({ errors: wander, latency: wander })),
});

const incident = object({
  ...span,
  errors: defaulted(8, described("Both arms' errors, times.", factor)),
  latency: defaulted(1, described("Both arms' latencies, times.", factor)),
});

const instances = object({
  baseline: defaulted(1, count(1, 1000)),
  candidate: defaulted(1, count(1, 1000)),
  wander: defaulted(
    { spread: 0 },
    described("How the error ratio of each wanders on its own.", wander),
  ),
});

const candidate = object({
  errors: described("Share of its requests that fail; default: as the base.", share()),
  latency: defaulted(1, described("Its latencies, times.", factor)),
  slow: defaulted(
    { share: 0 },
    described(
      "A share of its requests takes so much longer.",
      object({ share: defaulted(0.02, share()), by: defaulted("500ms", time) }),
    ),
  ),
  from: defaulted("0s", described("When the fault begins.", time)),
  grows: described("How long it takes to grow to its full size: a leak.", time),
  users: described("Share of users whom it can meet; default: all.", share()),
  requests: described("Share of requests that can meet it (a route); default: all.", share()),
  coldStart: described(
    "At first it is slower, decaying to normal, as a fresh baseline would be. No fault.",
    object({ factor: defaulted(5, factor), for: defaulted("2m", time) }),
  ),
  exitsEvery: described(
    "An instance exits when the fault begins, and then again and again.",
    positiveTime,
  ),
});

const counter = object({
  base: defaulted(0.01, described("Share of requests that are such an event.", share())),
  candidate: described("The same in requests that meet the fault; default: as the base.", share()),
});

const telemetry = object({
  delay: defaulted("2s", described("How late counts arrive.", duration(3_600_000))),
  edges: defaulted(1, described("Edge processes, each with counts of its own.", count(1, 64))),
  lost: defaulted(0, described("Share of an edge's intervals that never arrive.", share())),
  gaps: defaulted(
    [],
    described(
      "Times of which nothing arrives, or nothing of one arm.",
      listOf(object({ ...span, arm: oneOf(["baseline", "candidate"]) })),
    ),
  ),
});

const controller = object({
  exposure: described("Fixed, instead of the policy's own growth.", share()),
  ramp: described(
    "Fixed steps, instead of the policy's own growth; the last stays.",
    listOf(object({ exposure: share(), for: time }, ["exposure"])),
  ),
  restarts: described("When it dies and its successor reads all counts again.", listOf(time)),
});

const harmed = amount({ least: 0, most: 1e9 });
const expected = object({
  falseStops: described("Share of runs stopped without a fault: at most.", share()),
  stopped: described("Share of runs stopped after the fault began: at least.", share()),
  letIn: described("Share of runs that end with everybody in: at least.", share()),
  letInAtMost: described("Share of runs that end with everybody in: at most.", share()),
  detectedWithin: described("Median time from the first harm to the stop: at most.", time),
  detectedWithinP90: described("The same for nine runs in ten.", time),
  letInWithin: described("Median time until everybody is in: at most.", time),
  harmedMedian: described("Requests harmed beyond the base, median: at most.", harmed),
  harmedP95: described("Requests harmed beyond the base, 95th percentile: at most.", harmed),
  usersHarmedP95: described("Users harmed beyond the base, 95th percentile: at most.", harmed),
  exposureP95: described("Largest exposure before the end, 95th percentile: at most.", share()),
});

/** All of a file but the policy, whose form is the manifest's. */
export const scenarioMembers = {
  title: defaulted(
    "a scenario",
    described("What it shows, in a sentence.", text("a sentence", /^[^\0\n]{1,200}$/)),
  ),
  duration: defaulted("1h", described("How long a run lasts at most.", positiveTime)),
  runs: defaulted(100, described("How often it is run.", count(1, 1_000_000))),
  seed: defaulted(1, described("Of the first run; each run takes the next.", count(0, 2 ** 31))),
  traffic: defaulted({}, traffic),
  users: defaulted({}, users),
  base: defaulted({}, base),
  incidents: described("What happens to both arms alike.", listOf(incident)),
  instances,
  candidate: defaulted({}, described("What is wrong with it: nothing, if left out.", candidate)),
  counters: described(
    "What the app counts itself, by the name of a custom guardrail.",
    mapOf({ pattern: /^[A-Za-z][\w-]{0,62}$/, expected: "names of guardrails" }, counter, 10),
  ),
  telemetry: defaulted({}, telemetry),
  controller: defaulted({}, controller),
  expect: defaulted({}, described("Claims; the command exits with 1 if one is not met.", expected)),
};
