/** A stranger's page asks for what is open to all, and for nothing else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { routes } from "#faces/api/contract";
import { hasSession, openToAll } from "./stranger.ts";

test("console: what it asks as nobody is what the table has open to all", () => {
  const open = Object.entries(routes).flatMap(([key, { access }]) =>
    access === "public" ? [key] : [],
  );
  assert.deepEqual([...openToAll].toSorted(), open.toSorted());
});

// oxfmt-ignore
const cases: readonly (readonly [cookies: string, expected: boolean])[] = [
  ["",                                       false],
  ["a=b; tidegate-known-7420=1",             true],
  ["__Host-tidegate-known=1",                true],
  ["not-tidegate-known=1",                   false],
  ["a=tidegate-known-7420=1",                false],
];

for (const [cookies, expected] of cases) {
  test(`console: the cookies "${cookies}" ${expected ? "tell" : "do not tell"} of a session`, () => {
    assert.equal(hasSession(cookies), expected);
  });
}
