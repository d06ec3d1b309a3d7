/**
 * The requests that the edge had counted at each look: what an arm had when it last reported. Pure but
 * for its own memory.
 */
import type { Arm, MetricMoment } from "#domain";
import { looksRememberedMax } from "../limits.ts";

export interface RequestHistory {
  note(moment: Pick<MetricMoment, "now" | "requests">): void;
  /** Between two looks: in proportion. Before the first that is remembered: as at that. */
  at(arm: Arm, instant: number): number;
}

export function openRequestHistory(): RequestHistory {
  const looks: Pick<MetricMoment, "now" | "requests">[] = [];
  return {
    note({ now, requests }) {
      looks.push({ now, requests });
      if (looks.length > looksRememberedMax) looks.shift();
    },
    at(arm, instant) {
      const index = looks.findLastIndex(({ now }) => now <= instant);
      const [before, after] = [looks[Math.max(0, index)], looks[index + 1]];
      if (before === undefined) return 0;
      const from = before.requests[arm];
      if (index < 0 || after === undefined) return from;
      const part = (instant - before.now) / (after.now - before.now);
      return Math.floor(from + part * (after.requests[arm] - from));
    },
  };
}
