/** An entry of the journal with the words for it, as its change stands now. */
import { withoutLogExcerpts, type JournalEntry } from "#domain";
import { renderEntry } from "#delivery/feedback";
import type { StoryEntry } from "./delivery.ts";
import type { DeliveryPorts } from "./ports.ts";

interface ToldPorts {
  readonly store: Pick<DeliveryPorts["store"], "get">;
  readonly dataPlane: Pick<DeliveryPorts["dataPlane"], "urlOf">;
}

/** What belongs to no change, or to one that is no more, has no words. */
export async function told(
  entry: JournalEntry,
  { store, dataPlane }: ToldPorts,
): Promise<StoryEntry> {
  const stored = entry.change === undefined ? undefined : await store.get("change", entry.change);
  const bare = withoutLogExcerpts(entry);
  if (stored === undefined) {
    const lines: readonly string[] = [];
    return { entry, lines, ...(bare === entry ? {} : { withoutLogs: { entry: bare, lines } }) };
  }
  const { app, receivedAt } = stored.body;
  const url = dataPlane.urlOf(`${app}.localhost`);
  const context = { change: stored.body, startedAt: receivedAt, url };
  const lines = renderEntry(entry, context);
  if (bare === entry) return { entry, lines };
  return { entry, lines, withoutLogs: { entry: bare, lines: renderEntry(bare, context) } };
}
