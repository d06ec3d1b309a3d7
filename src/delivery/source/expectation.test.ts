import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Expectation } from "#domain";
import { parseExpectation } from "./expectation.ts";

type Case = readonly [text: string, parsed: Expectation["parsed"]];
const day = 86_400_000;
const both = "checkout_completed/checkout_started";

// oxfmt-ignore
const cases: readonly Case[] = [
  [`${both} up >=5% unit=user within=7d`, { metric: both, direction: "up", byRatio: 0.05, unit: "user", withinMs: 7 * day }],
  ["latency_p95 down",                    { metric: "latency_p95", direction: "down" }],
  ["latency_p95 down >=5.5%",             { metric: "latency_p95", direction: "down", byRatio: 0.055 }],
  ["signups up within=12h unit=session",  { metric: "signups", direction: "up", unit: "session", withinMs: day / 2 }],
  ["signups sideways",                    undefined],
  ["signups",                             undefined],
  ["",                                    undefined],
  ["a/b/c up",                            undefined],
  ["Signups up",                          undefined],
  ["signups up >=5",                      undefined],
  ["signups up >=5% >=6%",                undefined],
  ["signups up within=0d",                undefined],
  ["signups up within=soon",              undefined],
  ["signups up because I say so",         undefined],
];

for (const [text, parsed] of cases) {
  const claim = parsed === undefined ? "stays text" : "is understood";
  test(`expectation: "${text}" ${claim}`, () => {
    assert.deepEqual(parseExpectation(text), parsed === undefined ? { text } : { text, parsed });
  });
}

test("expectation: the text is always kept as written", () => {
  fc.assert(fc.property(fc.string(), (text) => parseExpectation(text).text === text));
});

test("expectation: a percentage becomes the ratio that reads the same", () => {
  fc.assert(
    fc.property(fc.nat(999), fc.integer({ min: 0, max: 99 }), (whole, part) => {
      const percent = `${whole}.${String(part).padStart(2, "0")}`;
      const { parsed } = parseExpectation(`signups up >=${percent}%`);
      assert.equal(parsed?.byRatio, Number(`${percent}e-2`));
    }),
  );
});
