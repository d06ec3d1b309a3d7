/** Waits for something that shows in a directory: looks whenever a file in it changes, with a slow floor. */
import { watch } from "node:fs";
import { watchFloorMs } from "./limits.ts";

export interface Until<T> {
  readonly timeoutMs: number;
  readonly look: () => Promise<T | undefined>;
}

/** Resolves with what `look` gives, or `undefined` when the time is over. Looks never overlap. */
export async function until<T>(directory: string, options: Until<T>): Promise<T | undefined> {
  const changed = signalOf(directory);
  const deadline = performance.now() + options.timeoutMs;
  try {
    while (performance.now() < deadline) {
      const change = changed.next();
      const found = await options.look();
      if (found !== undefined) return found;
      await change;
    }
    return undefined;
  } finally {
    changed.close();
  }
}

/** `next` resolves at the next change, or after the floor. */
function signalOf(directory: string) {
  let wake: (() => void) | undefined;
  const watcher = watch(directory, () => wake?.());
  // A directory that goes away ends the watch; the floor goes on looking until the time is over.
  watcher.on("error", () => undefined);
  return {
    next: async () =>
      new Promise<void>((resolve) => {
        const floor = setTimeout(resolve, watchFloorMs);
        wake = () => {
          clearTimeout(floor);
          resolve();
        };
      }),
    close: () => {
      watcher.close();
      wake?.();
    },
  };
}
