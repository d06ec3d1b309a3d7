/** An entry of the journal with the words for it, as its change stands now. */
import { withoutLogExcerpts, type JournalEntry } from "#domain";
import { renderEntry } from "#delivery/feedback";
import type { StoryEntry } from "./delivery.ts";
import type { DeliveryPorts } from "./ports.ts";

/** What belongs to no change, or to one that is no more, has no words. */
export async function told(
  entry: JournalEntry,
  { store, dataPlane }: DeliveryPorts,
): Promise<StoryEntry> {
  const stored = entry.change === undefined ? undefined : await store.get("change", entry.change);
  if (stored === undefined) return { entry, lines: [] };
  const { app, receivedAt } = stored.body;
  const url = dataPlane.urlOf(`${app}.localhost`);
  const context = { change: stored.body, startedAt: receivedAt, url };
  const lines = renderEntry(entry, context);
  const bare = withoutLogExcerpts(entry);
  if (bare === entry) return { entry, lines };
  return { entry, lines, withoutLogs: { entry: bare, lines: renderEntry(bare, context) } };
}
