/** A rollout of several apps, as somebody sees it who may not see all of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAppName, parseId, type AppName, type Rollout } from "#domain";
import { sure } from "#std/testing";
import { rolloutResource, type Telling } from "./resources.ts";
import { rolloutId, shopAt } from "./shop.testing.ts";

const app = (name: string): AppName => sure(parseAppName(name));
const secret = "mail: 9 of 60 requests failed";

async function joint(): Promise<Rollout> {
  const rollout = sure(await shopAt(Date.now()).rollout(rolloutId));
  const leader = sure(parseId("rol", "rol_000000000009"));
  const members = [
    { app: app("mail"), rollout: leader },
    { app: app("shop"), rollout: rollout.id },
  ];
  const verdict = { kind: "harmful", app: app("mail"), sentence: secret } as const;
  const command = { kind: "abort", by: "rollout", reason: secret, at: 1 } as const;
  return { ...rollout, command, together: { leader, members, verdict } };
}

function told(sight: Telling["sight"]): Telling {
  return { sight, logs: undefined, urlOf: (host) => `http://${host}` };
}

test("joint: who may not see a member learns neither its name nor its numbers", async () => {
  const { together, command } = rolloutResource(await joint(), told([{ name: app("shop") }]));
  assert.deepEqual(
    together?.members.map((each) => each.app),
    ["shop"],
  );
  assert.equal(together?.hidden, 1);
  assert.deepEqual(together?.verdict, {
    kind: "harmful",
    sentence: "harmful, by an app that you may not see",
  });
  assert.doesNotMatch(JSON.stringify([together, command]), /mail|9 of 60/);
});

test("joint: who may see all of them is told of all", async () => {
  const rollout = await joint();
  for (const sight of [undefined, [{ name: app("mail") }, { name: app("shop") }]]) {
    const { together } = rolloutResource(rollout, told(sight));
    assert.deepEqual(together, { ...rollout.together, hidden: 0 });
  }
});
