import assert from "node:assert/strict";
import { test } from "node:test";
import { Turns } from "./turns.ts";

test("turns: one key's are taken in order, one at a time, also after one that failed", async () => {
  const turns = new Turns();
  const told: string[] = [];
  const act = (name: string, isBad = false) =>
    turns.take("key", async () => {
      told.push(`${name} begins`);
      await Promise.resolve();
      told.push(`${name} ends`);
      if (isBad) throw new Error(name);
    });
  const ends = await Promise.allSettled([act("a"), act("b", true), act("c")]);
  assert.deepEqual(
    ends.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  const expected = ["a", "b", "c"].flatMap((name) => [`${name} begins`, `${name} ends`]);
  assert.deepEqual(told, expected);
});

test("turns: keys do not wait for each other", async () => {
  const turns = new Turns();
  const gate = Promise.withResolvers<void>();
  const held = turns.take("one", async () => await gate.promise);
  assert.equal(await turns.take("other", async () => await Promise.resolve(7)), 7);
  gate.resolve();
  await held;
});
