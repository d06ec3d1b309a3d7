/** Every document of a kind: the store gives a page at most, whatever was asked for. */
import type { DocumentKind, Documents, Store, Stored } from "#domain";

/** Not above what a store gives at a time: a page that is not full is the last one. */
const pageRows = 1_000;

/** Lists the newest first, page by page. */
export async function listAll<K extends DocumentKind>(
  store: Pick<Store, "list">,
  kind: K,
): Promise<readonly Stored<Documents[K]>[]> {
  const all: Stored<Documents[K]>[] = [];
  for (;;) {
    const last = all.at(-1)?.id;
    const page = await store.list(kind, {
      limit: pageRows,
      ...(last === undefined ? {} : { before: last }),
    });
    all.push(...page);
    if (page.length < pageRows) return all;
  }
}
