/** Looks for a rollout's errors once in a while, however many pages show them. */
import type { NewErrors, Rollout, RolloutId } from "#domain";
import { searchErrors } from "./error-search.ts";
import { errorsKeptMax, errorsKeptMs } from "./limits.ts";
import type { DeliveryPorts } from "./ports.ts";

export function errorKeeper(ports: DeliveryPorts): (rollout: Rollout) => Promise<NewErrors> {
  const kept = new Map<RolloutId, { readonly at: number; readonly found: Promise<NewErrors> }>();
  return async (rollout) => {
    const now = ports.clock.now();
    const known = kept.get(rollout.id);
    if (known !== undefined && now - known.at < errorsKeptMs) return await known.found;
    const found = searchErrors(rollout, ports);
    kept.delete(rollout.id);
    kept.set(rollout.id, { at: now, found });
    for (const id of kept.keys()) {
      if (kept.size <= errorsKeptMax) break;
      kept.delete(id);
    }
    // What failed is tried again by the next who asks.
    found.catch(() => kept.delete(rollout.id));
    return await found;
  };
}
