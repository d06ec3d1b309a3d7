/**
 * Wake-ups without a gap: who takes the version before looking and waits for a later one can miss nothing
 * that happens in between.
 */
import type { Clock } from "#domain";

export interface Wake {
  version(): number;
  wake(): void;
  /** Resolves at once when something happened since `seen`, else when it does, at `timeoutMs`, or on abort. */
  wait(
    seen: number,
    limits: { readonly timeoutMs?: number; readonly signal: AbortSignal },
  ): Promise<void>;
}

export function newWake(clock: Clock): Wake {
  let version = 0;
  const waiting = new Set<() => void>();
  return {
    version: () => version,
    wake() {
      version += 1;
      for (const resume of waiting) resume();
    },
    async wait(seen, { timeoutMs, signal }) {
      if (seen !== version || signal.aborted) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = new AbortController();
      waiting.add(resolve);
      signal.addEventListener("abort", () => resolve(), { signal: timer.signal });
      if (timeoutMs !== undefined) void clock.sleep(timeoutMs, timer.signal).then(resolve);
      await promise;
      waiting.delete(resolve);
      timer.abort();
    },
  };
}
