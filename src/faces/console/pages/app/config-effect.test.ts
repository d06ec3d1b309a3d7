import assert from "node:assert/strict";
import { test } from "node:test";
import { rollout } from "../change/rollout.testing.ts";
import { configEffect } from "./config-effect.ts";

const live = { number: 3 };

test("console: configuration is rolled out like a push, and it is said that the old one holds until then", () => {
  const { when, refusal } = configEffect({ environments: [{ live }] });
  assert.match(when, /new release of v3 and rolls it out like a push/);
  assert.match(when, /until then the old values hold/);
  assert.equal(refusal, undefined);
});

test("console: before the first release it waits for that one", () => {
  assert.match(configEffect({ environments: [] }).when, /first release/);
});

test("console: while a rollout is under way it cannot be changed, and afterwards it can", () => {
  const under = configEffect({ environments: [{ live, rollout: rollout() }] });
  assert.match(under.refusal ?? "", /a rollout is under way/);
  const over = rollout({ finishedAt: 9 });
  assert.equal(configEffect({ environments: [{ live, rollout: over }] }).refusal, undefined);
});
