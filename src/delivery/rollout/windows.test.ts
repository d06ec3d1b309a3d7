import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { WindowsPolicy } from "#domain";
import { minute, start } from "./policies.testing.ts";
import { closedAt, openMs } from "./windows.ts";

const instant = (text: string): number => Date.parse(text);
const office: WindowsPolicy = {
  daily: [{ days: [1, 2, 3, 4, 5], fromMinute: 480, toMinute: 1020, timeZone: "Europe/Berlin" }],
};
// oxfmt-ignore
const windows: readonly (readonly [claim: string, WindowsPolicy | undefined, now: string, opens: string])[] = [
  ["none",                               undefined, "2026-11-25T12:00:00Z", "open"],
  ["the minute before it opens",         office, "2026-11-25T06:59:59Z", "2026-11-25T07:00:00Z"],
  ["as it opens",                        office, "2026-11-25T07:00:00Z", "open"],
  ["the last second",                    office, "2026-11-25T15:59:59Z", "open"],
  ["as it closes",                       office, "2026-11-25T16:00:00Z", "2026-11-26T07:00:00Z"],
  ["over a weekend",                     office, "2026-11-27T20:00:00Z", "2026-11-30T07:00:00Z"],
  ["over the end of summer time",        office, "2026-10-24T12:00:00Z", "2026-10-26T07:00:00Z"],
  ["over its beginning",                 office, "2026-03-28T12:00:00Z", "2026-03-30T06:00:00Z"],
  ["not before",                         { notBeforeAt: instant("2026-12-01T00:00:00Z") }, "2026-11-25T12:00:00Z", "2026-12-01T00:00:00Z"],
  ["a freeze that ends while it is closed", { ...office, freezes: [{ fromAt: 0, toAt: instant("2026-11-28T10:00:00Z"), reason: "x" }] }, "2026-11-25T12:00:00Z", "2026-11-30T07:00:00Z"],
];
for (const [claim, policy, now, opens] of windows) {
  test(`windows: ${claim}`, () => {
    const closed = closedAt(policy, instant(now));
    const found = closed === undefined ? "open" : new Date(closed.opensAt ?? 0).toISOString();
    assert.equal(found.replace(".000Z", "Z"), opens);
  });
}

test("windows: open time adds up, whatever the cut, and nothing is counted twice", () => {
  const freezes = [{ fromAt: start + 7 * minute, toAt: start + 700 * minute, reason: "x" }];
  const policy = { ...office, freezes };
  const span = fc.nat(20 * 24 * 60);
  fc.assert(
    fc.property(span, span, (a, b) => {
      const [middle, end] = [Math.min(a, b), Math.max(a, b)].map((each) => start + each * minute);
      assert.ok(middle !== undefined && end !== undefined);
      const whole = openMs(policy, { fromAt: start, toAt: end });
      const parts =
        openMs(policy, { fromAt: start, toAt: middle }) +
        openMs(policy, { fromAt: middle, toAt: end });
      assert.equal(whole, parts);
    }),
  );
});
