import assert from "node:assert/strict";
import { test } from "node:test";
import { parseScope } from "#domain";
import { everywhere, placeInWords, placesOf } from "./places.ts";

// oxfmt-ignore
const cases: readonly (readonly [on: string, words: string])[] = [
  ["platform",            "the platform"],
  ["team:ops",            "team ops"],
  ["app:shop",            "shop"],
  ["app:shop/production", "production of shop"],
  ["galaxy:far",          "galaxy:far"],
];
for (const [on, words] of cases) {
  test(`console: ${on} is called ${words}`, () => assert.equal(placeInWords(on), words));
}

test("console: every place to choose is one that the platform knows, and has a name of its own", () => {
  const { teams, apps } = placesOf([{ name: "ops" }], [{ name: "shop" }, { name: "mail" }]);
  const all = [everywhere, ...teams, ...apps];
  for (const { on } of all) assert.ok(parseScope(on).ok, on);
  assert.equal(new Set(all.map(({ label }) => label)).size, 6);
});
