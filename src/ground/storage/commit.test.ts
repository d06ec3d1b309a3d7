import { strict as assert } from "node:assert";
import { test } from "node:test";
import { createTestDatabase } from "#ground/storage/testing";
import { appBody, created, never, shop } from "./fixtures.test.ts";

test("a batch comes back with its place in the chain, and the chain verifies", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  const first = await store.commit({ entries: [created("ana"), created("bo")] });
  const second = await store.commit({ entries: [created("cy")] });
  assert(first.ok && second.ok);
  assert.deepEqual(
    [...first.value, ...second.value].map(({ seq }) => seq),
    [1, 2, 3],
  );
  assert.equal(second.value[0]?.previousHash, first.value[1]?.hash);
  assert.deepEqual(await store.entries({ after: 0, limit: 10 }), [...first.value, ...second.value]);
  assert.deepEqual(await store.verifyJournal(), { entries: 3 });
});

void appBody;
void never;
void shop;
