/** What a button says before the API would: the words, the least role, the place, and whom to ask. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RightsResource } from "#faces/api/contract";
import { refusalOf } from "./rights.ts";

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
    "to pause or abort a rollout takes the role developer on shop; ask ana or bo",
  );
  const platform = { ...rights, on: "platform", grantors: [] };
  assert.match(
    refusalOf(platform, "rollout.stop") ?? "",
    /on the platform; ask whoever runs this Tidegate$/,
  );
});

test("console: who may is told nothing, and as long as nobody knows, the API decides alone", () => {
  assert.equal(refusalOf(rights, "app.read"), undefined);
  assert.equal(refusalOf(undefined, "rollout.stop"), undefined);
});
