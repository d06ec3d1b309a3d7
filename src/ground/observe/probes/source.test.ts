import assert from "node:assert/strict";
import { createServer, type RequestListener, type Server } from "node:http";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import {
  type Arm,
  type Clock,
  type MetricCounts,
  type MetricMoment,
  type MetricProblem,
  newId,
  parseAppName,
  type ProbePolicy,
} from "#domain";
import { metricSilenceMs, probeAnswerBytesMax, readingIntervalMs } from "../limits.ts";
import { probeSource } from "./source.ts";

const app = parseAppName("shop");
assert.ok(app.ok);

async function listening(listener: RequestListener) {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return {
    address: { host: "127.0.0.1", port: address.port },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Asked {
  readonly probe: ProbePolicy;
  readonly baseline: RequestListener;
  readonly candidate: RequestListener;
}

/** Counts of some pairs: rounds follow each other without a pause, and readings are taken at once. */
async function countsOf({ probe, baseline, candidate }: Asked, pairs = 3) {
  const arms = { baseline: await listening(baseline), candidate: await listening(candidate) };
  const time = { now: 1_000_000 };
  const clock: Clock = {
    now: () => time.now,
    random: () => 0.5,
    sleep: async (_ms, signal) => await delay(1, undefined, { signal }).catch(() => undefined),
  };
  const moment = (): MetricMoment => ({
    now: (time.now += readingIntervalMs),
    requests: { baseline: 0, candidate: 0 },
    arms: {
      baseline: armAt("v1", arms.baseline.address),
      candidate: armAt("v2", arms.candidate.address),
    },
  });
  const watch = probeSource(clock).watch({
    rollout: newId("rol", () => 0),
    app: app.ok ? app.value : assert.fail(),
    probes: [probe],
    guardrails: [
      {
        name: "probes",
        tolerance: { ratio: 1.5 },
        metric: { from: "probes", events: "failed", sample: "asked" },
      },
    ],
  });
  const sums: Record<Arm, { events: number; sample: number }> = {
    baseline: { events: 0, sample: 0 },
    candidate: { events: 0, sample: 0 },
  };
  try {
    for (let rounds = 0; sums.candidate.sample < pairs; rounds += 1) {
      assert.ok(rounds < 5_000, "probes are asked");
      const { taking } = watch.look(moment());
      for (const arm of ["baseline", "candidate"] as const) {
        const counts: MetricCounts | undefined = taking?.[arm]["probes"];
        sums[arm].events += counts?.events ?? 0;
        sums[arm].sample += counts?.sample ?? 0;
      }
      watch.settle();
      await delay(2);
    }
  } finally {
    watch.close();
    arms.baseline.close();
    arms.candidate.close();
  }
  assert.equal(sums.baseline.sample, sums.candidate.sample, "they are asked in pairs");
  return { baseline: sums.baseline.events > 0, candidate: sums.candidate.events > 0 };
}

function armAt(version: string, address: { readonly host: string; readonly port: number }) {
  const instance = { id: newId("ins", () => 0), processType: "web", address };
  return { release: newId("rel", () => 0), version, instances: [instance] };
}

const answer =
  (status: number, body = "ok"): RequestListener =>
  (_request, response) =>
    response.writeHead(status).end(body);
const good = answer(200);
const switchingHead =
  "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n";
const switching: RequestListener = (request) => void request.socket.end(switchingHead);
const slow: ProbePolicy = { path: "/a?b=1", everyMs: 500, timeoutMs: 200 };
const probe: ProbePolicy = { path: "/a?b=1", everyMs: 500, timeoutMs: 5_000 };
const created: ProbePolicy = { ...probe, expectStatus: 201 };

// oxfmt-ignore
const cases: readonly (readonly [claim: string, asked: ProbePolicy, candidate: RequestListener, isFailed: boolean])[] = [
  ["a good answer is right", probe, good, false],
  ["a redirect is right, and not followed", probe, answer(302), false],
  ["not found is wrong", probe, answer(404), true],
  ["a fault is wrong", probe, answer(500), true],
  ["the status that was asked for is right", { ...probe, expectStatus: 404 }, answer(404), false],
  ["another than the one asked for is wrong", created, good, true],
  ["no answer in time is wrong", slow, () => undefined, true],
  ["an answer that does not end in time is wrong", slow, (_request, response) => void response.writeHead(200).write("a"), true],
  ["a connection that is cut is wrong", probe, (request) => void request.socket.destroy(), true],
  ["an answer that is cut is wrong", probe, (_request, response) => void response.writeHead(200, { "content-length": 9 }).write("a", () => response.destroy()), true],
  ["a connection that is reset is wrong", probe, (request) => void request.socket.resetAndDestroy(), true],
  ["an answer that is reset is wrong", probe, (request, response) => void response.writeHead(200, { "content-length": 9 }).write("a", () => request.socket.resetAndDestroy()), true],
  ["another protocol, which nobody asked for, is wrong", probe, switching, true],
  ["another protocol that stays open is wrong", probe, (request) => void request.socket.write(switchingHead), true],
  ["an answer of any length is right, and not read to its end", probe, answer(200, "x".repeat(4 * probeAnswerBytesMax)), false],
];
for (const [claim, asked, candidate, isFailed] of cases) {
  test(`probes: ${claim}`, async () => {
    const baseline =
      asked === created ? answer(201) : asked.expectStatus === 404 ? candidate : good;
    const failed = await countsOf({ probe: asked, baseline, candidate });
    assert.deepEqual(failed, { baseline: false, candidate: isFailed });
  });
}

test("probes carry the app's own host name, path and query, and say what they are", async () => {
  const seen = new Set<string>();
  const listener: RequestListener = (request, response) => {
    const { host, "user-agent": agent } = request.headers;
    seen.add(`${request.method} ${request.url} ${host} ${agent}`);
    response.end();
  };
  await countsOf({ probe, baseline: listener, candidate: listener });
  assert.deepEqual([...seen], ["GET /a?b=1 shop.localhost tidegate-probe"]);
});

test("probes: an arm without an address is said to be missing, and counts nothing", async () => {
  const clock: Clock = {
    now: () => 0,
    random: () => 0.5,
    sleep: async (_ms, signal) => await delay(1, undefined, { signal }).catch(() => undefined),
  };
  const watch = probeSource(clock).watch({
    rollout: newId("rol", () => 0),
    app: app.ok ? app.value : assert.fail(),
    probes: [probe],
    guardrails: [
      { name: "probes", tolerance: { ratio: 2 }, metric: { from: "probes", events: "a" } },
    ],
  });
  const arms = {
    baseline: armAt("v1", { host: "127.0.0.1", port: 1 }),
    candidate: { ...armAt("v2", { host: "", port: 1 }), instances: [] },
  };
  const look = (now: number) => watch.look({ now, arms, requests: { baseline: 0, candidate: 0 } });
  look(0);
  await delay(20);
  const { taking, problems } = look(metricSilenceMs);
  watch.close();
  assert.equal(taking, undefined);
  assert.deepEqual(
    problems.map(({ code }: MetricProblem) => code),
    ["no_data"],
  );
});
