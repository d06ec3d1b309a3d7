/** A newer push took a change's place: said in its own journal. */
import type { Change, ChangeId, EventData, NewEntry } from "#domain";
import { recentChanges } from "./limits.ts";
import type { DeliveryPorts } from "./ports.ts";

export function supersededEntry(
  { app, id }: Change,
  by: ChangeId,
  actor: string,
): NewEntry<"dev.tidegate.change.superseded"> {
  return { type: "dev.tidegate.change.superseded", app, change: id, actor, data: { by } };
}

/** The newest rollout that ended for this change before it had its verdict, if there is one. */
export async function replacedBy(
  { id, app }: Change,
  { store }: Pick<DeliveryPorts, "store">,
): Promise<EventData["dev.tidegate.rollout.started"]["inPlaceOf"]> {
  const recent = await store.list("change", { app, limit: recentChanges });
  const older = recent.find(({ body }) => body.supersededBy === id && body.rollout !== undefined);
  if (older?.body.rollout === undefined) return undefined;
  const rollout = await store.get("rollout", older.body.rollout);
  const release = rollout && (await store.get("release", rollout.body.candidate));
  if (rollout === undefined || release === undefined) return undefined;
  const { number } = release.body;
  return { number, commit: older.body.commit, totals: rollout.body.totals };
}
