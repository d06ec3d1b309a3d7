/** Which instances run, or ended moments ago: only these may report. */
import type { InstanceId } from "#domain";
import { endedInstanceMs } from "../limits.ts";

export interface Living {
  isLiving(instance: InstanceId, at: number): Promise<boolean>;
}

export function openLiving(running: () => Promise<readonly InstanceId[]>): Living {
  /** When each was seen to run; whoever ends is forgotten soon. */
  const seenAt = new Map<InstanceId, number>();
  return {
    async isLiving(instance, at) {
      for (const id of await running()) seenAt.set(id, at);
      for (const [id, seen] of seenAt) {
        // Of a clock that was set back nobody knows how long ago it was.
        if (Math.abs(at - seen) > endedInstanceMs) seenAt.delete(id);
      }
      return seenAt.has(instance);
    },
  };
}
