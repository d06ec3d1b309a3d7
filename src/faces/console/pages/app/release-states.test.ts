import assert from "node:assert/strict";
import { test } from "node:test";
import type { ListedReleaseResource, ReleaseResource } from "#faces/api/contract";
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
  assert.equal(causeWords({ cause: "push" }), "a push");
  assert.equal(causeWords({ cause: "rollback", restoresNumber: 1 }), "a way back to v1");
  assert.equal(causeWords({ cause: "rollback" }), "a way back");
});

// oxfmt-ignore
const ways: readonly (readonly [claim: string, ListedReleaseResource, live: ReleaseResource | undefined, string | undefined])[] = [
  ["what everybody had",                 { ...release(2), isKept: true },                           other(3),         undefined],
  ["not what is live",                   { ...release(3), isKept: true },                           other(3),         "live"],
  ["not what few or none ever had",      { ...unseen(release(2)), isKept: true },                   other(3),         "never went live"],
  ["not what is gone",                   { ...release(2), isKept: false },                          other(3),         "no longer kept"],
  ["not what is the same by another number", { ...release(2), isKept: true },                       release(3), "the same as v3, which is live"],
  ["nowhere, when nothing is live",      { ...release(2), isKept: true },                           undefined, "nothing is live to go back from"],
];
for (const [claim, one, live, why] of ways) {
  test(`the way back: ${claim}`, () => assert.equal(noWayBack(one, live), why));
}

/** Of other code. */
function other(number: number): ReleaseResource {
  return release(number, { artifact: "another" });
}

function unseen({ publishedAt: _never, ...rest }: ReleaseResource): ReleaseResource {
  return rest;
}
