/** What people are told of a change after something happened to it: it is true, and says what to do next. */
import assert from "node:assert/strict";
import { test } from "node:test";
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
  assert.equal((await tide.cli(["change", "watch", one])).code, 0);
  const failed = await tide.json("dora", "--app", "tides");
  assert.equal(failed.failedDeployments, 1, "the one that users were led away from");

  await tide.json("release", "rollback", "v3", "--app", "tides");
  assert.equal((await tide.visit("tides")).body, "three\n");
  for (const commit of commits) {
    const watched = await tide.cli(["change", "watch", commit]);
    assert.equal(watched.code, 0, watched.stderr);
    assert.match(watched.stderr, /is live: everybody has it/);
  }
  const story = await tide.cli(["change", "watch", three]);
  assert.match(story.stdout, /everybody has it again, as v5/);
  const after = await tide.json("dora", "--app", "tides");
  assert.deepEqual(after, { ...failed, fromAt: after.fromAt, toAt: after.toAt });
  await author.git("fetch", "--quiet", "tide", "refs/notes/*:refs/notes/*");
  const note = await author.git("notes", "--ref=tidegate", "show", three);
  assert.match(note, /^v5 is live: everybody has it/);
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
