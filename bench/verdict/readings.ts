/** What outcomes say against a bar: a share with its interval, or a median; "met" by its own number. */
import type { Outcome } from "./drive.ts";
import {
  durationText,
  medianInterval,
  quantileOf,
  shareOf,
  shareText,
  type Share,
} from "./statistics.ts";

export interface BarReading {
  readonly measured: string;
  readonly interval: string;
  readonly result: "met" | "**missed**" | "not shown by so few runs" | "";
}

export function countOf(outcomes: readonly Outcome[], end: Outcome["end"]): number {
  return outcomes.filter((outcome) => outcome.end === end).length;
}

export function endShare(outcomes: readonly Outcome[], end: Outcome["end"]): Share {
  return shareOf(countOf(outcomes, end), outcomes.length);
}

export function atMost(share: Share, limit: number): BarReading {
  const isShown = share.high <= limit;
  const result = share.share > limit ? "**missed**" : "not shown by so few runs";
  const [measured = "", interval = ""] = shareText(share).split(" [");
  return { measured: `${measured} %`, interval: `[${interval}`, result: isShown ? "met" : result };
}

export function atLeast(hits: number, outcomes: readonly unknown[], limit: number): BarReading {
  const share = shareOf(hits, outcomes.length);
  const [measured = "", interval = ""] = shareText(share).split(" [");
  const result = share.share >= limit ? "met" : "**missed**";
  return { measured: `${measured} %`, interval: `[${interval}`, result };
}

export function medianAtMost(
  outcomes: readonly Outcome[],
  end: Outcome["end"],
  limitS: number,
): BarReading {
  const seconds = outcomes.filter((outcome) => outcome.end === end).map((one) => one.seconds);
  // A run that never ended so took longer than any that did.
  const others = Array.from({ length: outcomes.length - seconds.length }, () => Infinity);
  const all = [...seconds, ...others];
  const median = quantileOf(all, 0.5);
  const [low, high] = medianInterval(all);
  const p90 = quantileOf(all, 0.9);
  const soPercent = shareText(shareOf(seconds.length, all.length)).split(" [")[0];
  return {
    measured: `${timeText(median)} (p90 ${timeText(p90)}; ${soPercent} % so)`,
    interval: `[${timeText(low)}, ${timeText(high)}]`,
    result: median <= limitS ? "met" : "**missed**",
  };
}

function timeText(seconds: number): string {
  return Number.isFinite(seconds) ? durationText(seconds) : "never";
}
