/**
 * Failed attempts to authenticate, per network: an IPv6 customer has 2 to the 64th addresses. Only wrong tokens
 * are counted and only wrong tokens are held off: behind one address there may be many, and none may lock out
 * another who has the right one.
 */
import { networkOf } from "#std";
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
      const network = networkOf(address);
      const known = windows.get(network);
      const isOver = known === undefined || now - known.startedAt >= windowMs;
      const window = isOver ? { startedAt: now, failures: 0 } : known;
      window.failures += 1;
      windows.delete(network);
      windows.set(network, window);
      const [oldest] = windows.keys();
      if (windows.size > failedAddressesMax && oldest !== undefined) windows.delete(oldest);
      if (window.failures <= most) return 0;
      return window.startedAt + windowMs - now;
    },
  };
}
