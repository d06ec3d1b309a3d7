/** How what is live fares, in one word. Pure. */
import { isDown } from "#domain";
import type { AppView } from "#delivery";
import type { HealthResource } from "#faces/api/contract";

/** One failed request in twenty, over the last minute: what anybody would call failing. */
const failingErrorRatio = 0.05;

export function healthOf({
  live,
  restarts,
  requestsPerSecond,
  errorRatio,
}: Pick<AppView, "live" | "restarts" | "requestsPerSecond" | "errorRatio">): HealthResource {
  if (live === undefined) return "none";
  if (restarts?.isRestarting === true) return "restarting";
  if (isDown(live.instances)) return "failing";
  if (requestsPerSecond === 0) return "quiet";
  return errorRatio >= failingErrorRatio ? "failing" : "good";
}
