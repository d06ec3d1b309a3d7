/** Whether a change is still the one its author wants delivered. */
import type { Change } from "#domain";
import { recentChanges } from "./limits.ts";
import type { DeliveryPorts } from "./ports.ts";

/**
 * The app's newest change, if it is not this one. A push tells older changes to give way when it is
 * written down; a server that died in between did not, so each stage asks again.
 */
export async function newerChange(
  change: Change,
  { store }: DeliveryPorts,
): Promise<Change | undefined> {
  const [newest, ...older] = await store.list("change", { app: change.app, limit: recentChanges });
  if (newest === undefined || newest.id === change.id) return undefined;
  const isRecent = older.some(({ id }) => id === change.id);
  // Unlisted, it is older than all of these; or it was written with the same instant, and stays.
  return isRecent || change.receivedAt < newest.body.receivedAt ? newest.body : undefined;
}
