/** The changes of an app that a way from one of them to another concerns. */
import type { AppName, Change, Store, Stored } from "#domain";
import { changesSearched } from "./limits.ts";

/**
 * Lists, newest first, both and all that lies between; down to the first of all where one of them is not kept. More
 * may come along on both sides. What lies far above may be any number that nobody ever had, and is not held.
 */
export async function changesDownTo(
  app: AppName,
  ids: readonly Change["id"][],
  store: Pick<Store, "list">,
): Promise<readonly Stored<Change>[]> {
  const missing = new Set<string>(ids);
  const sought = missing.size;
  const found: Stored<Change>[] = [];
  let last: string | undefined;
  for (;;) {
    const page: readonly Stored<Change>[] = await store.list("change", {
      app,
      limit: changesSearched,
      ...(last === undefined ? {} : { before: last }),
    });
    for (const { id } of page) missing.delete(id);
    if (missing.size < sought) found.push(...page);
    last = page.at(-1)?.id;
    if (missing.size === 0 || page.length < changesSearched) return found;
  }
}
