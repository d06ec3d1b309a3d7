/**
 * A scenario: a world, a policy and what is claimed of them, as a YAML file. `scenario-form.ts` gives the
 * whole form; everything in it may be left out: an empty file is a healthy change of a service with 100
 * requests per second.
 */
import { bucketCount, type InvalidInput, type RolloutPolicy } from "#domain";
import { err, type JsonSchema, object, ok, type Reader, type Result, some } from "#std";
import { parseYaml } from "#std/yaml";
import { scenarioBytesMax, scenarioRequestsMax } from "../limits.ts";
import { defaultRolloutPolicy } from "../policy.ts";
import { scenarioMembers } from "./scenario-form.ts";
import type { CustomCounter, Fault, Incident, Span, Wander, World } from "./world.ts";

export interface Scenario {
  readonly title: string;
  readonly world: World;
  readonly policy: RolloutPolicy;
  readonly claims: Claims;
  /** How often, and from which seed on, it is run unless told otherwise. */
  readonly runs: number;
  readonly seed: number;
}

/** What a file claims under `expect`: shares 0..1, durations in ms. */
export type Claims = Members["expect"];

/** Reads a scenario file; `policyForm` reads its `rollout` section. */
export function parseScenario(
  source: string,
  file: string,
  policyForm: Reader<RolloutPolicy>,
): Result<Scenario, InvalidInput> {
  // A character has at least a byte, and what is much too long is not worth counting.
  if (source.length > scenarioBytesMax) {
    const expected = `at most ${scenarioBytesMax} characters`;
    const found = `${source.length} characters`;
    return err({ code: "invalid_input", field: file, file, found, expected });
  }
  const document = parseYaml(source, file);
  if (!document.ok) return document;
  const empty = { kind: "map", line: 1, entries: [] } as const;
  const read = scenarioForm(policyForm)(document.value ?? empty, "");
  if (!read.ok) return err({ ...read.error, file });
  const scenario = scenarioOf(read.value);
  const { requestsPerSecond, durationS } = scenario.world;
  if (requestsPerSecond * durationS <= scenarioRequestsMax) return ok(scenario);
  return err({
    code: "invalid_input",
    file,
    field: "traffic.requestsPerSecond",
    found: `${requestsPerSecond} for ${durationS} s`,
    expected: `at most ${scenarioRequestsMax} requests in a run`,
  });
}

/** The JSON Schema of scenario files. */
export function scenarioSchema(policyForm: Reader<RolloutPolicy>): JsonSchema {
  return scenarioForm(policyForm).schema;
}

function scenarioForm(policyForm: Reader<RolloutPolicy>) {
  return object({ ...scenarioMembers, rollout: policyForm });
}

type Whole = Extract<ReturnType<ReturnType<typeof scenarioForm>>, { readonly ok: true }>["value"];
type Members = Omit<Whole, "rollout">;

function scenarioOf(read: Whole): Scenario {
  const { title, rollout = defaultRolloutPolicy, expect, runs, seed } = read;
  return { title, world: worldOf(read), policy: rollout, claims: expect, runs, seed };
}

const seconds = (ms: number): number => ms / 1000;

function worldOf(read: Members): World {
  const durationS = Math.ceil(seconds(read.duration));
  const { users, base, telemetry, incidents, instances, counters } = read;
  return {
    users: users.count,
    requestsPerSecond: read.traffic.requestsPerSecond,
    zipf: users.activity,
    userErrorLogSd: users.errorSpread,
    userLatencyLogSd: users.latencySpread,
    unkeyedRatio: users.withoutKey,
    ...some("misroutedRatio", users.misrouted),
    baseErrorRatio: base.errors,
    latencyMsMedian: base.latency.median,
    latencyLogSd: base.latency.spread,
    telemetryDelayS: seconds(telemetry.delay),
    telemetry: telemetryOf(telemetry, durationS),
    durationS,
    traffic: trafficOf(read.traffic, durationS),
    ...some("drift", base.drift && driftOf(base.drift)),
    ...some("incidents", incidents && incidentsOf(incidents, durationS)),
    ...some("instances", instances && { ...instances, wander: wanderOf(instances.wander) }),
    ...some("custom", counters && countersOf(counters)),
    ...exposureOf(read.controller, durationS),
    fault: faultOf(read.candidate, base.errors),
  };
}

function spanOf(span: { readonly at: number; readonly for?: number }, durationS: number): Span {
  const forS = span.for === undefined ? durationS : seconds(span.for);
  return { fromS: seconds(span.at), forS };
}

type WanderRead = NonNullable<Members["instances"]>["wander"];
function wanderOf({ spread, correlation, every }: WanderRead): Wander {
  return { logSd: spread, ar: correlation, stepS: seconds(every) };
}

function driftOf(read: NonNullable<Members["base"]["drift"]>): World["drift"] {
  return {
    ...some("errors", read.errors && wanderOf(read.errors)),
    ...some("latency", read.latency && wanderOf(read.latency)),
  };
}

function trafficOf(
  { wave, bursts = [] }: Members["traffic"],
  durationS: number,
): NonNullable<World["traffic"]> {
  return {
    ...some("wave", wave && { periodS: seconds(wave.period), amplitude: wave.amplitude }),
    bursts: bursts.map((burst) => ({ ...spanOf(burst, durationS), factor: burst.factor })),
  };
}

function incidentsOf(
  read: NonNullable<Members["incidents"]>,
  durationS: number,
): readonly Incident[] {
  return read.map((incident) => ({
    ...spanOf(incident, durationS),
    factor: incident.errors,
    latencyFactor: incident.latency,
  }));
}

function countersOf(read: NonNullable<Members["counters"]>): readonly CustomCounter[] {
  return Object.entries(read).map(([name, { base, candidate = base }]) => ({
    name,
    baseRatio: base,
    faultRatio: candidate,
  }));
}

function telemetryOf(
  { edges, lost, gaps }: Members["telemetry"],
  durationS: number,
): NonNullable<World["telemetry"]> {
  return {
    edges,
    lostRatio: lost,
    gaps: gaps.map((gap) => ({ ...spanOf(gap, durationS), ...some("arm", gap.arm) })),
  };
}

function exposureOf(
  { exposure, ramp, restarts }: Members["controller"],
  durationS: number,
): Pick<World, "exposureFixed" | "ramp" | "controllerRestartsAtS"> {
  const steps = ramp?.map((step) => ({
    exposure: bucketsOf(step.exposure),
    forS: step.for === undefined ? durationS : seconds(step.for),
  }));
  const restartsAtS = restarts?.map((ms) => Math.round(seconds(ms)));
  return {
    ...some("exposureFixed", exposure === undefined ? undefined : bucketsOf(exposure)),
    ...some("ramp", steps),
    ...some("controllerRestartsAtS", restartsAtS),
  };
}

function bucketsOf(share: number): number {
  return Math.round(share * bucketCount);
}

function faultOf(read: Members["candidate"], baseErrorRatio: number): Fault {
  const { errors = baseErrorRatio, latency, slow, coldStart, grows, exitsEvery } = read;
  return {
    errorRatio: errors,
    fromS: seconds(read.from),
    latencyFactor: latency,
    slowRatio: slow.share,
    slowMs: slow.by,
    ...some("growsOverS", grows === undefined ? undefined : seconds(grows)),
    ...some("cohortRatio", read.users),
    ...some("routeRatio", read.requests),
    ...some("coldStart", coldStart && { factor: coldStart.factor, forS: seconds(coldStart.for) }),
    ...some("exitsEveryS", exitsEvery === undefined ? undefined : seconds(exitsEvery)),
  };
}
