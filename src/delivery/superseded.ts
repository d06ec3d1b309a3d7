/** A newer push took a change's place: said in its own journal. */
import type { Change, ChangeId, NewEntry } from "#domain";

export function supersededEntry(
  { app, id }: Change,
  by: ChangeId,
  actor: string,
): NewEntry<"dev.tidegate.change.superseded"> {
  return { type: "dev.tidegate.change.superseded", app, change: id, actor, data: { by } };
}
