import { strict as assert } from "node:assert";
import { test } from "node:test";
import type { Batch } from "#domain";
import { createTestDatabase } from "#ground/storage/testing";
import { appName, appPut, claimNow, created, mustClaim, shop } from "./fixtures.testing.ts";

test("a batch comes back with its place in the chain, and reads back the same", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  const first = await store.commit({ entries: [created("ana"), created("bo")] });
  const second = await store.commit({ entries: [created("cy")] });
  assert(first.ok && second.ok);
  const all = [...first.value, ...second.value];
  assert.deepEqual(
    all.map(({ seq }) => seq),
    [1, 2, 3],
  );
  assert.equal(second.value[0]?.previousHash, first.value[1]?.hash);
  assert.deepEqual(await store.entries({ after: 0, limit: 10 }), all);
  assert.deepEqual(await store.verifyJournal(), { entries: 3 });
});

test("what a program may print survives: NUL, lone surrogates, every plane", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  const odd = "\u0000 \ud800 \udfff 𝄞 \u2028 \\u0000 ' \" \uffff";
  const body = { app: shop, version: 1, values: { ODD: odd }, createdAt: 1, createdBy: odd };
  const done = await store.commit({
    entries: [
      {
        type: "dev.tidegate.change.superseded",
        actor: odd,
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- deliberately not an id
        data: { by: odd as never },
      },
    ].map((entry) => ({ ...entry, actor: "ana", type: "dev.tidegate.change.superseded" as const })),
    documents: [{ kind: "config", id: "shop:1", body }],
  });
  assert(done.ok);
  assert.deepEqual((await store.entries({ after: 0, limit: 1 }))[0]?.data, { by: odd });
  assert.deepEqual((await store.get("config", "shop:1"))?.body, body);
  assert.deepEqual(await store.verifyJournal(), { entries: 1 });
});

const blog = appName("blog");
type Expected = "ok" | "version_conflict";
// oxfmt-ignore
const versions: readonly (readonly [claim: string, ifVersion: number | undefined, expected: Expected])[] = [
  ["without a version the write goes through",   undefined, "ok"],
  ["absent is not what is there",                0,         "version_conflict"],
  ["one before is refused",                      1,         "version_conflict"],
  ["the stored version is accepted",             2,         "ok"],
  ["one after is refused",                       3,         "version_conflict"],
];
for (const [claim, ifVersion, expected] of versions) {
  test(`version 2 is stored: ${claim}`, async () => {
    await using database = await createTestDatabase();
    await using store = await database.open();
    for (const number of [1, 2]) await store.commit({ documents: [appPut(shop, number)] });
    const done = await store.commit({ documents: [appPut(shop, 3, ifVersion)] });
    assert.equal(done.ok ? "ok" : done.error.code, expected);
    const stored = await store.get("app", shop);
    assert.equal(stored?.version, expected === "ok" ? 3 : 2);
    assert.equal(stored?.body.nextReleaseNumber, expected === "ok" ? 3 : 2);
  });
}

test("a refused batch leaves nothing: no entry, no document, no work", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  const refused = await store.commit({
    entries: [created("ana")],
    enqueue: [{ kind: "deliver", key: "k" }],
    documents: [appPut(shop, 1), appPut(blog, 1, 7)],
  });
  assert.deepEqual(refused, {
    ok: false,
    error: { code: "version_conflict", kind: "app", id: blog },
  });
  assert.deepEqual(await store.verifyJournal(), { entries: 0 });
  assert.equal(await store.get("app", shop), undefined);
  assert.equal(await claimNow(store), undefined);
});

test("of many writers of one version exactly one wins", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  const write = () => store.commit({ documents: [appPut(shop, 1, 0)], entries: [created("ana")] });
  const outcomes = await Promise.all(Array.from({ length: 12 }, write));
  assert.equal(outcomes.filter(({ ok }) => ok).length, 1);
  assert.deepEqual(await store.verifyJournal(), { entries: 1 });
});

test("a lease that was lost writes nothing, whatever the batch holds", async () => {
  await using database = await createTestDatabase();
  await using store = await database.open();
  await store.commit({ enqueue: [{ kind: "deliver", key: "k" }] });
  const late = await mustClaim(store, "slow", 1);
  const now = await mustClaim(store, "quick", 60_000);
  assert(now.fence > late.fence);
  const batches: readonly Batch[] = [
    { lease: late, entries: [created("late")] },
    { lease: late, documents: [appPut(shop, 1)] },
    { lease: late, enqueue: [{ kind: "deliver", key: "other" }] },
    { lease: late, finish: "done" },
    { lease: late, finish: { againAt: 0 } },
  ];
  for (const batch of batches) {
    const done = await store.commit(batch);
    assert.deepEqual(done, { ok: false, error: { code: "fence_lost", work: "deliver k" } });
  }
  assert.equal((await store.renew(late, 1_000)).ok, false);
  const winner = await store.commit({ lease: now, entries: [created("quick")], finish: "done" });
  assert(winner.ok);
  const actors = (await store.entries({ after: 0, limit: 9 })).map(({ actor }) => actor);
  assert.deepEqual(actors, ["quick"]);
});
