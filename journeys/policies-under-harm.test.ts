/** What the policies are for: a change that breaks on copies meets nobody, one that breaks late is taken back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventuallyTrue } from "./support/eventually.ts";
import { Tidegate } from "./support/tidegate.ts";
import { answering, nodeApp } from "./support/tree.ts";

const tide = await Tidegate.start();
const atOnce = { "tidegate.yaml": "rollout:\n  strategy: all-at-once\n" };

/** An app that is healthy, and fails every other request from so many milliseconds after its start on. */
const failing = (
  word: string,
  afterMs: number,
): string => `import { createServer } from "node:http";
const server = createServer((request, response) => {
  const isBroken = process.uptime() * 1000 > ${afterMs} && request.url !== "/up";
  response.statusCode = isBroken ? 500 : 200;
  response.end("${word}\\n");
});
process.on("SIGTERM", () => { server.close(); server.closeIdleConnections(); });
server.listen(process.env.PORT, process.env.HOST);
`;
const manifest = (rollout: string): string => `health: { path: /up }\nrollout:\n${rollout}`;

test("a change that fails on copies of requests is taken away before any user met it", async (context) => {
  const author = await tide.deliverApp("copied", nodeApp(answering("one"), atOnce));
  const traffic = tide.traffic("copied", { requestsPerSecond: 60, users: 50 });
  context.after(async () => await traffic.stop());
  await traffic.more(60);
  const shadow = manifest("  shadow: { requests: 300, share: 100% }\n");
  const commit = await author.commit(
    "Break it",
    nodeApp(failing("two", 0), { "tidegate.yaml": shadow }),
  );
  await author.push();
  const change = await tide.untilState(commit, ["rolled_back", "failed", "live"]);
  assert.equal(change.state, "rolled_back", JSON.stringify(change.stages));
  assert.match(change.rollout.reason, /shadow/);
  assert.equal(traffic.usersWho("two"), 0, "nobody met it");
  assert.deepEqual(traffic.failures, []);
});

test("a change that breaks after everybody has it is taken back, by the control of its bake", async (context) => {
  const author = await tide.deliverApp("late", nodeApp(answering("one"), atOnce));
  const traffic = tide.traffic("late", { requestsPerSecond: 80, users: 100 });
  context.after(async () => await traffic.stop());
  await traffic.more(80);
  const bake = manifest("  strategy: all-at-once\n  bake: { for: 1h, control: 25% }\n");
  const commit = await author.commit(
    "Leak",
    nodeApp(failing("two", 10_000), { "tidegate.yaml": bake }),
  );
  await author.push();
  await tide.untilState(commit, ["live"]);
  const change = await tide.untilState(commit, ["rolled_back"]);
  assert.match(change.rollout.reason, /^errors: /);
  await eventuallyTrue(
    "everybody is back",
    async () => (await tide.visit("late")).body === "one\n",
  );
  const before = traffic.failures.length;
  await traffic.more(100);
  assert.equal(traffic.failures.length, before, "and nobody meets it any more");
});
