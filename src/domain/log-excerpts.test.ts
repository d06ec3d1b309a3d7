/** What instances printed stays with those who may read logs, wherever an entry or a stage holds it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventType, JournalEntry } from "./journal.ts";
import { stagesWithoutLogExcerpts, withoutLogExcerpts } from "./log-excerpts.ts";

const printed = "TypeError: no total for ana@example.org";
const problem = { code: "start_failed", message: "it never listened", log: [printed] };
const example = { method: "GET", path: "/cart", status: 500, at: 1, requestId: "req_1" };

function entry(type: EventType, data: object): JournalEntry {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only what is looked at
  return { seq: 1, at: 1, type, actor: "rollout", data } as unknown as JournalEntry;
}

const holding: readonly JournalEntry[] = [
  entry("dev.cdevents.service.rolledback", {
    because: "errors",
    failureExample: { ...example, log: [printed] },
    newErrors: { first: [{ title: printed, count: 1 }], kinds: 1 },
  }),
  entry("dev.tidegate.release.failed", { number: 2, problem }),
  entry("dev.tidegate.delivery.finished", { state: "failed", summary: "x", problem }),
];
for (const one of holding) {
  test(`log excerpts: ${one.type} is told without what was printed, and with the rest`, () => {
    const bare = withoutLogExcerpts(one);
    assert.doesNotMatch(JSON.stringify(bare), /TypeError/);
    assert.match(JSON.stringify(bare), /it never listened|"path":"\/cart"/);
    assert.match(JSON.stringify(one), /TypeError/, "the entry itself stays as it is");
  });
}

test("log excerpts: an entry that holds none is the same one", () => {
  const build = entry("dev.cdevents.build.finished", { outcome: "failure", problem });
  assert.equal(withoutLogExcerpts(build), build, "a build's log is for who sees the change");
  const back = entry("dev.cdevents.service.rolledback", { because: "errors" });
  assert.equal(withoutLogExcerpts(back), back);
});

test("log excerpts: of a change's stages only the rollout's holds what instances printed", () => {
  const stages = [
    { name: "build", state: "failed", problem },
    { name: "rollout", state: "failed", problem },
  ] as const;
  const [build, rollout] = stagesWithoutLogExcerpts(stages);
  assert.deepEqual(build?.problem?.log, [printed]);
  assert.deepEqual(rollout?.problem, { code: problem.code, message: problem.message });
});
