/** How a change moves on with its rollout. A rollout of a configuration change moves no change. */
import type { Ending } from "#delivery/rollout";
import { foldChange } from "./pipeline.ts";
import type { DeliveryPorts } from "./ports.ts";

export function rolloutEnding({ store, clock, wakes }: DeliveryPorts): Ending {
  return {
    async moveOn(rollout, entry) {
      const stored = await store.get("change", rollout.change);
      if (stored === undefined || stored.body.rollout !== rollout.id) {
        return { documents: [], enqueue: [] };
      }
      const { id, version } = stored;
      const body = foldChange(stored.body, entry, clock.now());
      const isHeld = entry.type === "dev.tidegate.rollout.held";
      return {
        documents: [{ kind: "change", id, app: rollout.app, body, ifVersion: version }],
        // Held, the change waits with its rollout; ended, its author is told.
        enqueue: isHeld ? [] : [{ kind: "deliver", key: id, app: rollout.app }],
      };
    },
    ended({ id }) {
      wakes.forget(`ended:${id}`);
    },
  };
}
