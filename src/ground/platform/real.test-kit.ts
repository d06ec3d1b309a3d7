/** The real clock, and a log that keeps quiet, for this room's tests. */
import type { Clock, Log } from "#domain";
import { pause } from "./readiness.ts";

export const realClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: (ms, signal) => pause(ms, signal),
};

const nothing = (): void => {};
export const quietLog: Log = { error: nothing, warn: nothing, info: nothing, debug: nothing };
