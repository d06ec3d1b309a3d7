/** A change's story for those who watch from outside the push. */
import type { Change, EventType, JournalEntry } from "#domain";
import type { StoryEntry } from "./delivery.ts";
import { findChange } from "./find.ts";
import { nextStep } from "./pipeline.ts";
import type { DeliveryPorts } from "./ports.ts";
import { story } from "./story.ts";

export async function* followChange(
  query: { readonly idOrCommit: string; readonly after: number; readonly signal: AbortSignal },
  ports: DeliveryPorts,
): AsyncIterable<StoryEntry> {
  const found = await findChange(query.idOrCommit, ports);
  if (!found.ok) return;
  for await (const event of story(
    { change: found.value.id, after: query.after },
    ports,
    query.signal,
  )) {
    if (event.kind !== "entry") continue;
    const { kind: _kind, ...told } = event;
    const { entry } = told;
    yield told;
    if (endTypes.includes(entry.type) && (await isOver(found.value, entry, ports))) return;
  }
}

const endTypes: readonly EventType[] = [
  "dev.tidegate.delivery.finished",
  "dev.tidegate.rollout.baked",
];

/**
 * A change that everybody has is still told of while it bakes, and one that was taken back after that has two
 * endings: its story ends with the last.
 */
async function isOver(
  { id }: Change,
  { seq }: JournalEntry,
  { store }: DeliveryPorts,
): Promise<boolean> {
  const now = (await store.get("change", id))?.body;
  if (now === undefined) return true;
  if (nextStep(now).kind !== "over") return false;
  const rollout = now.rollout === undefined ? undefined : await store.get("rollout", now.rollout);
  if (rollout?.body.state === "baking") return false;
  const later = await store.entries({ after: seq, limit: 1, change: id, types: endTypes });
  return later.length === 0;
}
