/** What an instance printed at its end is shown beside its app, and fails nothing where it is there no more. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AppResource } from "#faces/api/contract";
import type { Client } from "./client.ts";
import { CommandFailed } from "./command-failed.ts";
import { lastLinesOf } from "./last-lines.ts";

/* oxlint-disable typescript/no-unsafe-type-assertion -- of both what is looked at */
const shop = {
  name: "shop",
  environments: [{ live: { number: 2 }, restarts: { count: 1 } }],
} as unknown as AppResource;

const answers: Readonly<Record<string, unknown>> = {
  "GET /api/v1/rights": { may: ["log.read"] },
  "GET /api/v1/apps/:app/instances/logs": {
    sources: [{ instance: "ins_1", release: "v2", isRunning: false }],
  },
};

const clientWith = (logs: () => unknown) =>
  ({
    async call(key: string) {
      return await Promise.resolve(answers[key] ?? logs());
    },
  }) as unknown as Client;

const refuses = (code: "not_found" | "forbidden") => () => {
  throw new CommandFailed("there is no log", { exitCode: 1, next: "tidegate app list", code });
};

test("last lines: those of the instance that ended", async () => {
  const lines = [{ text: "Error: no database" }, { text: " " }];
  assert.deepEqual(
    await lastLinesOf(
      clientWith(() => ({ lines })),
      shop,
    ),
    ["Error: no database"],
  );
});

test("last lines: of a log that made room meanwhile there are none, and another refusal is told", async () => {
  assert.deepEqual(await lastLinesOf(clientWith(refuses("not_found")), shop), []);
  await assert.rejects(lastLinesOf(clientWith(refuses("forbidden")), shop), CommandFailed);
});
