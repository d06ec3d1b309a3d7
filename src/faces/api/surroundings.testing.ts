/** The clock and a log for the tests of this room. */
import { setTimeout as delay } from "node:timers/promises";
import type { Clock, Log } from "#domain";

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
  },
  random: () => 0.5,
};

const ignore = () => undefined;
export const silentLog: Log = { error: ignore, warn: ignore, info: ignore, debug: ignore };
