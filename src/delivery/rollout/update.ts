/** Read, change, write again if somebody else wrote in between. */
import type {
  DocumentKind,
  DocumentPut,
  Documents,
  NewEntry,
  Store,
  Stored,
  WorkItem,
} from "#domain";

const conflictsMax = 50;

export interface Updated<B> {
  readonly body: B;
  /** What belongs into the same transaction. */
  readonly entries?: readonly NewEntry[];
  readonly documents?: readonly DocumentPut[];
  readonly enqueue?: readonly WorkItem[];
}

/**
 * Applies `change` to a document until it is written on top of the version it was made from. `change`
 * gives `undefined` to leave the document as it is; it may run several times. Gives what is stored
 * afterwards, or `undefined` when there is no such document.
 */
export async function updateDocument<K extends DocumentKind>(
  store: Store,
  target: { readonly kind: K; readonly id: string },
  change: (
    body: Documents[K],
  ) => Updated<Documents[K]> | undefined | Promise<Updated<Documents[K]> | undefined>,
): Promise<Stored<Documents[K]> | undefined> {
  for (let attempt = 0; attempt < conflictsMax; attempt += 1) {
    const stored = await store.get(target.kind, target.id);
    if (stored === undefined) return undefined;
    const changed = await change(stored.body);
    if (changed === undefined) return stored;
    const { body, documents = [], ...rest } = changed;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- kind and body belong together by K
    const put = {
      ...target,
      body,
      ifVersion: stored.version,
      ...appOf(target.kind, body),
    } as DocumentPut;
    const written = await store.commit({ ...rest, documents: [put, ...documents] });
    if (written.ok) return { id: stored.id, body, version: stored.version + 1 };
  }
  throw new Error(`${target.kind} ${target.id} changed faster than it could be written`);
}

/** Written without its app, a document would no longer be found among those of the app. */
function appOf(kind: DocumentKind, body: Documents[DocumentKind]): Pick<DocumentPut, "app"> {
  if (kind === "app" && "nextReleaseNumber" in body) return { app: body.name };
  return "app" in body ? { app: body.app } : {};
}
