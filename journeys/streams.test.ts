/** What is under way while a delivery happens: requests, open sockets, and people with a cookie. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { eventually } from "./support/eventually.ts";
import { Tidegate } from "./support/tidegate.ts";
import { answering, nodeApp, type Tree } from "./support/tree.ts";
import { type Conversation, converse, conversing } from "./support/web-socket.ts";

const tide = await Tidegate.start();
/** Open until Tidegate has stopped: it does not wait for them, and leaves nothing behind. */
const conversations: Conversation[] = [];
after(() => {
  for (const conversation of conversations) conversation.close();
});

const atOnce = "rollout:\n  strategy: all-at-once\n  warm: 0s\n";
const adaptive = "rollout:\n  warm: 0s\n";

// oxfmt-ignore
const policies = [
  { name: "all at once", app: "at-once", manifest: atOnce },
  { name: "adaptively", app: "adaptive", manifest: adaptive },
] as const;

const tree = (word: string, manifest: string): Tree =>
  nodeApp(conversing(word), { "tidegate.yaml": manifest });

for (const { name, app, manifest } of policies) {
  test(`a delivery ${name} fails no request and drops no socket, with nothing kept warm`, async () => {
    const author = await tide.deliverApp(app, tree("one", manifest));
    const traffic = tide.traffic(app, { requestsPerSecond: 150, users: 200 });
    await traffic.more(100);
    const open = await converse(tide.edgePort, app);
    conversations.push(open);
    assert.equal(await open.say("before"), "one: before");
    await author.commit("Two", tree("two", manifest));
    const push = author.startPush("-o", "wait");
    await push.saw(/v2 runs, nobody is on it yet/);
    assert.equal(await open.say("during"), "one: during");
    const pushed = await push.ended();
    assert.match(pushed.text, /everybody has v2/);
    assert.equal(await open.say("after"), "one: after", "who talks with v1 ends the talk with it");
    const fresh = await converse(tide.edgePort, app);
    conversations.push(fresh);
    assert.equal(await fresh.say("hello"), "two: hello", "a new talk is with v2");
    await traffic.more(150);
    await traffic.stop();
    assert.deepEqual(traffic.failures, []);
    assert.ok(open.isOpen(), "its time to end is not over yet");
  });
}

test("a person who has met the candidate meets nothing else while the rollout lives", async () => {
  const endless = { "tidegate.yaml": "rollout:\n  alpha: 0.000001\n" };
  const author = await tide.deliverApp("cookie", nodeApp(answering("one")));
  await author.commit("Two", nodeApp(answering("two"), endless));
  await author.startPush().saw(/of users: /);
  const cookies = await eventually("some people meet each release", async () => {
    const people = await Promise.all(Array.from({ length: 40 }, async () => await firstVisit()));
    const met = (word: string): readonly string[] =>
      people.filter(({ body }) => body === `${word}\n`).map(({ cookie }) => cookie);
    return met("two").length > 0 && met("one").length > 0
      ? { one: met("one"), two: met("two") }
      : undefined;
  });
  const again = async (cookie: string): Promise<string> =>
    (await tide.visit("cookie", { headers: { cookie } })).body;
  for (let visits = 0; visits < 20; visits += 1) {
    // The others come back, too: were it the candidate's users alone, the split would rightly be called broken.
    await Promise.all(cookies.one.map(again));
    const bodies = await Promise.all(cookies.two.map(again));
    assert.deepEqual(new Set(bodies), new Set(["two\n"]));
  }
  const shown = await tide.json("rollout", "show", "--app", "cookie");
  assert.equal(shown.state, "running", `all that was while it lived; ${shown.reason}`);
  await tide.json("rollout", "promote", "--app", "cookie", "--reason", "shown");
  await tide.untilState(await author.git("rev-parse", "HEAD"), ["live"]);
  const everybody = await Promise.all([...cookies.one, ...cookies.two].map(again));
  assert.deepEqual(new Set(everybody), new Set(["two\n"]));
});

async function firstVisit(): Promise<{ readonly body: string; readonly cookie: string }> {
  const { body, headers } = await tide.visit("cookie");
  const cookie = String(headers["set-cookie"]).split(";")[0] ?? "";
  assert.match(cookie, /^tidegate_uid=/);
  return { body, cookie };
}

test("none of this logs an error", async () => {
  assert.deepEqual(await tide.logged("error"), []);
});
