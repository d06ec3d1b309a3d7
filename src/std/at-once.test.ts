import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { atOnce } from "./at-once.ts";

const [ana, bo, nobody] = ["ana", "bo", undefined];

test("at once: one who takes all they may leaves the rest to others", () => {
  const places = atOnce({ most: 3, mostEach: 2 });
  assert.equal(typeof places.begin(ana), "function");
  const second = places.begin(ana);
  assert.deepEqual(places.begin(ana), { allowed: 2, isOwn: true });
  assert.equal(typeof places.begin(bo), "function");
  assert.deepEqual(places.begin(bo), { allowed: 3, isOwn: false });
  assert(typeof second === "function");
  second();
  second();
  assert.equal(typeof places.begin(bo), "function", "what is over makes room, once");
  assert.deepEqual(places.begin(ana), { allowed: 3, isOwn: false });
});

test("at once: who is nobody in particular has no bound but that of all", () => {
  const places = atOnce({ most: 3, mostEach: 1 });
  for (let count = 0; count < 3; count += 1) {
    assert.equal(typeof places.begin(nobody), "function");
  }
  assert.deepEqual(places.begin(nobody), { allowed: 3, isOwn: false });
});

test("at once: whatever begins and ends, neither bound is passed, and in the end there is room", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2), fc.boolean()), { maxLength: 60 }), (turns) => {
      const places = atOnce({ most: 4, mostEach: 2 });
      const who = [ana, bo, nobody];
      const open = who.map((): (() => void)[] => []);
      for (const [index, isBegun] of turns) {
        const begun = isBegun ? places.begin(who[index]) : undefined;
        if (typeof begun === "function") open[index]?.push(begun);
        if (!isBegun) open[index]?.pop()?.();
        assert.ok(open.flat().length <= 4);
        assert.ok(open.slice(0, 2).every((own) => own.length <= 2));
      }
      for (const end of open.flat()) end();
      assert.ok(places.isIdle());
      assert.equal(typeof places.begin(ana), "function");
    }),
  );
});
