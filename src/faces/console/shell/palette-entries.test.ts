/** The palette finds what can be done by what people call it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { paletteEntries } from "./palette-entries.ts";
import type { Refusal } from "./use-rights.ts";

const abort = {
  label: "Abort this rollout",
  also: "rollback cancel",
  key: "x",
  run: () => undefined,
};

/** Who may do all there is. */
const refusal = () => undefined;

function found(typed: string): readonly string[] {
  const known = [{ name: "shop" }, { name: "mail" }];
  return paletteEntries({ typed, actions: [abort], apps: [], changes: [], known, refusal }).map(
    ({ label }) => label,
  );
}

// oxfmt-ignore
const cases: readonly (readonly [typed: string, expected: readonly string[]])[] = [
  ["inv",            ["Invite somebody"]],
  ["rollback",       ["Abort this rollout", "Go back to an earlier release: shop", "Go back to an earlier release: mail"]],
  ["rollback shop",  ["Go back to an earlier release: shop"]],
  ["env mail",       ["Change configuration: mail"]],
  ["token",          ["Make a token"]],
  ["overview",       ["Overview"]],
  ["shop",           []],
  ["nonesuch",       []],
];
for (const [typed, expected] of cases) {
  test(`console: the palette finds ${expected.length} by ${JSON.stringify(typed)}`, () =>
    assert.deepEqual(found(typed), expected));
}

test("console: before anything is typed there is what the page does, and where one can go", () => {
  assert.deepEqual(found("").slice(0, 2), ["Abort this rollout", "Overview"]);
  assert.equal(
    found("").some((label) => label.startsWith("Go back")),
    false,
  );
});

test("console: what is found leads where it is done", () => {
  const [invite] = offered("inv", refusal);
  assert.deepEqual(invite?.does, { kind: "go", href: "/platform?view=people#invite" });
  assert.equal(invite.why, undefined);
});

test("console: what takes another role is offered with a lock, and what takes none without", () => {
  const [invite] = offered("inv", (permission) => `you may not: ${permission}`);
  assert.equal(invite?.why, "you may not: people.write");
  const [token] = offered("token", (permission) => `you may not: ${permission}`);
  assert.equal(token?.why, undefined);
});

function offered(typed: string, mayNot: Refusal) {
  const none = { actions: [], apps: [], changes: [], known: [] };
  return paletteEntries({ ...none, typed, refusal: mayNot });
}
