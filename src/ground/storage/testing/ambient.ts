import { setTimeout as delay } from "node:timers/promises";
import type { Clock, Log } from "#domain";

/** The real clock, for tests in which real processes take real time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: async (ms, signal) => {
    // It rejects only when aborted, and then the sleep is over as well.
    await delay(Math.min(ms, 2 ** 31 - 1), undefined, { signal }).catch(() => undefined);
  },
};

export const silentLog: Log = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
};
