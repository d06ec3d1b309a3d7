/** The door with the stock SDKs in front of it and the real intake behind it. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import {
  AggregationTemporalityPreference,
  OTLPMetricExporter as JsonExporter,
} from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtobufExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { CompressionAlgorithm } from "@opentelemetry/otlp-exporter-base";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import {
  type Clock,
  type InstanceIdentity,
  type MetricMoment,
  type MetricTaking,
  machineActor,
  newId,
  parseAppName,
} from "#domain";
import { type OpenMetrics, openMetrics } from "#ground/observe";
import { assert as must } from "#std";
import { type Api, createApi } from "./create-api.ts";
import { crewAt } from "./crew.testing.ts";
import { nobodySignsIn } from "./nobody-signs-in.testing.ts";
import { shopAt, shopToken } from "./shop.testing.ts";

/** How far the clock is ahead. */
let aheadMs = 0;
const running = new Set<InstanceIdentity["instance"]>();
const whoRuns = async () => [...running];
const clock: Clock = {
  now: () => Date.now() + aheadMs,
  random: () => Math.random(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
  },
};
const silent = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };

let directory: string;
let metrics: OpenMetrics;
let api: Api;
let url: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "tidegate-metrics-"));
  const options = { dataDir: directory, apiUrl: "http://127.0.0.1:1", clock, log: silent };
  metrics = await openMetrics({ ...options, prometheus: "", running: whoRuns });
  api = await createApi({
    delivery: shopAt(Date.now()),
    people: crewAt(Date.now()),
    git: { handle: async (_request, response) => void response.end() },
    metrics,
    authenticate: async (token) => (token === shopToken ? machineActor : undefined),
    log: silent,
    clock,
    signIn: nobodySignsIn,
    origin: "http://localhost:7420",
    version: "0.1.0",
  });
  ({ url } = await api.listen());
});
after(async () => {
  await api.close();
  await rm(directory, { recursive: true, force: true });
});

const app = parseAppName("shop");
must(app.ok, "a good name");
const shop = app.value;

/** One that runs. */
function newInstance(): InstanceIdentity {
  const instance = newId("ins", () => clock.random());
  running.add(instance);
  return { app: shop, release: newId("rel", () => clock.random()), instance };
}

/** Its token was given out, and it never ran or ended long ago. */
function endedInstance(): InstanceIdentity {
  const identity = newInstance();
  running.delete(identity.instance);
  return identity;
}

/** What an instance of this identity is started with, aimed at this server. */
function environmentOf(identity: InstanceIdentity): Readonly<Record<string, string>> {
  const names = { ...identity, version: "v12", environment: "production" };
  return { ...metrics.environmentOf(names, {}), OTEL_EXPORTER_OTLP_ENDPOINT: url };
}

function headersOf(identity: InstanceIdentity): Readonly<Record<string, string>> {
  const given = environmentOf(identity)["OTEL_EXPORTER_OTLP_HEADERS"] ?? "";
  const [name = "", value = ""] = given.split(/=(.*)/s);
  return { [name]: decodeURIComponent(value) };
}

/** What a rollout between two instances would be given, once the apps have reported what `work` does. */
async function takingOf(
  arms: { readonly baseline: InstanceIdentity; readonly candidate: InstanceIdentity },
  work: () => Promise<void>,
): Promise<MetricTaking | undefined> {
  const [source] = metrics.sources;
  const watch = source?.watch({
    rollout: newId("rol", () => 0),
    app: shop,
    probes: [],
    guardrails: [
      {
        name: "checkout",
        tolerance: { ratio: 1.5 },
        metric: { from: "otlp", events: `payments{outcome="failed"}`, sample: "payments" },
      },
      {
        name: "slow",
        tolerance: { ratio: 1.5 },
        metric: { from: "otlp", events: "duration", sample: "duration" },
      },
    ],
  });
  must(watch !== undefined, "the first source is the apps' own");
  const processType = "web";
  const moment = (now: number): MetricMoment => ({
    now,
    arms: {
      baseline: {
        ...arms.baseline,
        version: "v11",
        instances: [{ id: arms.baseline.instance, processType }],
      },
      candidate: {
        ...arms.candidate,
        version: "v12",
        instances: [{ id: arms.candidate.instance, processType }],
      },
    },
    requests: { baseline: 0, candidate: 0 },
  });
  // A second earlier than it is: reports count when they are newer than the last look.
  watch.look(moment(Date.now() - 60_000));
  await work();
  const { taking } = watch.look(moment(Date.now() + 60_000));
  watch.close();
  return taking;
}

type Exporter = ProtobufExporter | JsonExporter;

async function reportFromNode(exporter: Exporter, failed: number): Promise<void> {
  const provider = new MeterProvider({
    // What an app says of itself is not who it is.
    resource: resourceFromAttributes({ "service.name": "another", "service.instance.id": "x" }),
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
  });
  const meter = provider.getMeter("shop");
  const payments = meter.createCounter("payments");
  payments.add(10 - failed, { outcome: "paid" });
  await provider.forceFlush();
  payments.add(failed, { outcome: "failed" });
  const duration = meter.createHistogram("duration");
  for (let count = 0; count < 4; count += 1) duration.record(count);
  await provider.forceFlush();
  await provider.shutdown(); // exports once more: nothing of it may count again
}

const optionsOf = (
  identity: InstanceIdentity,
  temporalityPreference: AggregationTemporalityPreference,
) => ({
  url: `${url}/v1/metrics`,
  headers: headersOf(identity),
  temporalityPreference,
  compression: CompressionAlgorithm.GZIP,
});

const { CUMULATIVE, DELTA } = AggregationTemporalityPreference;
const kinds = [
  ["protobuf, cumulative", ProtobufExporter, CUMULATIVE],
  ["protobuf, delta", ProtobufExporter, DELTA],
  ["JSON, cumulative", JsonExporter, CUMULATIVE],
  ["JSON, delta", JsonExporter, DELTA],
] as const;
for (const [kind, Made, temporalityPreference] of kinds) {
  test(`the stock SDK for Node reports counters and histograms: ${kind}`, async () => {
    const arms = { baseline: newInstance(), candidate: newInstance() };
    const taking = await takingOf(arms, async () => {
      await reportFromNode(new Made(optionsOf(arms.baseline, temporalityPreference)), 1);
      await reportFromNode(new Made(optionsOf(arms.candidate, temporalityPreference)), 6);
    });
    const slow = { events: 4, sample: 4 };
    assert.deepEqual(taking?.baseline, { checkout: { events: 1, sample: 10 }, slow });
    assert.deepEqual(taking?.candidate, { checkout: { events: 6, sample: 10 }, slow });
  });
}

const imports = "import opentelemetry.exporter.otlp.proto.http.metric_exporter";
const hasPython = spawnSync("python3", ["-c", imports]).status === 0;
const pythonReporter = `
import sys
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
provider = MeterProvider(metric_readers=[PeriodicExportingMetricReader(OTLPMetricExporter())])
meter = provider.get_meter("shop")
payments = meter.create_counter("payments")
failed = int(sys.argv[1])
payments.add(10 - failed, {"outcome": "paid"})
provider.force_flush()
payments.add(failed, {"outcome": "failed"})
duration = meter.create_histogram("duration")
for value in range(4):
    duration.record(value)
provider.shutdown()
`;

async function reportFromPython(identity: InstanceIdentity, failed: number): Promise<void> {
  // Exactly the environment an instance is given: no setting is the app's own.
  const child = spawn("python3", ["-c", pythonReporter, String(failed)], {
    env: { PATH: process.env["PATH"], ...environmentOf(identity) },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  assert.equal(code, 0);
}

test(
  "the stock SDK for Python reports, with the environment an instance is given and nothing else",
  {
    skip:
      !hasPython &&
      "python3 -m pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http",
  },
  async () => {
    const arms = { baseline: newInstance(), candidate: newInstance() };
    const taking = await takingOf(arms, async () => {
      await reportFromPython(arms.baseline, 1);
      await reportFromPython(arms.candidate, 6);
    });
    assert.deepEqual(taking?.baseline["checkout"], { events: 1, sample: 10 });
    assert.deepEqual(taking?.candidate["checkout"], { events: 6, sample: 10 });
    assert.deepEqual(taking?.candidate["slow"], { events: 4, sample: 4 });
  },
);

async function statusOf(path: string, authorization: string | undefined): Promise<number> {
  const response = await fetch(`${url}${path}`, {
    method: path === "/v1/metrics" ? "POST" : "GET",
    headers: {
      "content-type": "application/json",
      ...(authorization === undefined ? {} : { authorization }),
    },
    ...(path === "/v1/metrics" ? { body: "{}" } : {}),
  });
  await response.body?.cancel();
  return response.status;
}

const bearerOf = (identity: InstanceIdentity): string => headersOf(identity)["authorization"] ?? "";

// oxfmt-ignore
const doors: readonly (readonly [claim: string, path: string, authorization: () => string | undefined, status: number])[] = [
  ["an instance's token opens its door", "/v1/metrics", () => bearerOf(newInstance()), 200],
  ["that of an instance which does not run opens nothing", "/v1/metrics", () => bearerOf(endedInstance()), 401],
  ["no token opens nothing", "/v1/metrics", () => undefined, 401],
  ["the admin's token does not report", "/v1/metrics", () => `Bearer ${shopToken}`, 401],
  ["a token with another code is refused", "/v1/metrics", () => bearerOf(newInstance()).replace(/.$/, (last) => (last === "A" ? "E" : "A")), 401],
  ["a token for another instance is refused", "/v1/metrics", () => bearerOf(newInstance()).replace(newInstance().instance.slice(0, 4), "rel_"), 401],
  ["an instance's token opens nothing else", "/api/v1/apps", () => bearerOf(newInstance()), 401],
];
for (const [claim, path, authorization, status] of doors) {
  test(`access: ${claim}`, async () => {
    assert.equal(await statusOf(path, authorization()), status);
  });
}

test("an instance that ends may report for moments, and then its token is worth nothing", async () => {
  const identity = newInstance();
  assert.equal(await statusOf("/v1/metrics", bearerOf(identity)), 200);
  running.delete(identity.instance);
  assert.equal(await statusOf("/v1/metrics", bearerOf(identity)), 200);
  aheadMs += 10_001;
  assert.equal(await statusOf("/v1/metrics", bearerOf(identity)), 401);
  assert.equal(await statusOf("/v1/metrics", bearerOf(newInstance())), 200);
  aheadMs = 0;
});

test("a token stays good when the server starts again, and is another in another data directory", async () => {
  const other = await mkdtemp(join(tmpdir(), "tidegate-metrics-"));
  const identity = newInstance();
  const token = bearerOf(identity).replace("Bearer ", "");
  const options = { apiUrl: url, clock, log: silent, prometheus: "", running: whoRuns };
  const again = await openMetrics({ ...options, dataDir: directory });
  const elsewhere = await openMetrics({ ...options, dataDir: other });
  await rm(other, { recursive: true });
  assert.deepEqual(await again.identityOf(token), identity);
  assert.equal(await elsewhere.identityOf(token), undefined);
});

// oxfmt-ignore
const environments: readonly (readonly [claim: string, given: Readonly<Record<string, string>>, expected: Readonly<Record<string, string | undefined>>])[] = [
  ["what the app sets stays", { OTEL_SERVICE_NAME: "mine" }, { OTEL_SERVICE_NAME: "mine", OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf" }],
  ["an app that reports elsewhere is given no token of ours", { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" }, { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318", OTEL_EXPORTER_OTLP_HEADERS: undefined }],
  ["nor one that reports its metrics elsewhere", { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "http://collector:4318/v1/metrics" }, { OTEL_EXPORTER_OTLP_ENDPOINT: undefined, OTEL_EXPORTER_OTLP_HEADERS: undefined }],
  ["all others export often", {}, { OTEL_METRIC_EXPORT_INTERVAL: "5000", OTEL_SERVICE_NAME: "shop" }],
];
for (const [claim, given, expected] of environments) {
  test(`environment: ${claim}`, () => {
    const names = { ...newInstance(), version: "v12", environment: "production" };
    const environment = metrics.environmentOf(names, given);
    const found = Object.fromEntries(
      Object.keys(expected).map((name) => [name, environment[name]]),
    );
    assert.deepEqual(found, expected);
  });
}
