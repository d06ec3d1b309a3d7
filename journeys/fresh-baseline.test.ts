/**
 * Apps that are slow for a while after each start, as one with cold caches is: beside the running baseline that is
 * taken for a fault, and beside a fresh one it is not; what is slower for good still is one.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test, type TestContext } from "node:test";
import { eventually, eventuallyTrue } from "./support/eventually.ts";
import type { Repository } from "./support/repository.ts";
import { type Json, Tidegate } from "./support/tidegate.ts";
import type { Traffic } from "./support/traffic.ts";
import { nodeApp } from "./support/tree.ts";

const tide = await Tidegate.start();
const coldMs = 20_000;
/** Twenty points: that all is slow at once in the cold leaves little to tell two healthy releases apart by. */
const comparing = (baseline: "fresh" | "running"): string =>
  `rollout:\n  baseline: ${baseline}\n  guardrails: { latency: { tolerance: { absolute: 0.2 } } }\n`;
const fresh = comparing("fresh");

/** Answers with a word and who it is; slowly until it is warm, and `slowerMs` more slowly for good. */
function cold(word: string, { slowerMs = 0, more = "" } = {}): string {
  return `import { createServer } from "node:http";
let isCold = true;
setTimeout(() => { isCold = false; }, ${coldMs});
const server = createServer((request, response) => {
  if (request.url === "/exit") process.exit(3);
  if (request.url === "/warm") isCold = false;
  const body = "${word} " + (isCold ? "cold" : "warm") + " " + process.env.TIDEGATE_INSTANCE + "\\n";
  setTimeout(() => response.end(body), (isCold ? 150 : 5) + ${slowerMs});
});
process.on("SIGTERM", () => { server.close(); server.closeIdleConnections(); });
server.listen(process.env.PORT, process.env.HOST);
${more}
`;
}

/** An app that is warm, with users, and the author of its next change. */
async function warmApp(
  app: string,
  context: TestContext,
  more = "",
): Promise<{ readonly author: Repository; readonly traffic: Traffic }> {
  const author = await tide.deliverApp(
    app,
    nodeApp(cold("one", { more }), { "tidegate.yaml": "rollout: { strategy: all-at-once }\n" }),
  );
  // The one instance that runs; those to come take their time.
  assert.match((await tide.visit(app, { path: "/warm" })).body, /^one warm/);
  const traffic = tide.traffic(app, { requestsPerSecond: 60, users: 120 });
  context.after(async () => await traffic.stop());
  return { author, traffic };
}

async function push(
  author: Repository,
  program: string,
  manifest: string,
): Promise<{ readonly commit: string; readonly said: string }> {
  const commit = await author.commit("Say two", nodeApp(program, { "tidegate.yaml": manifest }));
  const { text } = await author.push();
  return { commit, said: text };
}

const ended = ["live", "rolled_back", "failed", "held"];

/** Instances of the live release, and of it beside candidates. */
async function instancesOf(app: string): Promise<{ readonly own: Json[]; readonly fresh: Json[] }> {
  const { body } = await tide.api(`GET /api/v1/apps/${app}/releases`);
  const all: Json[] = body.releases.flatMap(({ instances }: Json) => instances);
  return {
    own: all.filter(({ freshFor }) => freshFor === undefined),
    fresh: all.filter(({ freshFor }) => freshFor !== undefined),
  };
}

/** Nothing is left of a fresh baseline: in no document, and for no user. */
async function untilGone(app: string): Promise<void> {
  await eventuallyTrue(
    `the fresh baseline of ${app} is gone`,
    async () => (await instancesOf(app)).fresh.length === 0,
    60_000,
  );
}

/** The cookies of a user whom the fresh baseline serves. */
async function freshUser(app: string): Promise<{ readonly cookie: string; readonly id: string }> {
  return await eventually(`a user of ${app} meets the fresh baseline`, async () => {
    const [instance] = (await instancesOf(app)).fresh;
    if (instance?.state !== "ready") return undefined;
    const first = await tide.visit(app);
    const [given = ""] = first.headers["set-cookie"] ?? [];
    const cookie = given.split(";")[0] ?? "";
    const again = await tide.visit(app, { headers: { cookie } });
    return again.body.includes(instance.id) ? { cookie, id: instance.id } : undefined;
  });
}

test("a healthy change that starts cold is let in beside a fresh baseline, which is gone then", async (context) => {
  const { author, traffic } = await warmApp("fresh", context);
  const { commit, said } = await push(author, cold("two"), fresh);
  assert.match(said, /beside a fresh baseline/);
  await tide.untilState(commit, ["live"], 180_000);
  await untilGone("fresh");
  const { own } = await instancesOf("fresh");
  const served = new Set([...traffic.seen.keys()].map((line) => line.split(" ")[2]));
  assert.ok(served.size > own.length, "the fresh baseline, too, had users");
  assert.deepEqual(traffic.failures, [], "and nobody lost a request when it went");
  const { stdout } = await tide.cli(["rollout", "counts", "--app", "fresh"]);
  const counts = stdout
    .split("\n")
    .slice(1, -1)
    .map((line): Json => JSON.parse(line));
  const exposed = counts.filter(({ exposure }) => exposure > 0);
  assert.ok(exposed.length > 0);
  for (const { exposure, fresh: share } of exposed)
    assert.equal(share, Math.min(exposure, 1 - exposure));
});

test("beside the running baseline the same change is taken for a slow one", async (context) => {
  const { author } = await warmApp("running", context);
  const { commit } = await push(author, cold("two"), comparing("running"));
  const change = await tide.untilState(commit, ended, 120_000);
  assert.equal(change.state, "rolled_back");
  assert.match(change.rollout.reason, /^latency: /);
});

test("a change that is slower for good is stopped beside a fresh baseline", async (context) => {
  const { author, traffic } = await warmApp("slower", context);
  const { commit } = await push(author, cold("two", { slowerMs: 250 }), fresh);
  const change = await tide.untilState(commit, ended, 120_000);
  assert.equal(change.state, "rolled_back");
  assert.match(change.rollout.reason, /^latency: .* of the fresh baseline's/);
  await untilGone("slower");
  assert.deepEqual(traffic.failures, []);
});

test("a baseline that does not start a second time is said, and the running one is compared with", async (context) => {
  // A name that only one program of the machine can listen at; a port could be one the platform gives an instance.
  const name = `\\0tidegate-journey-${randomUUID()}`;
  const { author } = await warmApp("single", context, `createServer(() => {}).listen("${name}");`);
  const { said, commit } = await push(author, cold("two"), fresh);
  assert.match(said, /compares with the running baseline: the fresh baseline did not start/);
  const shown = await tide.json("rollout", "show", "--app", "single");
  assert.equal(shown.policy.baseline, "running");
  await untilGone("single");
  await tide.untilState(commit, ended, 120_000);
  const { own } = await instancesOf("single");
  assert.equal(own.filter(({ state }) => state === "ready").length >= 1, true);
});

test("a fresh baseline that dies holds the rollout, and a server that dies leaves none behind", async (context) => {
  const { author } = await warmApp("mortal", context);
  // Weights of their own, so that it is under way when it happens.
  const manifest =
    "rollout:\n  baseline: fresh\n  strategy: steps\n  steps: [{ weight: 40%, for: 1h }]\n";
  const { commit } = await push(author, cold("two"), manifest);
  const { cookie, id } = await freshUser("mortal");
  await tide.kill("server");
  await tide.untilRollout("mortal", "running");
  const still = await tide.visit("mortal", { headers: { cookie } });
  assert.ok(still.body.includes(id), "the fresh baseline is adopted, and its user is still there");
  await tide.visit("mortal", { path: "/exit", headers: { cookie } }).catch(() => undefined);
  await tide.untilState(commit, ["held"]);
  const held = await tide.json("rollout", "show", "--app", "mortal");
  assert.match(held.verdict.sentence, /the fresh baseline \(.*\) has ended/);
  assert.match((await tide.visit("mortal", { headers: { cookie } })).body, /^one warm/);
  await tide.json("rollout", "abort", "--app", "mortal", "--reason", "nothing to compare with");
  await tide.untilState(commit, ["rolled_back"]);
  await untilGone("mortal");
});
