import { strict as assert } from "node:assert";
import { test } from "node:test";
import { failedAttempts } from "./failed-attempts.ts";

const bounds = { most: 1, windowMs: 60_000 };

// oxfmt-ignore
const pairs: readonly (readonly [claim: string, first: string, second: string, isHeldOff: boolean])[] = [
  ["addresses of one IPv6 network count as one", "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true],
  ["those of the next do not",                   "2001:db8:1:2::1", "2001:db8:1:3::1",      false],
  ["IPv4 addresses count one by one",            "192.0.2.1",       "192.0.2.2",            false],
  ["however they are written",                   "192.0.2.1",       "::ffff:192.0.2.1",     true],
];
for (const [claim, first, second, isHeldOff] of pairs) {
  test(`attempts: ${claim}`, () => {
    const attempts = failedAttempts(bounds);
    assert.equal(attempts.count(first, 0), 0);
    assert.equal(attempts.count(second, 0) > 0, isHeldOff);
  });
}
