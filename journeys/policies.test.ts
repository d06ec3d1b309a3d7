/** Who gets a change and when, as a team would set it: steps with an approval, cohorts, a freeze, blue-green. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventuallyTrue } from "./support/eventually.ts";
import type { Repository } from "./support/repository.ts";
import { type Json, Tidegate } from "./support/tidegate.ts";
import { answering, nodeApp } from "./support/tree.ts";

const tide = await Tidegate.start();
const atOnce = { "tidegate.yaml": "rollout:\n  strategy: all-at-once\n" };

/** An app whose users have `one`, with a change to `two` pushed under a policy. */
async function pushed(
  app: string,
  policy: string,
): Promise<{ readonly author: Repository; readonly commit: string; readonly said: string }> {
  const author = await tide.deliverApp(app, nodeApp(answering("one"), atOnce));
  const commit = await author.commit(
    "Say two",
    nodeApp(answering("two"), { "tidegate.yaml": `rollout:\n${policy}` }),
  );
  const { text } = await author.push();
  return { author, commit, said: text };
}

async function says(app: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  return (await tide.visit(app, { headers })).body.trim();
}

async function show(app: string): Promise<Json> {
  return await tide.json("rollout", "show", "--app", app);
}

test("steps go on by their time, and a gate goes on by an approval of that very step", async () => {
  const author = await tide.deliverApp("steps", nodeApp(answering("one"), atOnce));
  const traffic = tide.traffic("steps", { requestsPerSecond: 60, users: 100 });
  await traffic.more(60);
  const policy =
    "  strategy: steps\n  steps:\n" +
    "    - { weight: 10%, for: 1s }\n" +
    "    - { weight: 25%, until: approval }\n" +
    "    - { weight: 50%, for: 1s, until: time }\n";
  const commit = await author.commit(
    "Say two",
    nodeApp(answering("two"), { "tidegate.yaml": `rollout:\n${policy}` }),
  );
  const { text } = await author.push();
  assert.match(text, /step 1 of 3: 10 % of users for 1\.0 s/);
  await tide.untilState(commit, ["held"]);
  const held = await show("steps");
  assert.deepEqual([held.exposure, held.stepNumber], [2500, 2]);
  const bare = await tide.cli(["rollout", "promote", "--app", "steps"]);
  assert.equal(bare.code, 2, "over the evidence only with a reason");
  assert.match(bare.stderr, /a reason for the journal/);
  const late = await tide.cli(["rollout", "approve", "--app", "steps", "--step", "1"]);
  assert.equal(late.code, 2);
  assert.match(late.stderr, /step 1 was named; the rollout is in step 2 of 3 \(25 % of users/);
  await tide.json("rollout", "approve", held.id, "--step", "2", "--reason", "looks good");
  await tide.untilState(commit, ["live"]);
  await traffic.stop();
  assert.deepEqual(traffic.failures, []);
  const approval = (await tide.journal()).find(({ data }) => data.command === "approve");
  assert.equal(approval.data.step, 2);
  assert.equal(approval.data.reason, "looks good");
  assert.ok(approval.actor.length > 0, "who approved is in the journal");
});

test("users by rule have a change before anybody by chance, and lose it with everybody", async () => {
  const { commit, said } = await pushed(
    "cohort",
    '  cohorts:\n    rules: [{ header: x-beta, value: "yes" }]\n    until: approval\n    for: 0s\n',
  );
  assert.match(said, /users by rule, until approved/);
  await tide.untilState(commit, ["held"]);
  assert.equal(await says("cohort", { "x-beta": "yes" }), "two");
  assert.equal(await says("cohort", { "x-beta": "no" }), "one");
  assert.equal((await show("cohort")).exposure, 0);
  await tide.json("rollout", "abort", "--app", "cohort", "--reason", "not for them");
  await tide.untilState(commit, ["rolled_back"]);
  assert.equal(await says("cohort", { "x-beta": "yes" }), "one");
});

test("a freeze lets nobody in, the push says until when, and a person may go ahead with a reason", async () => {
  const { commit, said } = await pushed(
    "frozen",
    "  strategy: all-at-once\n  windows:\n    freezes:\n" +
      "      - { from: 2020-01-01T00:00Z, to: 2099-01-01T00:00Z, reason: end of the year }\n",
  );
  assert.match(said, /waits: frozen: end of the year, until 2099-01-01 00:00 UTC/);
  const shown = await show("frozen");
  assert.deepEqual([shown.exposure, shown.state], [0, "running"]);
  assert.equal(shown.delayedUntilAt, Date.parse("2099-01-01T00:00:00Z"));
  assert.equal(await says("frozen"), "one");
  await tide.json("rollout", "promote", "--app", "frozen", "--reason", "it mends an outage");
  await tide.untilState(commit, ["live"]);
  assert.equal(await says("frozen"), "two");
});

test("blue-green shows a preview, switches everybody on approval, and back while it bakes", async () => {
  const { commit } = await pushed("green", "  strategy: blue-green\n  bake: { for: 1h }\n");
  await tide.untilState(commit, ["held"]);
  assert.equal(await says("preview-green"), "two");
  assert.equal(await says("green"), "one");
  const held = await show("green");
  assert.equal(held.previewUrl, `http://preview-green.localhost:${tide.edgePort}`);
  await tide.json("rollout", "approve", "--app", "green", "--step", "1", "--reason", "seen it");
  await tide.untilRollout("green", "baking");
  await tide.untilState(commit, ["live"]);
  assert.equal(await says("green"), "two");
  const watching = tide.cli(["change", "watch", commit]);
  await tide.json("rollout", "abort", "--app", "green", "--reason", "the totals are wrong");
  await tide.untilState(commit, ["rolled_back"]);
  const watched = [await watching, await tide.cli(["change", "watch", commit])];
  for (const { code, stdout } of watched) {
    assert.equal(code, 1);
    assert.match(stdout, /abort asked for by .*: the totals are wrong/);
    assert.match(stdout, /rolled back v2, everybody is back on v1/);
  }
  assert.equal(await says("green"), "one");
  const gone = await tide.visit("preview-green");
  assert.notEqual(gone.body.trim(), "two");
});

test("a newer change ends a bake and is compared with what everybody has", async () => {
  const { author, commit } = await pushed(
    "baked",
    "  strategy: all-at-once\n  bake: { for: 1h, control: 20% }\n",
  );
  await tide.untilState(commit, ["live"]);
  const baking = await tide.untilRollout("baked", "baking");
  assert.equal(baking.exposure, 8000);
  const traffic = tide.traffic("baked", { requestsPerSecond: 60, users: 100 });
  await traffic.more(200);
  assert.ok(traffic.usersWho("one") > 0, "the control still has the release before");
  assert.ok(traffic.usersWho("two") > traffic.usersWho("one"), "most have the new one");
  const newer = await author.commit("Say three", nodeApp(answering("three"), atOnce));
  await author.push();
  await tide.untilState(newer, ["live"]);
  await eventuallyTrue("everybody has three", async () => (await says("baked")) === "three");
  await traffic.stop();
  assert.deepEqual(traffic.failures, []);
  const ends = (await tide.journal()).filter(
    ({ type, data }) => type === "dev.tidegate.rollout.baked" && data.rollout === baking.id,
  );
  assert.equal(ends.length, 1, "the bake ended well");
});

test("a policy that could never end is refused with its line, before anything is built", async () => {
  const endless = { "tidegate.yaml": "rollout:\n  strategy: steps\n  steps: [{ weight: 0% }]\n" };
  const author = await tide.createApp("endless", nodeApp(answering("one"), endless));
  const { text } = await author.push();
  assert.match(text, /a verdict on nobody never comes/);
  assert.match(text, /tidegate\.yaml:3/);
});
