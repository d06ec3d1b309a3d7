/** What the list of tokens says: how each stands, and whose they are. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { saidBy } from "../answers.testing.ts";

const token = (more: object) => ({
  id: "tok_1",
  label: "ci",
  owner: "vera",
  reach: { kind: "all" },
  createdAt: 0,
  createdBy: "vera",
  expiresAt: 86_400_000,
  ...more,
});

// oxfmt-ignore
const states: readonly (readonly [claim: string, more: object, state: RegExp])[] = [
  ["one that lets in",            {},                              /until 1970-01-02 00:00 UTC/],
  ["one of an owner disabled",    { isEnded: true },               / ended /],
  ["one that was revoked",        { revokedAt: 0, isEnded: true }, / revoked /],
  ["one whose time is over",      { expiresAt: 0 },                / expired /],
];
for (const [claim, more, state] of states) {
  test(`token list: ${claim} is listed as what it is`, async () => {
    const said = await saidBy(["token", "list", "--of", "vera"], {
      "GET /api/v1/users/vera/tokens": { tokens: [token(more)] },
    });
    assert.match(said.result, state);
  });
}

test("token list: who has none of their own hears how to see somebody else's", async () => {
  const said = await saidBy(["token", "list"], { "GET /api/v1/tokens": { tokens: [] } });
  assert.match(
    said.narration,
    /^no tokens of your own; of somebody else: tidegate token list --of USER\n/,
  );
  const others = await saidBy(["token", "list", "--of", "vera"], {
    "GET /api/v1/users/vera/tokens": { tokens: [] },
  });
  assert.match(others.narration, /^no tokens of vera\nnext: .* --for vera\n/);
});
