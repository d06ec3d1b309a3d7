/** What is said of a link that was made: whom it lets in, with which rights, and what is open beside it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { saidBy } from "../answers.testing.ts";

const viewer = { role: "viewer", scope: "platform" };
const invitation = (id: string, more: object) => ({
  id,
  note: "",
  isForUser: false,
  grants: [viewer],
  teams: [],
  state: "open",
  createdAt: 0,
  createdBy: "ana",
  expiresAt: 7 * 86_400_000,
  ...more,
});
const url = "http://localhost:7420/invitations/2#secret";
const made = { ...invitation("inv_2", { name: "bo" }), url };
const developer = { grants: [{ role: "developer", scope: "app:shop" }], teams: ["ops"] };

// oxfmt-ignore
const cases: readonly (readonly [claim: string, words: string, before: readonly object[], narration: RegExp])[] = [
  ["a new name",                   "bo", [],                                                                       /^for bo, viewer on platform; it works once, until 1970-01-08 00:00 UTC\nopen it in a browser, or send it to whom it is for\n$/],
  ["whoever has the link",         "--role operator --on app:shop", [],                                            /^for a new user, operator on app:shop; it works once/],
  ["a name with a link already",   "bo", [invitation("inv_1", { name: "bo", ...developer })],                      /\nanother link for bo is open: inv_1 \(developer on app:shop, team ops, until 1970-01-08 00:00 UTC\)\nnext: to take that one back: tidegate invitation revoke inv_1\n$/],
  ["a name whose link is spent",   "bo", [invitation("inv_1", { name: "bo", state: "accepted" })],                 /whom it is for\n$/],
  ["a name beside another's link", "bo", [invitation("inv_1", { name: "cy" })],                                    /whom it is for\n$/],
];
for (const [claim, words, before, narration] of cases) {
  test(`invitation create: for ${claim}, it is said whom it lets in and with which rights`, async () => {
    const said = await saidBy(["invitation", "create", ...words.split(" ")], {
      "GET /api/v1/invitations": { invitations: before },
      "POST /api/v1/invitations": made,
    });
    assert.equal(said.exitCode, 0);
    assert.equal(said.result, `${url}\n`);
    assert.match(said.narration, narration);
  });
}

test("invitation create: a dry run tells of the link that is open, and makes none", async () => {
  const said = await saidBy(["invitation", "create", "bo", "--dry-run"], {
    "GET /api/v1/rights": { on: "platform", may: ["people.write"], mayNot: [], grantors: ["ana"] },
    "GET /api/v1/invitations": { invitations: [invitation("inv_1", { name: "bo" })] },
  });
  assert.match(
    said.result,
    /^would make a link for bo, viewer on platform, .*\nwould leave inv_1 \(viewer on platform, until .*\) open beside it\n$/,
  );
  assert.ok(said.asked.every((key) => key.startsWith("GET ")));
});
