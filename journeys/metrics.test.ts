/** What only the app itself can count, and what only probes can see, stops a change like an error does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "./support/eventually.ts";
import { Tidegate } from "./support/tidegate.ts";
import { nodeApp } from "./support/tree.ts";

const tide = await Tidegate.start();

/**
 * A shop that answers every payment with 200, and reports how many failed the way OpenTelemetry does
 * (OTLP/HTTP, JSON, cumulative), to where its environment says.
 */
function shop(failedShare: number): string {
  return `
    import { createServer } from "node:http";
    const { env } = process;
    const headers = Object.fromEntries(
      (env.OTEL_EXPORTER_OTLP_HEADERS ?? "").split(",").map((one) => one.split("=").map(decodeURIComponent)),
    );
    const nanos = () => String(BigInt(Date.now()) * 1000000n);
    const startTimeUnixNano = nanos();
    const counted = { payments: 0, payment_failures: 0 };
    const metric = ([name, value]) => ({
      name,
      sum: {
        aggregationTemporality: 2,
        isMonotonic: true,
        dataPoints: [{ asInt: String(value), startTimeUnixNano, timeUnixNano: nanos() }],
      },
    });
    async function report() {
      const metrics = Object.entries(counted).map(metric);
      const body = JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
      const url = env.OTEL_EXPORTER_OTLP_ENDPOINT + "/v1/metrics";
      const answer = await fetch(url, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body,
      });
      if (answer.status !== 200) console.error("metrics were refused", answer.status, await answer.text());
    }
    setInterval(() => report().catch(console.error), 1000);
    createServer((request, response) => {
      if (request.url === "/pay") {
        counted.payments += 1;
        if (Math.random() < ${failedShare}) counted.payment_failures += 1;
      }
      response.end("thank you\\n");
    }).listen(env.PORT, env.HOST);
  `;
}

const guarded = `
rollout:
  guardrails:
    checkout:
      otlp: { events: payment_failures, of: payments }
      tolerance: { ratio: 1.5, absolute: 0.01 }
`;

test("a change that fails payments while every answer is 200 is rolled back for it", async () => {
  const author = await tide.deliverApp("pays", nodeApp(shop(0.01), { "tidegate.yaml": guarded }));
  const traffic = tide.traffic("pays", { requestsPerSecond: 100, users: 200, paths: ["/pay"] });
  await traffic.more(100);
  await author.commit("Ask another bank", { "server.js": shop(0.3) });
  const pushed = await author.push("-o", "wait");
  await traffic.stop();
  assert.deepEqual(traffic.failures, [], "no request failed");
  assert.match(pushed.text, /rolled back v2, everybody is back on v1/);
  assert.match(pushed.text, /guardrail\s+checkout: /);
  const change = await tide.untilState(await author.git("rev-parse", "HEAD"), ["rolled_back"]);
  assert.equal(change.rollout.verdict.kind, "harmful");
  assert.equal(change.rollout.verdict.guardrail, "checkout");
  const state = change.rollout.evidence.guardrails.find(
    (one: { name: string }) => one.name === "checkout",
  );
  assert.ok(state.candidate.events / state.candidate.sample > 0.1, JSON.stringify(state));
  assert.ok(state.baseline.events / state.baseline.sample < 0.1, JSON.stringify(state));
});

const probed = `
rollout:
  probes:
    - { path: /checkout, every: 500ms, expect: { status: 200 } }
`;
const page = (status: number): string => `
  import { createServer } from "node:http";
  createServer((request, response) => {
    response.writeHead(request.url === "/checkout" ? ${status} : 200).end("hello\\n");
  }).listen(process.env.PORT, process.env.HOST);
`;

test("with no traffic at all, probes take a change away before anybody meets it", async () => {
  const author = await tide.deliverApp("quiet", nodeApp(page(200), { "tidegate.yaml": probed }));
  await author.commit("Move the checkout", { "server.js": page(404) });
  const pushed = await author.push("-o", "wait");
  assert.match(pushed.text, /rolled back v2|taken away/);
  const change = await tide.untilState(await author.git("rev-parse", "HEAD"), ["rolled_back"]);
  assert.equal(change.rollout.verdict.guardrail, "probes");
  assert.equal(change.rollout.evidence.totals.usersExposed, 0);
  assert.equal(change.rollout.evidence.totals.candidateRequests, 0, "probes are nobody's requests");
});

test("a guardrail that nobody reports to keeps a change from everybody, and says so", async () => {
  const quiet = guarded.replace("payment_failures", "payment_failure");
  const author = await tide.deliverApp("typo", nodeApp(shop(0), { "tidegate.yaml": quiet }));
  const traffic = tide.traffic("typo", { requestsPerSecond: 100, users: 200, paths: ["/pay"] });
  await traffic.more(100);
  await author.commit("Nothing much", { "server.js": `${shop(0)}// again` });
  const push = author.startPush("-o", "wait");
  try {
    const rollout = await eventually(
      "the rollout misses its data",
      async () => {
        const { body } = await tide.api("GET /api/v1/rollouts/typo");
        return body.verdict?.kind === "data_missing" ? body : undefined;
      },
      60_000,
    );
    assert.match(
      rollout.verdict.sentence,
      /checkout .*neither release ever reported payment_failure/,
    );
    assert.equal(rollout.state, "running");
    await push.saw(/guardrail checkout is not measured: neither release ever reported/);
    await push.saw(/next: add 0 to the counter when the app starts/);
    const shown = await tide.cli(["rollout", "show", "--app", "typo"]);
    assert.match(shown.stdout, /looked for payment_failure of payments in the OpenTelemetry/);
  } finally {
    await traffic.stop();
    const abort = ["rollout", "abort", "--app", "typo", "--reason", "seen enough"];
    assert.equal((await tide.cli(abort)).code, 0);
    const { text } = await push.ended();
    assert.equal(text.match(/is not measured/g)?.length, 1, "it is told once");
  }
});

test("a server that is killed in the middle counts on, and no payment twice", async () => {
  const patient = `${guarded}  alpha: 0.000001\n`;
  const tree = nodeApp(shop(0.02), { "tidegate.yaml": patient });
  const author = await tide.deliverApp("counts", tree);
  const traffic = tide.traffic("counts", { requestsPerSecond: 60, users: 200, paths: ["/pay"] });
  await traffic.more(30);
  await author.commit("The same again", { "server.js": `${shop(0.02)}// again` });
  const push = author.startPush("-o", "wait");
  const counted = async (more: number): Promise<number> =>
    await eventually(
      `more than ${more} payments are counted`,
      async () => {
        const answer = await tide.api("GET /api/v1/rollouts/counts").catch(() => undefined);
        const state = answer?.body?.evidence?.guardrails?.find(
          (one: { name: string }) => one.name === "checkout",
        );
        const sum = (state?.baseline.sample ?? 0) + (state?.candidate.sample ?? 0);
        return sum > more ? sum : undefined;
      },
      60_000,
    );
  try {
    const before = await counted(100);
    await tide.kill("server");
    const after = await counted(before + 100);
    assert.ok(after <= traffic.requests(), `${after} counted of ${traffic.requests()} made`);
    assert.deepEqual(traffic.failures, []);
  } finally {
    await traffic.stop();
    await tide.cli(["rollout", "abort", "--app", "counts", "--reason", "seen enough"]);
    await push.ended();
  }
});
