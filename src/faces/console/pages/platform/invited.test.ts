import assert from "node:assert/strict";
import { test } from "node:test";
import { invitedTo, invitee } from "./invited.ts";

test("console: an invitation says whom it is for, or why it was made", () => {
  assert.equal(invitee({ name: "ana", note: "for the audit" }), "ana");
  assert.equal(invitee({ note: "for the audit" }), "for the audit");
  assert.equal(invitee({ note: "" }), "whoever has the link");
});

test("console: an invitation says what comes with it", () => {
  const grants = [{ role: "viewer", scope: "app:shop/production" }] as const;
  const none = { isForUser: false, grants: [], teams: [] };
  assert.equal(
    invitedTo({ ...none, grants: [...grants], teams: ["ops"] }),
    "viewer on production of shop, in team ops",
  );
  assert.equal(invitedTo(none), "nothing by themselves");
  assert.match(invitedTo({ ...none, isForUser: true }), /a new way in/);
});
