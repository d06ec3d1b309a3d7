import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { attempts, waitAfter, type Attempt } from "./attempts.ts";
import {
  attemptKeysMax,
  attemptMemoryMs,
  firstWaitMs,
  freeAttempts,
  freeAttemptsPerAddress,
  waitMsMax,
} from "./limits.ts";

const now = 1_800_000_000_000;
const ana: Attempt = { name: "ana", isKnownName: true, address: "192.0.2.1" };
const fail = (kept: ReturnType<typeof attempts>, attempt: Attempt, count: number) => {
  for (let index = 0; index < count; index += 1) kept.begin(attempt, now);
};

// oxfmt-ignore
const waits: readonly (readonly [failures: number, waitMs: number])[] = [
  [0, 0], [freeAttempts - 1, 0], [freeAttempts, firstWaitMs], [freeAttempts + 1, 2 * firstWaitMs],
  [freeAttempts + 8, 256 * firstWaitMs], [freeAttempts + 9, waitMsMax], [100_000, waitMsMax],
];
for (const [failures, waitMs] of waits) {
  test(`after ${failures} failures the wait is ${waitMs} ms`, () => {
    assert.equal(waitAfter(failures, freeAttempts), waitMs);
  });
}

test("no wait exceeds its bound, and none is shorter than the one before", () => {
  fc.assert(
    fc.property(fc.nat(1e9), (failures) => {
      const [before, after] = [waitAfter(failures, 5), waitAfter(failures + 1, 5)];
      return before <= after && after <= waitMsMax && Number.isFinite(after);
    }),
  );
});

test("what is refused while a wait lasts makes it no longer", () => {
  const kept = attempts();
  fail(kept, ana, freeAttempts);
  for (let ms = 0; ms < firstWaitMs; ms += 100) {
    assert.equal(kept.begin(ana, now + ms), firstWaitMs - ms);
  }
  assert.equal(kept.begin(ana, now + firstWaitMs), 0, "then one is let through");
  assert.equal(kept.begin(ana, now + firstWaitMs), 2 * firstWaitMs, "and the next wait is longer");
});

test("a stranger's attempts do not hold up the browser that the holder uses", () => {
  const kept = attempts();
  fail(kept, { ...ana, address: "203.0.113.9" }, freeAttempts + 1);
  assert(kept.begin({ ...ana, address: "198.51.100.4" }, now) > 0, "an unknown browser waits");
  assert.equal(kept.begin({ ...ana, device: "dev_1" }, now), 0, "a known one does not");
});

test("a known browser's own wrong passwords are counted too", () => {
  const kept = attempts();
  fail(kept, { ...ana, device: "dev_1" }, freeAttempts);
  assert.equal(kept.begin({ ...ana, device: "dev_1" }, now), firstWaitMs);
  assert.equal(kept.begin({ ...ana, device: "dev_2" }, now), 0, "of another browser they are not");
});

test("one address waits after many names, and another address does not", () => {
  const kept = attempts();
  for (let index = 0; index < freeAttemptsPerAddress; index += 1) {
    kept.begin({ name: `u${index}`, isKnownName: true, address: "203.0.113.9" }, now);
  }
  const fresh = { name: "bo", isKnownName: true };
  assert(kept.begin({ ...fresh, address: "203.0.113.9" }, now) > 0);
  assert.equal(kept.begin({ ...fresh, address: "203.0.113.10" }, now), 0);
});

test("a right password does not forget what was tried on other accounts from its address", () => {
  const kept = attempts();
  const address = "203.0.113.9";
  for (let index = 0; index < freeAttemptsPerAddress; index += 1) {
    assert.equal(kept.begin({ name: `u${index}`, isKnownName: true, address }, now), 0);
    if (index === 0) continue;
    const own = { name: "mallory", isKnownName: true, address };
    if (kept.begin(own, now) === 0) kept.succeeded(own);
  }
  assert(kept.begin({ name: "bo", isKnownName: true, address }, now) > 0);
});

test("a right password forgets what was counted", () => {
  const kept = attempts();
  fail(kept, ana, freeAttempts - 1);
  kept.succeeded(ana);
  fail(kept, ana, freeAttempts - 1);
  assert.equal(kept.begin(ana, now), 0);
});

test("an attempt that was not judged does not count", () => {
  const kept = attempts();
  for (let index = 0; index < 10; index += 1) {
    assert.equal(kept.begin(ana, now), 0);
    kept.withdraw(ana);
  }
});

test("waiting is told once: when it begins", () => {
  const kept = attempts();
  const begins = Array.from({ length: 4 * freeAttempts }, (_, index) => {
    const isJudged = kept.begin(ana, now + index * 2 * waitMsMax) === 0;
    return isJudged && kept.hasJustBegunToWait({ ...ana });
  });
  // Once for the account; and once for the address, whose number of free ones is larger.
  assert.equal(begins.filter(Boolean).length, 2);
});

test("attempts are forgotten in time", () => {
  const kept = attempts();
  fail(kept, ana, freeAttempts);
  assert.equal(kept.begin(ana, now + attemptMemoryMs), 0);
});

test("a flood of other names and addresses does not free an account", () => {
  const kept = attempts();
  const late = now + 1;
  for (let index = 0; index < 20 && kept.begin(ana, now + index * waitMsMax) === 0; index += 1);
  const at = late + 20 * waitMsMax;
  kept.begin(ana, at);
  for (let index = 0; index < attemptKeysMax + 100; index += 1) {
    kept.begin(
      {
        name: `n${index}`,
        isKnownName: false,
        address: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
      },
      at,
    );
  }
  assert(kept.begin({ ...ana, address: "198.51.100.77" }, at) > 0);
});

test("what is remembered is bounded: the address that was quiet for longest is forgotten", () => {
  const kept = attempts();
  const quiet = "203.0.113.9";
  let names = 0;
  const another = (): number =>
    kept.begin({ name: `u${names++}`, isKnownName: true, address: quiet }, now);
  while (another() === 0);
  for (let index = 0; index < attemptKeysMax; index += 1) {
    const address = `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
    kept.begin({ name: `n${index}`, isKnownName: false, address }, now);
  }
  assert.equal(another(), 0);
});
