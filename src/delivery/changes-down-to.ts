/** The changes of an app that a way from one of them to another concerns. */
import type { AppName, Change, Store, Stored } from "#domain";
import { changesSearched } from "./limits.ts";

/**
 * Lists, newest first, all down to the older of the two, and both themselves; down to the first of all where one of
 * them is not kept. What lies above may be any number that nobody ever had.
 */
export async function changesDownTo(
  app: AppName,
  ids: readonly Change["id"][],
  store: Pick<Store, "list">,
): Promise<readonly Stored<Change>[]> {
  const missing = new Set<string>(ids);
  const found: Stored<Change>[] = [];
  for (;;) {
    const last = found.at(-1)?.id;
    const page: readonly Stored<Change>[] = await store.list("change", {
      app,
      limit: changesSearched,
      ...(last === undefined ? {} : { before: last }),
    });
    found.push(...page);
    for (const { id } of page) missing.delete(id);
    if (missing.size === 0 || page.length < changesSearched) return found;
  }
}
