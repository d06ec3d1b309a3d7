import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bucketCount, groupCount } from "#domain";
import { shorten } from "./edge-fixture.conformance.ts";
import { bucketOf, groupOf, hashUser, murmur3, seedsOf } from "./hash.ts";
import { RolloutUsers } from "./rollout-users.ts";
import { UserSet } from "./user-set.ts";
import { readCookie, userKeys } from "./user-key.ts";

test("a growing exposure never moves a user back", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.nat(bucketCount), fc.nat(bucketCount), (...given) => {
      const [salt, user, a, b] = given;
      const isCandidate = (exposure: number) => bucketOf(hashUser(seedsOf(salt), user)) < exposure;
      return !(isCandidate(Math.min(a, b)) && !isCandidate(Math.max(a, b)));
    }),
  );
});

test("users spread evenly over buckets, and independently from one rollout to the next", () => {
  const users = 100_000;
  const [one, two] = [seedsOf("rollout one"), seedsOf("rollout two")];
  const cells = Array.from({ length: 100 }, () => 0);
  let both = 0;
  for (let user = 0; user < users; user += 1) {
    const first = bucketOf(hashUser(one, `user-${user}`));
    const second = bucketOf(hashUser(two, `user-${user}`));
    const cell = Math.floor(first / 100);
    cells[cell] = (cells[cell] ?? 0) + 1;
    if (first < 1000 && second < 1000) both += 1;
  }
  // Chi-square with 99 degrees of freedom: 148 is its 99.9th percentile.
  const expected = users / cells.length;
  const chi = cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  assert.ok(chi < 148, `chi-square ${chi}`);
  assert.ok(Math.abs(both - 1000) < 130, `${both} users are in both tenths, expected about 1000`);
});

test("murmur3 gives the values of the reference algorithm over UTF-16LE", () => {
  // The first five are published vectors; the others come from another implementation.
  assert.equal(murmur3("", 0), 0);
  assert.equal(murmur3("", 1), 0x514e28b7);
  assert.equal(murmur3("", 0xffffffff), 0x81f16f39);
  assert.equal(murmur3("\uffff\uffff", 0), 0x76293b50);
  assert.equal(murmur3("\u4321\u8765", 0), 0xf55b516b);
  assert.equal(murmur3("hello", 0), 0xd7c31989);
  assert.equal(murmur3("user", 0x9747b28c), 0x50aca486);
  assert.equal(murmur3("ab", 1), 0xf650567a);
});

test("groups are even, and hold users of every bucket alike", () => {
  const users = 100_000;
  const seeds = seedsOf("a rollout");
  const cells = Array.from({ length: groupCount * 10 }, () => 0);
  for (let user = 0; user < users; user += 1) {
    const hash = hashUser(seeds, `user-${user}`);
    const cell = groupOf(hash) * 10 + Math.floor((bucketOf(hash) / bucketCount) * 10);
    cells[cell] = (cells[cell] ?? 0) + 1;
  }
  // Chi-square with 99 degrees of freedom over groups by tenths of the buckets.
  const expected = users / cells.length;
  const chi = cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  assert.ok(chi < 148, `chi-square ${chi}`);
});

test("a user set keeps each user's marks, up to its bound of users", () => {
  const marking = fc.tuple(fc.nat(3), fc.nat(5000), fc.integer({ min: 1, max: 7 }));
  fc.assert(
    fc.property(fc.array(marking, { maxLength: 3000 }), (markings) => {
      const [set, model] = [new UserSet(800), new Map<string, number>()];
      for (const [high, low, marks] of markings) {
        const key = `${high} ${high === 0 && low === 0 ? 1 : low}`;
        const before = model.get(key) ?? (model.size < 800 ? 0 : -1);
        assert.equal(set.mark({ high, low }, marks), before);
        if (before >= 0) model.set(key, before | marks);
      }
      return set.isFull === model.size >= 800;
    }),
  );
});

test("a user is new once, moved to the other arm once, and harmed once in either", () => {
  const users = new RolloutUsers();
  const user = hashUser(seedsOf("a rollout"), "ann");
  const met = (["baseline", "baseline", "candidate", "candidate", "baseline"] as const).map((arm) =>
    users.meet(user, arm),
  );
  assert.deepEqual(met, ["new", "known", "moved", "known", "known"]);
  assert.deepEqual([users.harm(user), users.harm(user)], [true, false]);
});

// oxfmt-ignore
const rows: readonly (readonly [claim: string, answers: string, stuckAt: readonly number[]])[] = [
  ["three failures in a row",                         "xxx",          [2]],
  ["once, however often they fail then",              "xxxxxx.xxx",   [2]],
  ["not two and then two",                            "xx.xx.xx",     []],
  ["not every other one",                             "x.x.x.x.x.x",  []],
  ["after a long good time",                          "......xxx",    [8]],
  ["a success between begins anew",                   "xx.xxx",       [5]],
];
for (const [claim, answers, stuckAt] of rows) {
  test(`a user is stuck after ${claim}`, () => {
    const users = new RolloutUsers();
    const user = hashUser(seedsOf("a rollout"), "ann");
    users.meet(user, "candidate");
    const found = answers.split("").flatMap((answer, index) => {
      users.request(user);
      return answer === "x" && users.fail(user) ? [index] : [];
    });
    assert.deepEqual(found, stuckAt);
    assert.equal(users.meet(user, "candidate"), "known");
  });
}

test("when no user can be remembered any more, neither arm gets a new one nor a harm", (context) => {
  shorten(context, { usersPerRolloutMax: 2 });
  const users = new RolloutUsers();
  const [ann, bob, cid] = ["ann", "bob", "cid"].map((key) => hashUser(seedsOf("s"), key));
  assert.ok(ann !== undefined && bob !== undefined && cid !== undefined);
  assert.equal(users.meet(ann, "baseline"), "new");
  assert.equal(users.isFull, false);
  assert.equal(users.meet(bob, "candidate"), "new");
  assert.equal(users.isFull, true);
  for (const arm of ["baseline", "candidate"] as const) assert.equal(users.meet(cid, arm), "known");
  assert.equal(users.harm(cid), false);
  for (let failure = 0; failure < 4; failure += 1) {
    users.request(cid);
    assert.equal(users.fail(cid), false);
  }
  assert.equal(users.harm(ann), true);
  assert.equal(users.meet(ann, "candidate"), "moved");
});

const keys = userKeys(Buffer.alloc(32, 1));
const ours = keys.mint();
const foreign = userKeys(Buffer.alloc(32, 2)).mint();

test("a cookie of ours is known, also the second time", () => {
  assert.equal(keys.verify(ours.cookieValue), ours.key);
  assert.equal(keys.verify(ours.cookieValue), ours.key);
});

const last = ours.cookieValue.at(-2) === "A" ? "B" : "A";
for (const [claim, value] of [
  ["of another installation", foreign.cookieValue],
  ["with a changed signature", `${ours.cookieValue.slice(0, -2)}${last}${ours.cookieValue.at(-1)}`],
  ["with another's signature", `${foreign.key}.${ours.cookieValue.slice(23)}`],
  ["without a signature", ours.key],
  ["that is empty", ""],
] as const) {
  test(`a cookie ${claim} is refused`, () => assert.equal(keys.verify(value), undefined));
}

// oxfmt-ignore
const cookieCases: readonly (readonly [string, string, string | undefined])[] = [
  ["alone",                       "uid=a",            "a"],
  ["between others",              "x=1; uid=a; y=2",  "a"],
  ["without spaces",              "x=1;uid=a;y=2",    "a"],
  ["the first of two",            "uid=a; uid=b",     "a"],
  ["not a name that ends in it",  "myuid=a",          undefined],
  ["not a value that has it",     "x=uid=a",          undefined],
  ["not a name that begins so",   "uid2=a",           undefined],
  ["empty",                       "uid=",             ""],
];
for (const [claim, header, expected] of cookieCases) {
  test(`reads a cookie: ${claim}`, () => assert.equal(readCookie(header, "uid"), expected));
}
