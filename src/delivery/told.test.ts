/** What is told of an entry whose change is no more. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAppName, parseId, type JournalEntry } from "#domain";
import { sure } from "#std/testing";
import { told } from "./told.ts";

const printed = "TypeError: no total for ana@example.org";
const problem = { code: "start_failed", message: "it never listened", log: [printed] };

const failed: JournalEntry = {
  seq: 7,
  at: 1,
  type: "dev.tidegate.release.failed",
  app: sure(parseAppName("shop")),
  change: sure(parseId("chg", "chg_000000000001")),
  actor: "rollout",
  data: { release: sure(parseId("rel", "rel_000000000001")), number: 2, problem, tookMs: 9 },
  previousHash: "",
  hash: "",
};

test("told: of a deleted app, too, what was printed is for readers of logs alone", async () => {
  const ports = {
    store: { get: async () => undefined },
    dataPlane: { urlOf: (host: string) => host },
  };
  const { entry, lines, withoutLogs } = await told(failed, ports);
  assert.match(JSON.stringify(entry), /TypeError/);
  assert.deepEqual(lines, []);
  assert.ok(withoutLogs);
  assert.doesNotMatch(JSON.stringify(withoutLogs), /TypeError/);
  assert.match(JSON.stringify(withoutLogs), /it never listened/);
});
