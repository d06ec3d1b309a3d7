/** Reads from the journal what DORA's metrics need and no more: by type, and as far back as the window asks. */
import { some } from "#std";
import type { AppName, ChangeId, JournalEntry, Store } from "#domain";
import { doraSinceAt, doraTypes } from "#delivery/feedback";

const entriesPage = 1_000;

export interface DoraQuery {
  readonly app?: AppName;
  readonly windowMs: number;
  readonly now: number;
}

export interface DoraEntries {
  readonly entries: readonly JournalEntry[];
  /** When the journal (of the app) began; absent when it has not. */
  readonly beganAt?: number;
}

type Entries = Pick<Store, "entries" | "get">;

/** Gives the entries of the window, and the beginnings of the changes whose rollouts reach into it. */
export async function doraEntries(query: DoraQuery, store: Entries): Promise<DoraEntries> {
  const { app, now, windowMs } = query;
  const ofApp = some("app", app);
  // An app of the same name that was deleted is another one.
  const bornAt = app === undefined ? 0 : ((await store.get("app", app))?.body.createdAt ?? 0);
  const [first] = await store.entries({ after: 0, limit: 1, ...ofApp, sinceAt: bornAt });
  if (first === undefined) return { entries: [] };
  const sinceAt = Math.max(bornAt, doraSinceAt(now, windowMs));
  const recent = await pages({ ...ofApp, sinceAt }, store);
  const earlier: JournalEntry[] = [];
  for (const change of begunBefore(recent)) earlier.push(...(await pages({ change }, store)));
  const all = new Map([...earlier, ...recent].map((entry) => [entry.seq, entry]));
  const entries = [...all.values()].toSorted((a, b) => a.seq - b.seq);
  return { entries, beganAt: first.at };
}

/** Changes that are told of, but not from their beginning. */
function begunBefore(entries: readonly JournalEntry[]): ReadonlySet<ChangeId> {
  const told = new Set<ChangeId>();
  const begun = new Set<ChangeId>();
  for (const { type, change } of entries) {
    if (change === undefined) continue;
    told.add(change);
    if (type === "dev.cdevents.change.merged") begun.add(change);
  }
  return new Set([...told].filter((change) => !begun.has(change)));
}

async function pages(
  filter: Omit<Parameters<Store["entries"]>[0], "after" | "limit" | "types">,
  store: Entries,
): Promise<readonly JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for (;;) {
    const after = entries.at(-1)?.seq ?? 0;
    const page = { after, limit: entriesPage, types: doraTypes };
    const more = await store.entries({ ...filter, ...page });
    entries.push(...more);
    if (more.length < entriesPage) return entries;
  }
}
