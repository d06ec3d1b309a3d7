import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  acmeNames,
  namesToLeaveOut,
  orderDueAt,
  retryAfter,
  type AcmeFacts,
} from "./acme-schedule.ts";
import { certificateFinding } from "./findings.ts";
import { limits } from "./limits.ts";

const day = 86_400_000;
const now = 1_000 * day;
const held = { fromAt: now, untilAt: now + 90 * day };
const quiet: AcmeFacts = {
  now,
  held,
  missing: 0,
  lastAt: undefined,
  failures: 0,
  obtainedLately: 0,
};
const { acmeNamesMs, acmeNamesBusyMs, acmeCertificatesFreeMax, acmeRetryMs } = limits;

// oxfmt-ignore
const cases: readonly (readonly [claim: string, facts: Partial<AcmeFacts>, dueAt: number | undefined])[] = [
  ["without a certificate one is due at once",          { held: undefined },                                 0],
  ["with one, the next after two thirds of its life",   {},                                                  now + 60 * day],
  ["a name that is missing is due at once",             { missing: 1 },                                      0],
  ["but not right after the order before",              { missing: 1, lastAt: now },                         now + acmeNamesMs],
  ["nor soon, after many within a week",                { missing: 1, lastAt: now, obtainedLately: acmeCertificatesFreeMax }, now + acmeNamesBusyMs],
  ["which hold up no renewal",                          { lastAt: now, obtainedLately: 1_000 },                now + 60 * day],
  ["a failure is waited out",                           { held: undefined, lastAt: now, failures: 1 },       now + acmeRetryMs],
  ["the second failure twice as long",                  { held: undefined, lastAt: now, failures: 2 },       now + 2 * acmeRetryMs],
  ["a failed renewal is tried again before the end",    { lastAt: now + 60 * day, failures: 3 },             now + 60 * day + 4 * acmeRetryMs],
  ["an order that worked does not hold up the renewal", { lastAt: now },                                     now + 60 * day],
];
for (const [claim, facts, dueAt] of cases) {
  test(`acme: ${claim}`, () => assert.equal(orderDueAt({ ...quiet, ...facts }), dueAt));
}

test("acme: waits grow, and never beyond six hours", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), (failures) => {
      const wait = retryAfter(failures);
      assert.ok(wait >= limits.acmeRetryMs && wait <= limits.acmeRetryMsMax);
      assert.ok(retryAfter(failures + 1) >= wait);
    }),
  );
});

test("acme: the console's name is always in it, and the apps' as far as there is room", () => {
  const apps = Array.from({ length: 120 }, (_, index) => `app${index}.example.org`);
  const { names, noRoom } = acmeNames("tidegate.example.org", apps);
  assert.deepEqual([names[0], names.length], ["tidegate.example.org", limits.acmeNamesMax]);
  assert.deepEqual([...names.slice(1), ...noRoom], apps, "the others are told");
  const alone = { names: ["tidegate.example.org"], noRoom: [] };
  assert.deepEqual(acmeNames("tidegate.example.org", []), alone);
  const taken = ["shop.test", "tidegate.example.org", "shop.test"];
  assert.deepEqual(acmeNames("tidegate.example.org", taken).names, [
    "tidegate.example.org",
    "shop.test",
  ]);
});

const named = ["tidegate.example.org", "shop.example.org", "www.shop.test"];
// oxfmt-ignore
const refusals: readonly (readonly [claim: string, message: string, failed: readonly string[], left: readonly string[]])[] = [
  ["what does not lead here is left out",          "no answer",                         ["www.shop.test"],        ["www.shop.test"]],
  ["what the authority names is left out",         'Cannot issue for "www.shop.test"',  [],                       ["www.shop.test"]],
  ["of what has failed, no word is believed",      'it answered: "shop.example.org"',    ["www.shop.test"],        ["www.shop.test"]],
  ["what is beneath a name that is spoken of, too", 'too many certificates already issued for "shop.test"', [],    ["www.shop.test"]],
  ["but not for what the console shares",          'too many certificates already issued for "example.org"', [],  []],
  ["nor for what only ends alike",                 'Cannot issue for "op.test"',        [],                       []],
  ["a longer name is not taken for one within it", 'not for "a.shop.example.org"',      [],                       []],
  ["the console's name never is",                  "no answer",                         ["tidegate.example.org"], []],
  ["a refusal of the whole order leaves all in",   "too many certificates",             [],                       []],
];
for (const [claim, message, failed, left] of refusals) {
  test(`acme: ${claim}`, () => {
    assert.deepEqual(namesToLeaveOut(named, { message, failed }), left);
  });
}

test("acme: a name that was left out is told, with when it is asked for again", () => {
  const [finding] = certificateFinding({
    address: { domain: "example.org", port: 443 },
    hasAdmin: true,
    served: { fingerprint: "", ...held },
    fault: undefined,
    leftOut: [{ name: "www.shop.test", reason: "no answer", againAt: now }],
    isAcme: true,
    now,
  });
  assert.equal(finding?.state, "fair");
  assert.match(finding.found, /without www\.shop\.test: no answer$/);
  assert.match(finding.next ?? "", /www\.shop\.test leads to this machine/);
});

// oxfmt-ignore
const findings: readonly (readonly [claim: string, leftDays: number, state: string])[] = [
  ["a failure with a month left is fair",        30, "fair"],
  ["just before a ninth of its life is left it is fair", 10.1, "fair"],
  ["with less of its life left it is bad",        9.9, "bad"],
];
for (const [claim, leftDays, state] of findings) {
  test(`acme: ${claim}, and says why and when it goes on`, () => {
    const [finding] = certificateFinding({
      address: { domain: "example.org", port: 443 },
      hasAdmin: true,
      served: { fingerprint: "", ...held },
      fault: undefined,
      failure: { reason: "no answer", againAt: now },
      isAcme: true,
      now: held.untilAt - leftDays * day,
    });
    assert.equal(finding?.state, state);
    assert.match(finding?.found ?? "", /the next one failed: no answer/);
    assert.match(finding?.next ?? "", /tried again by itself, next at \d{4}-/);
  });
}
