/**
 * Failed attempts to authenticate, per address. Only wrong tokens are counted and only wrong tokens are
 * held off: behind one address there may be many, and none may lock out another who has the right one.
 */
import { failedAddressesMax, failedAttemptsMax, failedAttemptsWindowMs } from "./limits.ts";

export interface FailedAttempts {
  /** Counts one; gives how long to wait when there were too many, 0 otherwise. */
  count(address: string, now: number): number;
}

/** Default: for wrong tokens. */
export function failedAttempts(
  { most, windowMs }: { readonly most: number; readonly windowMs: number } = {
    most: failedAttemptsMax,
    windowMs: failedAttemptsWindowMs,
  },
): FailedAttempts {
  const windows = new Map<string, { startedAt: number; failures: number }>();
  return {
    count(address, now) {
      const known = windows.get(address);
      const isOver = known === undefined || now - known.startedAt >= windowMs;
      const window = isOver ? { startedAt: now, failures: 0 } : known;
      window.failures += 1;
      windows.delete(address);
      windows.set(address, window);
      const [oldest] = windows.keys();
      if (windows.size > failedAddressesMax && oldest !== undefined) windows.delete(oldest);
      if (window.failures <= most) return 0;
      return window.startedAt + windowMs - now;
    },
  };
}
