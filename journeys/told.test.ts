/** What people are told of a change after something happened to it: it is true, and says what to do next. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Repository } from "./support/repository.ts";
import { Tidegate } from "./support/tidegate.ts";
import { answering, nodeApp } from "./support/tree.ts";

const tide = await Tidegate.start();
const atOnce = { "tidegate.yaml": "rollout:\n  strategy: all-at-once\n" };
/** A rollout that has no verdict soon. */
const slow = { "tidegate.yaml": "rollout:\n  alpha: 0.000001\n" };

test("what a way back leads behind is told as taken back, and as live when it comes back", async () => {
  const author = await tide.createApp("tides", nodeApp(answering("one"), atOnce));
  const commits: string[] = [];
  for (const word of ["one", "two", "three"]) {
    if (word !== "one") await author.commit(word, nodeApp(answering(word), atOnce));
    await author.push("-o", "wait");
    const commit = await author.git("rev-parse", "HEAD");
    await tide.untilState(commit, ["live"]);
    commits.push(commit);
  }
  const [one = "", two = "", three = ""] = commits;
  await tide.json("release", "rollback", "v1", "--app", "tides");
  for (const commit of [two, three]) {
    const watched = await tide.cli(["change", "watch", commit]);
    assert.equal(watched.code, 1, watched.stderr);
    assert.match(watched.stderr, /went back from v3 to v1, after everybody had it/);
    const number = commit === two ? 2 : 3;
    assert.match(
      watched.stderr,
      new RegExp(`next: tidegate release rollback v${number} --app tides`),
    );
  }
  const gone = await tide.cli(["change", "show", two]);
  assert.match(
    gone.stdout,
    /^rolled back: admin went back from v3 to v1, after everybody had it for /m,
  );
  assert.match(gone.stdout, /^rollout .* taken back by admin$/m);
  assert.match(gone.stdout, /exposure +0 % of users now; everybody had it for .* UTC$/m);
  assert.doesNotMatch(gone.stdout, /100 %|nobody has met it/);
  assert.match(await noteOf(author, three), /^v3 is rolled back: everybody had it for /);
  assert.match(await noteOf(author, three), /^Users-exposed: everybody$/m);
  assert.deepEqual(await standingsOf("tides"), ["rolled_back", "rolled_back", "live"]);
  assert.equal((await tide.cli(["change", "watch", one])).code, 0);
  const failed = await tide.json("dora", "--app", "tides");
  assert.equal(failed.failedDeployments, 1, "the one that users were led away from");

  await tide.json("release", "rollback", "v3", "--app", "tides");
  assert.equal((await tide.visit("tides")).body, "three\n");
  for (const commit of commits) {
    const watched = await tide.cli(["change", "watch", commit]);
    assert.equal(watched.code, 0, watched.stderr);
    const told =
      commit === three
        ? /is live: everybody has it/
        : new RegExp(
            `is replaced: everybody got it; v5 \\(${three.slice(0, 7)} "three"\\) is live now`,
          );
    assert.match(watched.stderr, told);
  }
  assert.deepEqual(await standingsOf("tides"), ["live", "replaced", "replaced"]);
  const replaced = await tide.json("change", "list", "--app", "tides", "--state", "replaced");
  assert.deepEqual(
    replaced.changes.map(({ commit }: { commit: string }) => commit),
    [two, one],
  );
  const releases = await tide.cli(["release", "list", "--app", "tides"]);
  assert.match(releases.stdout, new RegExp(`^v5 .* back to v3 +${three.slice(0, 7)} +three `, "m"));
  const story = await tide.cli(["change", "watch", three]);
  assert.match(story.stdout, /everybody has it again, as v5/);
  const after = await tide.json("dora", "--app", "tides");
  assert.deepEqual(after, { ...failed, fromAt: after.fromAt, toAt: after.toAt });
  assert.match(await noteOf(author, three), /^v5 is live: everybody has it/);
});

async function noteOf(author: Repository, commit: string): Promise<string> {
  await author.git("fetch", "--quiet", "tide", "refs/notes/*:refs/notes/*");
  return await author.git("notes", "--ref=tidegate", "show", commit);
}

/** Of an app's changes, the newest first, as the list says it. */
async function standingsOf(app: string): Promise<readonly string[]> {
  const { changes } = await tide.json("change", "list", "--app", app);
  return changes.map(({ standing }: { standing: string }) => standing);
}

test("a push that contains what was taken back says so, until it is reverted", async () => {
  const author = await tide.createApp("again", nodeApp(answering("one"), atOnce));
  await author.push("-o", "wait");
  const two = await author.commit("Say two", nodeApp(answering("two"), atOnce));
  await author.push("-o", "wait");
  await tide.json("release", "rollback", "--app", "again", "--reason", "two loses orders");
  await author.commit("Hold it", { "tidegate.yaml": "rollout:\n  strategy: hold\n" });
  const pushed = await author.push("-o", "wait");
  const shown = await tide.cli(["change", "show"], { cwd: author.directory });
  const said = new RegExp(
    `mind: it contains ${two.slice(0, 7)} "Say two", which admin took back .*`,
  );
  for (const text of [pushed.text, shown.stdout]) {
    assert.match(text, said);
    assert.match(text.replaceAll(/\s+/g, " "), /took back [^:]*: two loses orders/);
  }
  assert.match(pushed.text, new RegExp(`git revert --no-edit ${two.slice(0, 7)}`));
  await author.git("revert", "--no-edit", two);
  const undone = await author.push("-o", "wait");
  assert.match(undone.text, /Revert "Say two"/);
  assert.doesNotMatch(undone.text, /mind: /);
});

test("a change that a person took away says who and why, and how it is tried again", async () => {
  const author = await tide.deliverApp("ended", nodeApp(answering("one")));
  await author.commit("Two", nodeApp(answering("two"), slow));
  await author.push();
  await tide.json("rollout", "abort", "--app", "ended", "--reason", "not today");
  await tide.untilRollout("ended", "rolled_back");
  const watched = await tide.cli(["change", "watch"], { cwd: author.directory });
  assert.equal(watched.code, 1, watched.stderr);
  assert.match(watched.stderr, /admin took it away before any user met it: not today/);
  assert.match(watched.stderr, /next: push a new commit to try it again: git commit --allow-empty/);
  const shown = await tide.cli(["change", "show"], { cwd: author.directory });
  assert.match(shown.stdout, /^rollout .* ended by admin$/m);
  assert.doesNotMatch(shown.stdout + shown.stderr, /failed|put it right/);
});

test("a word about a change that has no rollout yet says where the change is", async () => {
  const author = await tide.deliverApp("early", nodeApp(answering("one")));
  // It ends with the app.
  const scripts = { start: "node .", test: "sleep 600" };
  const tested = { name: "early", version: "1.0.0", scripts };
  await author.commit("Two", { "package.json": JSON.stringify({ ...tested, main: "server.js" }) });
  await author.push("-o", "detach");
  const said = /the newest change, [0-9a-f]{7}, has none yet: it (?:is in the stage|waits for)/;
  for (const words of [["promote", "--reason", "so"], ["abort"], ["pause", "--dry-run"]]) {
    const ran = await tide.cli(["rollout", ...words, "--app", "early"]);
    assert.equal(ran.code, 2, ran.stderr);
    assert.match(ran.stderr, said);
    assert.match(ran.stderr, /next: tidegate change watch chg_/);
  }
  const shown = await tide.cli(["rollout", "show", "--app", "early"]);
  assert.match(shown.stderr, said);
  await tide.json("app", "delete", "early", "--yes");
});

test("what waits for a person ends the push that waits, and its exit code says so", async () => {
  const author = await tide.deliverApp("waits", nodeApp(answering("one")));
  await author.commit("Two", nodeApp(answering("two"), slow));
  const push = author.startPush("-o", "wait");
  await push.saw(/of users: /);
  await tide.json("rollout", "pause", "--app", "waits", "--reason", "lunch");
  const paused = await push.ended();
  assert.equal(paused.code, 0, paused.text);
  assert.match(paused.text, /It is paused.* tidegate rollout resume --app waits/);
  const watched = await tide.cli(["change", "watch"], { cwd: author.directory });
  assert.equal(watched.code, 4, watched.stderr);
  assert.match(watched.stderr, /is paused: .*\nnext: tidegate rollout resume --app waits, or/);
  const shown = await tide.cli(["change", "show"], { cwd: author.directory });
  assert.match(shown.stdout, /^paused: exposure stays as it is/m);
  assert.deepEqual(await standingsOf("waits"), ["paused", "live"]);
  const listed = await tide.cli(["change", "list", "--app", "waits", "--state", "paused"]);
  assert.match(listed.stdout, /^[0-9a-f]{7} +paused +waits /m);
  const moving = await tide.json("change", "list", "--app", "waits", "--state", "delivering");
  assert.deepEqual(moving.changes, []);
  assert.match((await tide.cli(["status"])).stdout, / paused +waits /);

  const held = { "tidegate.yaml": "rollout:\n  strategy: hold\n" };
  await author.commit("Three", nodeApp(answering("three"), held));
  const asked = await author.push("-o", "wait");
  assert.match(asked.text, /next: tidegate rollout promote --app waits/);
  assert.match(asked.text, /It waits for a person, and a push does not/);
  const waiting = await tide.cli(["change", "watch"], { cwd: author.directory });
  assert.equal(waiting.code, 4, waiting.stderr);
  assert.match(
    waiting.stderr,
    /next: tidegate rollout promote --app waits .* or tidegate rollout abort/,
  );
});

test("what nobody visits says so at once, what comes of it and what can be done", async () => {
  const author = await tide.createApp("silent", nodeApp(answering("one")));
  await author.push("-o", "wait");
  await author.commit("Two", nodeApp(answering("two")));
  const pushed = await author.push();
  const shown = await tide.cli(["change", "show"], { cwd: author.directory });
  for (const text of [pushed.text, shown.stdout]) {
    assert.match(text, /nobody visits, and without requests there is no verdict/);
    assert.match(text, /after 1 h of that it is held and a person is asked/);
    assert.match(text, /tidegate rollout promote --app silent --reason/);
  }
});

test("an instance to which no remote leads any more leaves nothing in git's configuration", async () => {
  const author = await tide.createApp("moved", nodeApp(answering("one")));
  const old = "http://127.0.0.1:1";
  await author.git("remote", "set-url", "tide", `${old}/git/moved.git`);
  await author.git("config", `credential.${old}.username`, "tidegate");
  await author.git("config", `credential.${old}.helper`, "store");
  await author.git("config", "credential.http://127.0.0.1:2.username", "bo");
  const linked = await tide.cli(["link", "moved"], { cwd: author.directory });
  assert.equal(linked.code, 0, linked.stderr);
  const config = await author.git("config", "--local", "--list");
  assert.doesNotMatch(config, /127\.0\.0\.1:1[./]/);
  assert.match(config, /127\.0\.0\.1:2\.username=bo/, "what is not ours stays");
  assert.match(config, new RegExp(`credential\\.http://[^=]*:${tide.port}\\.username=tidegate`));
});
