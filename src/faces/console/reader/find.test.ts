/** What the manual's search finds, and in which order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ManualIndex } from "#faces/api/contract";
import { find } from "./find.ts";

const index: ManualIndex = {
  pages: [
    { address: "/docs/how-to/roll-back", title: "Roll back", part: "How-to guides" },
    { address: "/docs/reference/cli", title: "The command line", part: "Reference" },
    {
      address: "/docs/how-to/let-people-in",
      title: "Let people in",
      part: "How-to guides",
      also: "invite, user, role",
    },
  ],
  sections: [
    { page: 0, id: "", heading: "", text: "Goes back to what was there before." },
    { page: 0, id: "dry-run", heading: "Try it first", text: "With --dry-run nothing is changed." },
    { page: 1, id: "", heading: "", text: "Every command, and how to roll back." },
    { page: 1, id: "token", heading: "token create", text: "Reads TIDEGATE_TOKEN; a token ends." },
    { page: 1, id: "tokens", heading: "Tokens", text: "…" },
    { page: 1, id: "invitation", heading: "invitation create", text: "Invite somebody." },
    { page: 2, id: "", heading: "", text: "They become people with rights of their own." },
  ],
};

// oxfmt-ignore
const searches: readonly (readonly [typed: string, expected: readonly string[]])[] = [
  ["",              []],
  ["  / ",          []],
  ["nonesuch",      []],
  ["roll back",     ["/docs/how-to/roll-back", "/docs/reference/cli"]],
  ["ROLL",          ["/docs/how-to/roll-back", "/docs/reference/cli"]],
  ["tokens",        ["/docs/reference/cli#tokens", "/docs/reference/cli#token"]],
  ["token",         ["/docs/reference/cli#token", "/docs/reference/cli#tokens"]],
  ["dry-run",       ["/docs/how-to/roll-back#dry-run"]],
  ["tidegate_tok",  ["/docs/reference/cli#token"]],
  ["oken",          []],
  ["roll changed",  ["/docs/how-to/roll-back#dry-run"]],
  ["invite",        ["/docs/how-to/let-people-in", "/docs/reference/cli#invitation"]],
  ["invitations",   ["/docs/how-to/let-people-in", "/docs/reference/cli#invitation"]],
  ["user",          ["/docs/how-to/let-people-in"]],
];
for (const [typed, expected] of searches) {
  test(`search of the manual: ${JSON.stringify(typed)} leads to ${expected.length} places`, () => {
    const hrefs = find(index, typed).map(({ href }) => href);
    assert.deepEqual(hrefs, expected);
  });
}

test("search of the manual: a hit says where it is, and shows the words", () => {
  const text = `${"Something else comes first, and goes on for a while. ".repeat(3)}Then a fence is raised.`;
  const section = { page: 0, id: "a", heading: "Who writes", text };
  const [hit] = find({ ...index, sections: [section] }, "fence");
  assert.equal(hit?.where, "How-to guides · Roll back");
  assert.match(hit?.excerpt ?? "", /^… .*Then a fence is raised\.$/);
});

test("search of the manual: one page does not hide the others", () => {
  const many = Array.from({ length: 40 }, (_, at) => ({
    page: 1,
    id: `token-${at}`,
    heading: `token ${at}`,
    text: "",
  }));
  const other = { page: 0, id: "x", heading: "", text: "a token" };
  const found = find({ ...index, sections: [...many, other] }, "token");
  assert.equal(found.length, 6);
  assert.equal(found.at(-1)?.href, "/docs/how-to/roll-back#x");
});
