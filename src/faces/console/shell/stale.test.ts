import assert from "node:assert/strict";
import { test } from "node:test";
import type { WhoAmIResource } from "#faces/api/contract";
import { isStale } from "./stale.ts";

const session = {
  id: "ses_1",
  way: "password",
  createdAt: 0,
  lastUsedAt: 0,
  expiresAt: 9,
  address: "::1",
  userAgent: "",
  isCurrent: true,
} as const;

// oxfmt-ignore
const cases: readonly (readonly [string, WhoAmIResource | undefined, boolean])[] = [
  ["nothing is held back while it is not known", undefined,                                    false],
  ["a token is as good as ever",                 { actor: "ana" },                             false],
  ["a fresh sign-in is fresh",                   { actor: "ana", session, freshUntilAt: 5 },   false],
  ["one that is too long ago is stale",          { actor: "ana", session },                    true],
];
for (const [claim, who, expected] of cases) {
  test(`console: ${claim}`, () => assert.equal(isStale(who), expected));
}
