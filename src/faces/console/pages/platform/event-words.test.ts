import assert from "node:assert/strict";
import { test } from "node:test";
import { eventWords } from "./event-words.ts";

// oxfmt-ignore
const cases: readonly (readonly [string, string])[] = [
  ["dev.tidegate.rollout.exposure_changed", "rollout exposure changed"],
  ["dev.cdevents.testsuiterun.finished",    "tests finished"],
  ["dev.cdevents.service.rolledback",       "service rolled back"],
  ["com.example.other",                     "com example other"],
];
for (const [type, words] of cases) {
  test(`journal: ${type} is called "${words}"`, () => assert.equal(eventWords(type), words));
}
