/** Whether an app's newest configuration is with its users or on its way to them, so that nothing is left to do. */
import type { Release, ReleaseState } from "./release.ts";

const onItsWay: ReadonlySet<ReleaseState> = new Set(["starting", "ready", "exposed"]);

/**
 * `newest`: the release made last. A push that was taken away from users leaves the configuration that it carried the
 * app's newest, and to set it once more is to try it again.
 */
export function isConfigCarried(
  version: number,
  at: {
    readonly live: Pick<Release, "configVersion"> | undefined;
    readonly newest: Pick<Release, "configVersion" | "state"> | undefined;
  },
): boolean {
  const { live, newest } = at;
  // The first release that is delivered gets it.
  if (live === undefined || live.configVersion === version) return true;
  return newest?.configVersion === version && onItsWay.has(newest.state);
}
