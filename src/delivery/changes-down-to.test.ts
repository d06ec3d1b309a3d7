import assert from "node:assert/strict";
import { test } from "node:test";
import { type AppName, type Change, parseAppName } from "#domain";
import { changesDownTo } from "./changes-down-to.ts";

const name = parseAppName("shop");
assert(name.ok);
const shop: AppName = name.value;
const idOf = (place: number): string => `chg_${String(place).padStart(4, "0")}`;

/** So many changes, the newest first, in the store's pages. */
function storeOf(count: number) {
  const all = Array.from({ length: count }, (_, place) => ({
    id: idOf(place),
    version: 1,
    body: {},
  }));
  let pages = 0;
  const list = async (_kind: string, { limit, before }: { limit: number; before?: string }) => {
    pages += 1;
    const from = before === undefined ? 0 : all.findIndex(({ id }) => id === before) + 1;
    return await Promise.resolve(all.slice(from, from + limit));
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- ids are all that is looked at
  return { pages: () => pages, store: { list } as unknown as Parameters<typeof changesDownTo>[2] };
}

// oxfmt-ignore
const cases: readonly (readonly [claim: string, of: number, ids: readonly string[], first: string | undefined, last: string | undefined, pages: number])[] = [
  ["both among the newest",               2_500, [idOf(3), idOf(9)],       idOf(0),     idOf(999),   1],
  ["what lies far above is not held",     3_500, [idOf(1_500), idOf(1_900)], idOf(1_000), idOf(1_999), 2],
  ["a long way holds all between",        3_500, [idOf(1_500), idOf(2_100)], idOf(1_000), idOf(2_999), 3],
  ["both are the same one",               3_500, [idOf(1_500), idOf(1_500)], idOf(1_000), idOf(1_999), 2],
  ["one that is not kept is the oldest",  2_500, [idOf(1_500), "chg_gone"], idOf(1_000), idOf(2_499), 3],
  ["of two that are not kept is nothing", 2_500, ["chg_gone", "chg_lost"],  undefined,   undefined,   3],
];
for (const [claim, of, ids, first, last, pages] of cases) {
  test(`changes of a way: ${claim}`, async () => {
    const { store, pages: asked } = storeOf(of);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- they look like ids
    const found = await changesDownTo(shop, ids as readonly Change["id"][], store);
    assert.deepEqual([found[0]?.id, found.at(-1)?.id, asked()], [first, last, pages]);
  });
}
