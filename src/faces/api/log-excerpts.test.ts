/** What the app printed beside a failure, as somebody sees it who may read its logs, and who may not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "#std";
import { sure } from "#std/testing";
import { machineActor, parseAppName, type Actor, type Role } from "#domain";
import { insightHandlers } from "./insight-handlers.ts";
import { releaseResource, rolloutResource } from "./resources.ts";
import { rolloutId, shopAt, stoppedId } from "./shop.testing.ts";

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

const as = (role: Role): Actor => ({
  name: "bo",
  grants: [{ role, scope: { kind: "platform" } }],
});

const printed = "TypeError: no total for ana@example.org";
const problem = { code: "start_failed", message: "it never listened", log: [printed] };

test("log excerpts: a release that did not start is listed with its reason, and with its log for readers of logs", async () => {
  const [listed] = sure(await shopAt(Date.now()).releases({ app: shop.name, limit: 1 }));
  assert.ok(listed);
  const failed = { ...listed, problem };
  for (const logs of [undefined, [mail, shop]]) {
    assert.deepEqual(releaseResource(failed, logs).problem, problem);
  }
  const { log: _log, ...reason } = problem;
  assert.deepEqual(releaseResource(failed, [mail]).problem, reason);
});

test("log excerpts: the story of a change is told without them to who may not read logs", async () => {
  const delivery = shopAt(Date.now());
  const whole = sure(await delivery.story(stoppedId));
  const stages = [{ name: "rollout", state: "failed", problem }] as const;
  const failing = { ...delivery, story: async () => ok({ ...whole, stages }) };
  const story = insightHandlers(failing)["GET /api/v1/changes/:change/story"];
  const input = { params: { change: stoppedId }, query: undefined, body: undefined };
  const toldTo = async (actor: Actor): Promise<string> =>
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it looks at who asks alone
    JSON.stringify(sure(await story(input, { actor } as never)));
  assert.match(await toldTo(machineActor), /TypeError/);
  assert.match(await toldTo(as("developer")), /TypeError/);
  assert.doesNotMatch(await toldTo(as("viewer")), /TypeError/);
  assert.match(await toldTo(as("viewer")), /it never listened/);
});
