/** Pages by cursor: one item more than was asked for is fetched, and tells whether more follow. */

/** Cuts the one too many off; `next` is the cursor of the last item given, when there is more. */
export function pageOf<T>(
  found: readonly T[],
  limit: number,
  cursorOf: (item: T) => string,
): { readonly items: readonly T[]; readonly next: { readonly next?: string } } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return {
    items,
    next: found.length > limit && last !== undefined ? { next: cursorOf(last) } : {},
  };
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Only the members that have a value. */
export function given<T extends object>(values: T): Given<T> {
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same keys, without undefined
  return Object.fromEntries(known) as Given<T>;
}
