import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReleaseResource } from "#faces/api/contract";
import { causeWords, noWayBack } from "./release-states.ts";

const release = (number: number, fields: Partial<ReleaseResource> = {}): ReleaseResource => ({
  id: `rel_${number}`,
  number,
  app: "shop",
  environment: "production",
  artifact: "sha256:1",
  change: "chg_1",
  configVersion: 0,
  formation: { web: 1 },
  state: "stopped",
  instances: [],
  createdAt: 1,
  publishedAt: 2,
  cause: "push",
  ...fields,
});

test("a release says why it exists, and what it restored", () => {
  const all = [release(3, { cause: "rollback", restores: "rel_1" }), release(2), release(1)];
  assert.deepEqual(
    all.map((one) => causeWords(one, all)),
    ["a way back to v1", "a push", "a push"],
  );
  assert.equal(causeWords(release(9, { cause: "rollback", restores: "rel_0" }), all), "a way back");
});

test("one can go back to what everybody had, and to nothing else", () => {
  const calm = { live: 3, isMoving: false };
  assert.equal(noWayBack(release(2), calm), undefined);
  assert.equal(noWayBack(release(3), calm), "it is live");
  const { publishedAt: _never, ...unseen } = release(2);
  assert.match(noWayBack(unseen, calm) ?? "", /nobody/);
  assert.match(noWayBack(release(2), { live: 3, isMoving: true }) ?? "", /under way/);
});
