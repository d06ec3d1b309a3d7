/** Read, change, write again if somebody else wrote in between. */
import {
  type DocumentKind,
  type DocumentPut,
  type Documents,
  type NewEntry,
  type Store,
} from "#domain";

const conflictsMax = 50;

/**
 * Applies `change` to a document until it is written on top of the version it was made from. `change`
 * gives `undefined` to leave the document as it is. Gives what is stored afterwards, or `undefined`
 * when there is no such document.
 */
export async function updateDocument<K extends DocumentKind>(
  store: Store,
  target: { readonly kind: K; readonly id: string },
  change: (
    body: Documents[K],
  ) => { readonly body: Documents[K]; readonly entries?: readonly NewEntry[] } | undefined,
): Promise<Documents[K] | undefined> {
  for (let attempt = 0; attempt < conflictsMax; attempt += 1) {
    const stored = await store.get(target.kind, target.id);
    if (stored === undefined) return undefined;
    const changed = change(stored.body);
    if (changed === undefined) return stored.body;
    const written = await store.commit({
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- kind and body belong together by K
      documents: [{ ...target, body: changed.body, ifVersion: stored.version } as DocumentPut],
      ...(changed.entries === undefined ? {} : { entries: changed.entries }),
    });
    if (written.ok) return changed.body;
  }
  throw new Error(`${target.kind} ${target.id} changed faster than it could be written`);
}
