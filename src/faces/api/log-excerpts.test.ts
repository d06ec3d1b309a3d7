/** What the app printed beside a failure, as somebody sees it who may read its logs, and who may not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { sure } from "#std/testing";
import { parseAppName } from "#domain";
import { rolloutResource } from "./resources.ts";
import { rolloutId, shopAt } from "./shop.testing.ts";

const shop = { name: sure(parseAppName("shop")) };
const mail = { name: sure(parseAppName("mail")) };
const urlOf = (host: string) => `http://${host}`;

test("log excerpts: the request that failed is told to all, and what was printed to readers of logs", async () => {
  const rollout = sure(await shopAt(Date.now()).rollout(rolloutId));
  const exampleFor = (logs: readonly (typeof shop)[] | undefined) =>
    rolloutResource(rollout, { sight: undefined, logs, urlOf }).evidence.failureExample;
  for (const logs of [undefined, [mail, shop]]) {
    assert.match(JSON.stringify(exampleFor(logs)?.log), /TypeError/);
  }
  const bare = exampleFor([mail]);
  assert.deepEqual(bare?.log, []);
  assert.equal(bare?.request.path, "/cart/total");
});
