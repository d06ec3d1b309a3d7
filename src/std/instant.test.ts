import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatInstant, formatSpan, parseInstantMs } from "./instant.ts";

test("an instant: what is written is what it means, as the platform's own dates have it", () => {
  const range = { min: new Date("1970-01-01T00:00:00Z"), max: new Date("2399-12-31T23:59:59Z") };
  fc.assert(
    fc.property(fc.date({ ...range, noInvalidDate: true }), (date) => {
      const text = `${date.toISOString().slice(0, 19)}Z`;
      assert.deepEqual(parseInstantMs(text), { ok: true, value: Date.parse(text) });
    }),
  );
});

// oxfmt-ignore
const cases: readonly (readonly [string, number | undefined])[] = [
  ["1970-01-01T00:00:00Z",      0],
  ["1970-01-01T01:00+01:00",    0],
  ["1969-12-31T19:00:00-05:00", 0],
  ["2028-02-29T00:00Z",         1_835_395_200_000],
  ["2026-02-29T00:00Z",         undefined],
  ["2026-13-01T00:00Z",         undefined],
  ["2026-12-01T24:00Z",         undefined],
  ["2026-12-01T10:60Z",         undefined],
  ["2026-12-01T10:00",          undefined],
  ["2026-12-01",                undefined],
  ["tomorrow",                  undefined],
];
for (const [text, expected] of cases) {
  test(`an instant: ${text} is ${expected ?? "refused"}`, () => {
    const parsed = parseInstantMs(text);
    assert.equal(parsed.ok ? parsed.value : undefined, expected);
  });
}

test("an instant is shown in the zone that is asked for", () => {
  assert.equal(formatInstant(1_835_395_200_000), "2028-02-29 00:00 UTC");
  assert.equal(formatInstant(1_835_395_200_000, "Europe/Berlin"), "2028-02-29 01:00 Europe/Berlin");
});

test("a span of time names its day once, and twice where it goes over midnight", () => {
  const from = Date.parse("2028-02-29T10:02:00Z");
  assert.equal(formatSpan(from, from + 29 * 60_000), "from 2028-02-29 10:02 to 10:31 UTC");
  assert.equal(
    formatSpan(from, from + 86_400_000),
    "from 2028-02-29 10:02 to 2028-03-01 10:02 UTC",
  );
  assert.equal(formatSpan(from, from + 900), "at 2028-02-29 10:02 UTC");
});
