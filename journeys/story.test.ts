/** The story, once through: what an author and the users meet from the first push to the deletion. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, eventuallyTrue } from "./support/eventually.ts";
import type { Repository } from "./support/repository.ts";
import { Tidegate } from "./support/tidegate.ts";
import { answering, exampleTree, nodeApp, type Tree } from "./support/tree.ts";

const tide = await Tidegate.start();
const adaptive = "rollout:\n  harmBudget: 40\n";

test("a first push is built, tested, released, and says each of it as it happens", async () => {
  const author = await tide.createApp("shop", await exampleTree("hello-node"));
  const push = author.startPush();
  const told = ["source", "build", "test", "assure", "rollout"];
  const times: number[] = [];
  for (const stage of told) times.push((await push.saw(new RegExp(`^${stage} `))).atMs);
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  const pushed = await push.ended();
  assert.equal(pushed.code, 0);
  assert.match(pushed.text, /5 passed/);
  assert.match(pushed.text, /3 of 3 rules hold: tests, secrets, provenance/);
  assert.match(pushed.text, /everybody has v1/);
  assert.match(pushed.text, new RegExp(`http://shop\\.localhost:${tide.edgePort}`));
  const answer = await tide.visit("shop");
  assert.equal(answer.status, 200);
  assert.match(answer.body, /The Harbour Shop/);
  const { code, stderr } = await tide.cli(["change", "watch"], { cwd: author.directory });
  assert.equal(code, 0, stderr);
});

test("a good change is let in on evidence, and no request fails", async () => {
  const author = await tide.deliverApp("good", nodeApp(answering("one")));
  const traffic = tide.traffic("good", { requestsPerSecond: 150, users: 200 });
  await traffic.more(100);
  await author.commit("Say two", nodeApp(answering("two")));
  const push = author.startPush("-o", "wait");
  await push.saw(/of users: /);
  const pushed = await push.ended();
  await traffic.stop();
  assert.match(pushed.text, /everybody has v2/);
  assert.deepEqual(traffic.failures, []);
  const change = await tide.untilState(await author.git("rev-parse", "HEAD"), ["live"]);
  assert.equal(change.rollout.state, "promoted");
  assert.equal(change.rollout.verdict.kind, "safe");
  assert.ok(change.rollout.evidence.totals.usersExposed >= 10, "users met it before everybody did");
  assert.equal((await tide.visit("good")).body, "two\n");
});

test("a bad change is taken away within its harm budget, and the push says why", async () => {
  const tree = nodeApp(answering("fine"), { "tidegate.yaml": adaptive });
  const author = await tide.deliverApp("bad", tree);
  const traffic = tide.traffic("bad", { requestsPerSecond: 100, users: 200 });
  // Most of them have come before: whoever comes for the first time is counted when they come again.
  await traffic.more(400);
  const broken = answering("fine").replace(
    "response.end(",
    `
    Math.random() < 0.3
      ? (console.error("the payment broke"), response.writeHead(500).end("broken\\n"))
      : response.end(`,
  );
  await author.commit("Break a third of it", { "server.js": broken });
  const pushed = await author.push("-o", "wait");
  await traffic.more(50);
  await traffic.stop();
  const failed = traffic.failures.length;
  assert.ok(failed > 0, "some users met the bad change");
  assert.ok(failed <= 40, `${failed} requests failed; the harm budget is 40`);
  for (const fact of [
    /rolled back v2, everybody is back on v1/,
    /users exposed\s+\d+ users? for /,
    /requests failed\s+\d+ of /,
    /guardrail\s+errors: /,
    /baseline\s+/,
    /tolerated\s+/,
    /one of them\s+GET \/ answered 500/,
    /the payment broke/,
  ]) {
    assert.match(pushed.text, fact);
  }
  const change = await tide.untilState(await author.git("rev-parse", "HEAD"), ["rolled_back"]);
  assert.equal(change.rollout.verdict.kind, "harmful");
  assert.ok(change.rollout.evidence.totals.candidateErrors <= 40);
  const after = await tide.visit("bad");
  assert.equal(after.body, "fine\n");
});

test("a change whose tests fail meets no user, and the push names the test", async () => {
  const author = await tide.deliverApp("untested", await exampleTree("hello-node"));
  const traffic = tide.traffic("untested", { requestsPerSecond: 50 });
  await author.commit("Round down", {
    "lib/totals.js": (await exampleTree("hello-node-changes/failing-test"))["lib/totals.js"],
  });
  const pushed = await author.push("-o", "wait");
  await traffic.more(25);
  await traffic.stop();
  assert.match(pushed.text, /1 failed, 4 passed/);
  assert.match(pushed.text, /failed: totals round half a cent up/);
  assert.match(pushed.text, /not delivered, no user met it/);
  assert.deepEqual(traffic.failures, []);
  const releases = await tide.json("release", "list", "--app", "untested");
  assert.deepEqual(
    releases.releases.map((one: { number: number }) => one.number),
    [1],
  );
});

test("a push with nothing changed says so and makes no release", async () => {
  const author = await tide.deliverApp("same", nodeApp(answering("same")));
  await author.commit("Nothing at all");
  const pushed = await author.push();
  assert.equal(pushed.code, 0);
  assert.match(pushed.text, /nothing to do/);
  await tide.untilState(await author.git("rev-parse", "HEAD"), ["unchanged"]);
  const again = await author.push();
  assert.match(again.text, /Everything up-to-date/);
  const { releases } = await tide.json("release", "list", "--app", "same");
  assert.equal(releases.length, 1);
});

test("outcomes come back to the author as notes", async () => {
  const author = await tide.deliverApp("noted", nodeApp(answering("noted")));
  const commit = await author.git("rev-parse", "HEAD");
  await tide.untilState(commit, ["live"]);
  await author.commit("Do not start", nodeApp("process.exit(7);\n"));
  await author.push("-o", "wait");
  const failed = await author.git("rev-parse", "HEAD");
  await tide.untilState(failed, ["failed", "rolled_back"]);
  const shown = await tide.cli(["change", "show", failed]);
  assert.match(shown.stdout, /^rollout +(?!0 ms).* did not start$/m);
  assert.match(shown.stdout, /^v2 did not start: /m);
  const log = await eventuallyNoted(author, 2);
  assert.match(log, /live/i);
  assert.match(log, /fail/i);
});

async function eventuallyNoted(
  author: { git(...argv: readonly string[]): Promise<string> },
  count: number,
): Promise<string> {
  return await eventually(`${count} commits have a note`, async () => {
    await author.git("fetch", "--quiet", "tide");
    const list = await author.git("notes", "--ref=tidegate", "list").catch(() => "");
    if (list.split("\n").filter(Boolean).length < count) return undefined;
    return await author.git("log", "--notes=tidegate", "--format=%s%n%N");
  });
}

test("-o detach returns at once and the delivery goes on without its author", async () => {
  const author = await tide.createApp("detached", nodeApp(answering("detached")));
  const pushed = await author.push("-o", "detach");
  assert.match(pushed.text, /Delivering chg_\w+ in the background/);
  assert.match(pushed.text, /tidegate change watch chg_/);
  assert.doesNotMatch(pushed.text, /everybody has/);
  await tide.untilState(await author.git("rev-parse", "HEAD"), ["live"]);
  assert.equal((await tide.visit("detached")).status, 200);
});

test("an author who closes the terminal loses the story, not the delivery", async () => {
  const author = await tide.createApp("lid", nodeApp(answering("lid"), slowTest(1)));
  const push = author.startPush();
  await push.saw(/^test /);
  push.interrupt();
  await push.ended();
  await tide.untilState(await author.git("rev-parse", "HEAD"), ["live"]);
});

/** A test that ends when a file that only a later commit has is there, or after so many seconds. */
function slowTest(seconds: number): Tree {
  return {
    "tidegate.yaml": `test:\n  command: sh wait.sh\n`,
    "wait.sh": `echo waiting\nsleep ${seconds}\n`,
  };
}

test("a newer push takes the place of one that builds", async () => {
  const author = await tide.deliverApp("super-build", nodeApp(answering("one")));
  const endless = "build:\n  command: sh -c 'echo building; sleep 600'\n";
  await author.commit("Build for ever", { "tidegate.yaml": endless });
  await supersededBy(author, /building/);
  assert.equal((await tide.visit("super-build")).status, 200);
});

test("a newer push takes the place of one that tests", async () => {
  const author = await tide.deliverApp("super-test", nodeApp(answering("one")));
  await author.commit("Test for ever", slowTest(600));
  await supersededBy(author, /^test /);
});

test("a newer push takes the place of one that is starting", async () => {
  const author = await tide.deliverApp("super-start", nodeApp(answering("one")));
  const slow = { "tidegate.yaml": "health:\n  timeout: 5m\n" };
  await author.commit("Never listen", nodeApp("setInterval(() => 0, 1000);\n", slow));
  await supersededBy(author, /^assure /);
});

test("a newer push takes the place of one that users are meeting", async () => {
  const author = await tide.deliverApp("super-rollout", nodeApp(answering("one")));
  const traffic = tide.traffic("super-rollout", { requestsPerSecond: 50, users: 100 });
  await traffic.more(50);
  await author.commit(
    "Hold it",
    nodeApp(answering("two"), { "tidegate.yaml": "rollout:\n  alpha: 0.000001\n" }),
  );
  await supersededBy(author, /of users: /, ["live", "delivering", "held"]);
  await traffic.stop();
  assert.deepEqual(traffic.failures, []);
});

/** Pushes HEAD, and when it has said `stage` pushes a change that goes back to plain starting. */
async function supersededBy(
  author: Repository,
  stage: RegExp,
  endsAs: readonly string[] = ["live", "delivering"],
): Promise<void> {
  const first = author.startPush("-o", "wait");
  await first.saw(stage);
  const older = await author.git("rev-parse", "HEAD");
  const newer = await author.commit("Take its place", {
    ...nodeApp(answering("newest")),
    "tidegate.yaml": "rollout:\n  strategy: all-at-once\n",
  });
  const second = author.startPush("-o", "wait");
  const told = await first.ended();
  assert.match(told.text, /superseded by chg_|is replaced by [0-9a-f]{7} (?:before|after)/);
  const change = await tide.untilState(older, ["superseded"]);
  assert.ok(typeof change.supersededBy === "string");
  const next = await second.ended();
  if (/is replaced by/.test(told.text)) {
    const place = new RegExp(`takes the place of v2 \\(${older.slice(0, 7)}\\), which `);
    assert.match(next.text, place);
  }
  assert.ok(endsAs.includes((await tide.untilState(newer, endsAs)).state));
  await tide.untilState(newer, ["live"]);
}

test("a person pauses, resumes and promotes a rollout", async () => {
  const author = await tide.deliverApp("steered", nodeApp(answering("one")));
  const traffic = tide.traffic("steered", { requestsPerSecond: 50, users: 100 });
  await traffic.more(50);
  await author.commit(
    "Two",
    nodeApp(answering("two"), { "tidegate.yaml": "rollout:\n  alpha: 0.000001\n" }),
  );
  await author.push();
  const act = async (action: string): Promise<string> =>
    (await tide.json("rollout", action, "--app", "steered", "--reason", "a person says so")).state;
  await act("pause");
  const paused = await tide.untilRollout("steered", "paused");
  await traffic.more(100);
  assert.equal((await tide.json("rollout", "show", "--app", "steered")).exposure, paused.exposure);
  await act("resume");
  await tide.untilRollout("steered", "running");
  await act("promote");
  await tide.untilRollout("steered", "promoted");
  const before = traffic.seen.get("one");
  await traffic.more(100);
  await traffic.stop();
  assert.deepEqual(traffic.failures, []);
  assert.ok((traffic.seen.get("one") ?? 0) - (before ?? 0) <= 20, "everybody has it");
});

test("a person aborts a rollout and everybody is back where they were", async () => {
  const author = await tide.deliverApp("aborted", nodeApp(answering("one")));
  const traffic = tide.traffic("aborted", { requestsPerSecond: 50, users: 100 });
  await traffic.more(50);
  await author.commit(
    "Two",
    nodeApp(answering("two"), { "tidegate.yaml": "rollout:\n  alpha: 0.000001\n" }),
  );
  const push = author.startPush("-o", "wait");
  await push.saw(/of users: /);
  await tide.json("rollout", "abort", "--app", "aborted", "--reason", "not today");
  const pushed = await push.ended();
  assert.match(pushed.text, /not today/);
  assert.match(pushed.text, /everybody is back on v1/);
  await tide.untilRollout("aborted", "rolled_back");
  await traffic.more(50);
  await traffic.stop();
  assert.deepEqual(traffic.failures, []);
  const again = await tide.cli(["rollout", "abort", "--app", "aborted"]);
  assert.equal(again.code, 2, again.stderr);
  assert.match(again.stderr, /is over \(rolled back\): there is nothing to abort any more/);
});

const atOnce = { "tidegate.yaml": "rollout:\n  strategy: all-at-once\n" };

/** Answers the word and what is configured. */
function program(word: string): string {
  return answering(word).replace(`${word}\\n"`, `${word} " + process.env.WORD + "\\n"`);
}

test("a rollback restores code and configuration, from warm and from cold", async () => {
  const cold = { "tidegate.yaml": "rollout:\n  strategy: all-at-once\n  warm: 0s\n" };
  const author = await tide.createApp("back", nodeApp(program("one"), atOnce));
  await tide.json("config", "set", "WORD=a", "--app", "back");
  await author.push("-o", "wait");
  await tide.untilServes("back");
  await author.commit("Two", nodeApp(program("two"), atOnce));
  await author.push("-o", "wait");
  assert.equal((await tide.visit("back")).body, "two a\n");
  const warm = await tide.json("release", "rollback", "--app", "back");
  assert.equal(warm.release.cause, "rollback");
  assert.equal((await tide.visit("back")).body, "one a\n");
  await author.commit("Three, nothing kept warm", nodeApp(program("three"), cold));
  await author.push("-o", "wait");
  await tide.untilState(await author.git("rev-parse", "HEAD"), ["live"]);
  const first = await tide.json("release", "rollback", "v2", "--app", "back");
  assert.ok(first.elapsedMs >= 0);
  assert.equal((await tide.visit("back")).body, "two a\n");
});

test("logs are followed as the app prints them", async () => {
  const source = answering("x", "let n = 0;").replace(
    "response.end(",
    "(console.log(`visit ${++n} of ${request.url}`), response).end(",
  );
  await tide.deliverApp("logged", nodeApp(source));
  const following = tide.follow(["logs", "-f", "--app", "logged", "--tail", "1"]);
  await tide.visit("logged", { path: "/harbour" });
  const line = await following.saw(/visit \d+ of \/harbour/);
  assert.match(line, / web /);
  await following.stop();
});

test("DORA's metrics count what users met", async () => {
  const all = await tide.json("dora", "--all");
  assert.ok(all.deployments >= 10);
  assert.ok(all.failedDeployments >= 1);
  assert.ok(all.changeFailRatio > 0 && all.changeFailRatio < 1);
  assert.ok(all.leadTimeMsP50 > 0);
  const bad = await tide.json("dora", "--app", "bad");
  assert.equal(bad.deployments, 2);
  assert.equal(bad.failedDeployments, 1);
  assert.ok(bad.recoveryMsP50 > 0);
});

test("a deleted app serves no longer, and its name is free again", async () => {
  await tide.deliverApp("gone", nodeApp(answering("gone")));
  const before = (await tide.processes()).length;
  assert.deepEqual(await tide.json("app", "delete", "gone", "--yes"), { name: "gone" });
  assert.equal((await tide.visit("gone")).status, 404);
  await eventuallyTrue(
    "its process has ended",
    async () => (await tide.processes()).length < before,
  );
  assert.equal((await tide.cli(["app", "show", "gone"])).code, 2);
  const author = await tide.deliverApp("gone", nodeApp(answering("back again")));
  assert.equal((await tide.visit("gone")).body, "back again\n");
  await author.remove();
});

test("the journal is whole, and a healthy run logs no error", async () => {
  const verified = await tide.json("journal", "verify");
  assert.ok(verified.entries > 100);
  assert.equal(verified.brokenAt, undefined);
  assert.deepEqual(await tide.logged("error"), []);
});
