/** How a change moves on with its rollout. A rollout of a configuration change moves no change. */
import type { Ending } from "#delivery/rollout";
import { searchErrors } from "./error-search.ts";
import { foldChange } from "./pipeline.ts";
import type { DeliveryPorts } from "./ports.ts";

export function rolloutEnding(ports: DeliveryPorts): Ending {
  const { store, clock, wakes } = ports;
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
    async newErrors(rollout) {
      try {
        return await searchErrors(rollout, ports);
      } catch (error) {
        // Logs that cannot be read must not keep a candidate with its users: its author reads less.
        ports.log.warn("rollout.errors_unread", { rollout: rollout.id, error: String(error) });
        return undefined;
      }
    },
    ended({ id }) {
      wakes.forget(`ended:${id}`);
    },
  };
}
