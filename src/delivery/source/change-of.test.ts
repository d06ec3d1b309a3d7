import assert from "node:assert/strict";
import { test } from "node:test";
import { assert as must } from "#std";
import { parseAppName, parseId, parseObjectId, stageNames, type ObjectId } from "#domain";
import { changeOf, type PushedCommit } from "./change-of.ts";

function oid(digit: string): ObjectId {
  const parsed = parseObjectId(digit.repeat(40));
  must(parsed.ok);
  return parsed.value;
}
const app = parseAppName("shop");
must(app.ok);

const pushed: PushedCommit = {
  push: {
    app: app.value,
    branch: "main",
    before: oid("a"),
    after: oid("b"),
    options: { wait: false, detach: false },
    pushedBy: "ana",
    receivedAt: 5000,
  },
  commit: {
    commit: oid("b"),
    tree: oid("c"),
    parents: [oid("a")],
    subject: "Round totals\u001b[2J",
    author: { name: "Ana", email: "ana@example.org" },
    committedAt: 4000,
    trailers: [
      { key: "expect", value: "signups up >=5%" },
      { key: "Expect", value: "happiness" },
      { key: "Refs", value: "7" },
    ],
  },
  diffStat: { files: 1, added: 3, removed: 1 },
};
const random = (() => {
  let seed = 1;
  return () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
})();
const given = { now: 5100, random };

test("change: source has passed and everything else waits", () => {
  const change = changeOf(pushed, given);
  assert.ok(parseId("chg", change.id).ok);
  assert.equal(change.state, "delivering");
  assert.deepEqual(
    change.stages.map(({ name, state }) => [name, state]),
    stageNames.map((name) => [name, name === "source" ? "passed" : "waiting"]),
  );
  const [source] = change.stages;
  assert.deepEqual(
    [source?.startedAt, source?.finishedAt, source?.summary],
    [5000, 5100, "bbbbbbb, 1 file, +3 -1"],
  );
  assert.equal(change.previousCommit, oid("a"));
  assert.equal(change.committedAt, 4000);
  assert.deepEqual(change.diffStat, pushed.diffStat);
});

test("change: expectations are read, and the malformed ones kept as text", () => {
  const { expectations, trailers } = changeOf(pushed, given);
  assert.equal(trailers.length, 3);
  assert.deepEqual(
    expectations.map(({ text, parsed }) => [text, parsed?.byRatio]),
    [
      ["signups up >=5%", 0.05],
      ["happiness", undefined],
    ],
  );
  assert.equal(new Set(expectations.map(({ id }) => id)).size, 2);
  for (const { id } of expectations) assert.match(id, /^exp_[0-9a-z]{12}$/);
});

test("change: nothing was committed after it was received", () => {
  const commit = { ...pushed.commit, committedAt: 9_999_999 };
  assert.equal(changeOf({ ...pushed, commit }, given).committedAt, 5000);
});

test("change: a subject cannot move the reader's cursor", () => {
  const { subject } = changeOf(pushed, given);
  assert.match(subject, /^Round totals/);
  assert.ok(!subject.includes("\u001b"));
});

test("change: the first push has no commit before it", () => {
  const { before: _, ...push } = pushed.push;
  const { diffStat: __, ...rest } = pushed;
  const change = changeOf({ ...rest, push }, given);
  assert.ok(!("previousCommit" in change) && !("diffStat" in change));
});
