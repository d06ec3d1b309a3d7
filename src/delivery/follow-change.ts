/** A change's story for those who watch from outside the push. */
import type { Change } from "#domain";
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
    yield { entry: event.entry, lines: event.lines };
    if (
      event.entry.type === "dev.tidegate.delivery.finished" &&
      (await isOver(found.value, ports))
    ) {
      return;
    }
  }
}

/** A change that was live and was rolled back later has two endings; its story ends with the last. */
async function isOver({ id }: Change, { store }: DeliveryPorts): Promise<boolean> {
  const now = await store.get("change", id);
  return now === undefined || nextStep(now.body).kind === "over";
}
