/** How what is live fares, in one word. Pure. */
import { isDown, quietRequestsAMinute } from "#domain";
import type { AppView } from "#delivery";
import type { HealthResource } from "#faces/api/contract";

/** One failed request in twenty, over the last minute: what anybody would call failing. */
const failingErrorRatio = 0.05;

export function healthOf({
  live,
  restarts,
  requests,
  errorRatio,
}: Pick<AppView, "live" | "restarts" | "requests" | "errorRatio">): HealthResource {
  if (live === undefined) return "none";
  if (restarts?.isRestarting === true) return "restarting";
  if (isDown(live.instances)) return "failing";
  if (requests === 0) return "quiet";
  if (errorRatio < failingErrorRatio) return "good";
  // One failed request of one is an accident, and no share.
  return requests < quietRequestsAMinute ? "quiet" : "failing";
}
