/** The source against Debian's Prometheus, which scrapes two counters of this test. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
} from "#domain";
import { readingIntervalMs } from "../limits.ts";
import { instantQuery } from "./instant-query.ts";
import { prometheusSource } from "./source.ts";

const hasPrometheus = spawnSync("prometheus", ["--version"]).status === 0;
const clock: Clock = {
  now: () => Date.now(),
  random: () => 0.5,
  // Polls follow each other closely: what is tested is what they add up to.
  sleep: async (_ms, signal) => {
    await delay(200, undefined, { signal }).catch(() => undefined);
  },
};
const app = parseAppName("shop");
assert.ok(app.ok);
const moment: () => MetricMoment = () => ({
  now: Date.now(),
  requests: { baseline: 0, candidate: 0 },
  arms: {
    baseline: { release: newId("rel", () => 0), version: "v1", instances: [] },
    candidate: { release: newId("rel", () => 0.5), version: "v2", instances: [] },
  },
});
const request = (server: string | undefined) => ({
  rollout: newId("rol", () => 0),
  app: app.value,
  probes: [],
  guardrails: [
    {
      name: "checkout",
      tolerance: { ratio: 1.5 },
      metric: {
        from: "prometheus" as const,
        events: `sum by (instance) (payment_failures_total{release="$release"})`,
        sample: `sum by (instance) (payments_total{release="$release"})`,
        ...(server === undefined ? {} : { server }),
      },
    },
  ],
});

/** Until it holds, or a minute is over. */
async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, `not within a minute: ${what}`);
    await delay(100);
  }
}

/** An app of two releases whose counters the test sets. */
async function openTarget() {
  const counters = { v1: { failures: 3, payments: 1_000 }, v2: { failures: 0, payments: 0 } };
  const state = { isDown: false };
  const server = createServer((_incoming, response) => {
    response.statusCode = state.isDown ? 500 : 200;
    const lines = Object.entries(counters).flatMap(([release, { failures, payments }]) => [
      `payment_failures_total{release="${release}"} ${failures}`,
      `payments_total{release="${release}"} ${payments}`,
    ]);
    response.setHeader("content-type", "text/plain; version=0.0.4");
    response.end(`${lines.join("\n")}\n`);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return { counters, state, address: `127.0.0.1:${address.port}`, close: () => server.close() };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return address.port;
}

async function openPrometheus(directory: string, targets: readonly string[]) {
  const port = await freePort();
  const config = join(directory, "prometheus.yml");
  await writeFile(
    config,
    `global:\n  scrape_interval: 500ms\nscrape_configs:\n  - job_name: shop\n    static_configs:\n      - targets: ${JSON.stringify(targets)}\n`,
  );
  const child: ChildProcess = spawn(
    "prometheus",
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=warn",
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
  });
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

test(
  "counters that Prometheus scraped are counted per arm by what they rose, and a hanging server is said",
  { skip: !hasPrometheus && "apt-get install prometheus" },
  async () => {
    const directory = await mkdtemp(join(tmpdir(), "tidegate-prometheus-"));
    const target = await openTarget();
    const prometheus = await openPrometheus(directory, [target.address]);
    const source = prometheusSource([{ name: "main", url: prometheus.url }], clock);
    const watch = source.watch(request("main"));
    const sums: Record<Arm, { events: number; sample: number }> = {
      baseline: { events: 0, sample: 0 },
      candidate: { events: 0, sample: 0 },
    };
    let problems: readonly MetricProblem[] = [];
    function look(): void {
      const seen = watch.look(moment());
      ({ problems } = seen);
      for (const arm of ["baseline", "candidate"] as const) {
        const counts: MetricCounts | undefined = seen.taking?.[arm]["checkout"];
        sums[arm].events += counts?.events ?? 0;
        sums[arm].sample += counts?.sample ?? 0;
      }
      watch.settle();
    }
    try {
      // At first nothing was scraped, or the server is not up: said, and never counted as none.
      await until("the first poll", () => (look(), problems.length > 0));
      await until("the server answers", () => (look(), problems.length === 0));
      target.counters.v1 = { failures: 5, payments: 1_100 };
      target.counters.v2 = { failures: 7, payments: 20 };
      await until("both arms rose", () => (look(), sums.candidate.sample === 20));
      await until("the baseline, too", () => (look(), sums.baseline.sample === 100));
      assert.deepEqual(sums.baseline, { events: 2, sample: 100 });
      assert.deepEqual(sums.candidate, { events: 7, sample: 20 });
      await prometheus.close();
      await until("the server is missed", () => (look(), problems[0]?.code === "unreachable"));
      assert.deepEqual(sums.candidate, { events: 7, sample: 20 }, "silence counts nothing");
    } finally {
      watch.close();
      await prometheus.close();
      target.close();
      await rm(directory, { recursive: true, force: true });
    }
  },
);

test(
  "an instance that Prometheus could not scrape for a while goes on from where it was",
  { skip: !hasPrometheus && "apt-get install prometheus" },
  async () => {
    const directory = await mkdtemp(join(tmpdir(), "tidegate-prometheus-"));
    const [one, other] = [await openTarget(), await openTarget()];
    const prometheus = await openPrometheus(directory, [one.address, other.address]);
    const server = { name: "main", url: prometheus.url };
    const [sums, polls] = [{ baseline: 0, candidate: 0 }, { count: 0 }];
    const counting: Clock = {
      ...clock,
      sleep: async (ms, signal) => {
        polls.count += 1;
        await clock.sleep(ms, signal);
      },
    };
    const watch = prometheusSource([server], counting).watch(request("main"));
    let now = 0;
    /** How many instances of v1 Prometheus knows of now. */
    const known = async (): Promise<number> => {
      const query = `sum by (instance) (payments_total{release="v1"})`;
      const answer = await instantQuery(server, query, new AbortController().signal);
      return answer.ok ? answer.value.length : 0;
    };
    const look = (): void => {
      now += readingIntervalMs;
      const { taking } = watch.look({ ...moment(), now });
      for (const arm of ["baseline", "candidate"] as const) {
        sums[arm] += taking?.[arm]["checkout"]?.sample ?? 0;
      }
      watch.settle();
    };
    const rise = (payments: number): void => {
      for (const { v1, v2 } of [one.counters, other.counters]) {
        v1.payments += payments;
        v2.payments += payments;
      }
    };
    try {
      await until("both are scraped", async () => (await known()) === 2);
      look();
      await until("their first values are found", () => polls.count > 1);
      rise(10);
      await until("both rose", () => (look(), sums.baseline === 20));
      other.state.isDown = true;
      await until("one is missing", async () => (await known()) === 1);
      rise(5);
      await until("the other one rose", () => (look(), sums.baseline === 25));
      other.state.isDown = false;
      await until("it is back", () => (look(), sums.baseline === 30));
      rise(1);
      await until("both go on", () => (look(), sums.baseline >= 32 && sums.candidate >= 32));
      assert.deepEqual(sums, { baseline: 32, candidate: 32 });
    } finally {
      watch.close();
      await prometheus.close();
      one.close();
      other.close();
      await rm(directory, { recursive: true, force: true });
    }
  },
);

/** Series by instance, or one without labels. */
type Answer = Readonly<Record<string, number>>;
type Sums = Record<Arm, { events: number; sample: number }>;

/** A server that gives the payments of v1 in turn, one answer a poll; of all else there is more each poll. */
async function openSequence(answers: readonly Answer[]) {
  const polls = { count: 0 };
  const server = createServer((incoming, response) => {
    let text = "";
    incoming.setEncoding("utf8");
    incoming.on("data", (chunk: string) => {
      text += chunk;
    });
    incoming.once("end", () => {
      const query = new URLSearchParams(text).get("query") ?? "";
      const isPlanned = query.includes("payments_total") && query.includes('"v1"');
      const nth = Math.min(polls.count, answers.length - 1);
      const answer = isPlanned ? answers[nth] : { other: polls.count };
      const result = Object.entries(answer ?? {}).map(([instance, value]) => ({
        metric: instance === "total" ? {} : { instance },
        value: [0, String(value)],
      }));
      response.end(JSON.stringify({ status: "success", data: { resultType: "vector", result } }));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { polls, url: `http://127.0.0.1:${address.port}`, close };
}

/** What is taken of the baseline in all, and what was said meanwhile. */
async function sumOf(answers: readonly Answer[]) {
  const { polls, url, close } = await openSequence(answers);
  const stepping: Clock = {
    ...clock,
    sleep: async (_ms, signal) => {
      polls.count += 1;
      await delay(1, undefined, { signal }).catch(() => undefined);
    },
  };
  const watch = prometheusSource([{ name: "main", url }], stepping).watch(request("main"));
  const sums: Sums = { baseline: { events: 0, sample: 0 }, candidate: { events: 0, sample: 0 } };
  const codes = new Set<string>();
  let now = 0;
  await until("each answer was given, and taken", () => {
    now += readingIntervalMs;
    const { taking, problems } = watch.look({ ...moment(), now });
    for (const { code } of problems) codes.add(code);
    sums.baseline.sample += taking?.baseline["checkout"]?.sample ?? 0;
    watch.settle();
    return polls.count > answers.length + 2;
  });
  watch.close();
  close();
  return { sample: sums.baseline.sample, codes: [...codes] };
}

// oxfmt-ignore
const sequences: readonly (readonly [claim: string, answers: readonly Answer[], sample: number, codes: readonly string[]])[] = [
  ["a total of which one part was not scraped", [{ total: 1_000_000 }, { total: 1_000_100 }, { total: 120 }, { total: 1_000_300 }], 300, []],
  ["a total that stays below where it was, which is said", [{ total: 1_000_000 }, { total: 1_000_100 }, { total: 120 }, { total: 190 }], 100, ["counter_fell"]],
  ["instances of which one was not scraped", [{ a: 1_000_000, b: 100 }, { a: 1_000_080, b: 120 }, { b: 120 }, { a: 1_000_170, b: 130 }], 200, []],
  ["an instance that started again", [{ a: 1_000_000, b: 100 }, { a: 10, b: 110 }, { a: 40, b: 110 }], 40, []],
];
for (const [claim, answers, sample, codes] of sequences) {
  test(`no count is invented: ${claim}`, async () => {
    assert.deepEqual(await sumOf(answers), { sample, codes });
  });
}

// oxfmt-ignore
const unknown: readonly (readonly [claim: string, server: string | undefined, servers: readonly string[], says: RegExp])[] = [
  ["no server is set up", undefined, [], /no Prometheus server is set up/],
  ["another is", "main", ["other"], /no Prometheus server is called main/],
];
for (const [claim, server, names, says] of unknown) {
  test(`a guardrail whose server is not known is not measured: ${claim}`, async () => {
    const servers = names.map((name) => ({ name, url: "http://127.0.0.1:1" }));
    const watch = prometheusSource(servers, clock).watch(request(server));
    let problem: MetricProblem | undefined;
    await until("it is said", () => {
      [problem] = watch.look(moment()).problems;
      return problem !== undefined;
    });
    watch.close();
    assert.equal(problem?.code, "unknown_server");
    assert.match(problem?.because ?? "", says);
  });
}
