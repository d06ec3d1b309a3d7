/** What a button says before the API would: the words, the least role, the place, and whom to ask. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RightsResource } from "#faces/api/contract";
import { Refused, Unreachable } from "../api/refused.ts";
import { refusalOf, rightsAgain } from "./rights.ts";

const rights: RightsResource = {
  on: "app:shop",
  may: ["app.read"],
  mayNot: [
    {
      permission: "rollout.stop",
      words: "pause or abort a rollout",
      roles: ["developer", "admin"],
    },
  ],
  grantors: ["ana", "bo", "cy"],
};

test("console: who may not is told which role it takes where, and whom to ask", () => {
  assert.equal(
    refusalOf(rights, "rollout.stop"),
    "you need the role developer on shop to pause or abort a rollout; ask ana or bo",
  );
  const platform = { ...rights, on: "platform", grantors: [] };
  assert.match(
    refusalOf(platform, "rollout.stop") ?? "",
    /on the platform to pause or abort a rollout; ask whoever runs this Tidegate$/,
  );
});

test("console: what is said of others is said to the reader", () => {
  const words = "put themselves into a rollout, or out";
  const [missing] = rights.mayNot;
  assert.ok(missing !== undefined);
  const joining = { ...rights, mayNot: [{ ...missing, words }] };
  assert.match(
    refusalOf(joining, "rollout.stop") ?? "",
    /to put yourself into a rollout, or out; ask/,
  );
});

test("console: who may is told nothing, and as long as nobody knows, the API decides alone", () => {
  assert.equal(refusalOf(rights, "app.read"), undefined);
  assert.equal(refusalOf(undefined, "rollout.stop"), undefined);
});

const problem = { code: "any", title: "No", detail: "no", next: "Look." };
// oxfmt-ignore
const failures: readonly (readonly [claim: string, error: Error | null, again: boolean])[] = [
  ["nothing failed",              null,                                                              true],
  ["nobody answers",              new Unreachable("restart"),                                        true],
  ["they may not see it now",     new Refused({ ...problem, status: 404 }),                          true],
  ["the session has ended",       new Refused({ ...problem, status: 401, code: "unauthenticated" }), false],
];
for (const [claim, error, again] of failures) {
  test(`console: where ${claim}, rights are ${again ? "asked for again" : "asked for no more"}`, () => {
    assert.equal(rightsAgain(error), again ? 30_000 : false);
  });
}
