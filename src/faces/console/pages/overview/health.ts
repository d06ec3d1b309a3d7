/** How an app is, as drawn; and the words for it. Pure. */
import type { OverviewAppResource } from "#faces/api/contract";
import type { Shown } from "../../ui/state.ts";
import { percent } from "../../ui/words.ts";

export const healths: Readonly<Record<OverviewAppResource["health"], Shown>> = {
  good: { word: "good", mark: "tick", tone: "good" },
  restarting: { word: "restarting", mark: "turning", tone: "bad" },
  failing: { word: "failing", mark: "cross", tone: "bad" },
  quiet: { word: "quiet", mark: "dash", tone: "quiet" },
  none: { word: "nothing live", mark: "ring", tone: "quiet" },
};

/** `12.4 a second, 0.2 % failed`; nothing where nobody asks. */
export function trafficWords({ requestsPerSecond, errorRatio }: OverviewAppResource): string {
  if (requestsPerSecond === 0) return "";
  const rate =
    requestsPerSecond < 0.05
      ? "under 0.1"
      : requestsPerSecond < 10
        ? requestsPerSecond.toFixed(1)
        : String(Math.round(requestsPerSecond));
  return `${rate} a second, ${percent(errorRatio)} failed`;
}
