/** How a release's and an instance's state is drawn. Pure. */
import type { ListedReleaseResource, ReleaseResource } from "#faces/api/contract";
import type { Shown } from "../../ui/state.ts";

export const releaseStates: Readonly<Record<ReleaseResource["state"], Shown>> = {
  starting: { word: "starting", mark: "turning", tone: "busy" },
  ready: { word: "ready", mark: "ring", tone: "busy" },
  exposed: { word: "exposed", mark: "turning", tone: "busy" },
  live: { word: "live", mark: "tick", tone: "good" },
  warm: { word: "warm", mark: "ring", tone: "quiet" },
  stopped: { word: "stopped", mark: "dash", tone: "quiet" },
  failed: { word: "failed", mark: "cross", tone: "bad" },
};

type InstanceState = ReleaseResource["instances"][number]["state"];

export const instanceStates: Readonly<Record<InstanceState, Shown>> = {
  starting: { word: "starting", mark: "turning", tone: "busy" },
  ready: { word: "ready", mark: "tick", tone: "good" },
  draining: { word: "draining", mark: "turning", tone: "quiet" },
  exited: { word: "exited", mark: "dash", tone: "quiet" },
};

const causes: Readonly<Record<ReleaseResource["cause"], string>> = {
  push: "a push",
  config: "new configuration",
  rollback: "a way back",
};

/** Why it exists, and what of: "a push", "a way back to v3". */
export function causeWords({
  cause,
  restoresNumber,
}: Pick<ListedReleaseResource, "cause" | "restoresNumber">): string {
  return `${causes[cause]}${restoresNumber === undefined ? "" : ` to v${restoresNumber}`}`;
}

type Code = Pick<ReleaseResource, "number" | "artifact" | "configVersion">;

/** Why the server would not go back to it; absent: it would. */
export function noWayBack(
  { number, publishedAt, isKept, artifact, configVersion }: ListedReleaseResource,
  live: Code | undefined,
): string | undefined {
  if (number === live?.number) return "live";
  if (publishedAt === undefined) return "never went live";
  if (live === undefined) return "nothing is live to go back from";
  if (artifact === live.artifact && configVersion === live.configVersion) {
    return `the same as v${live.number}, which is live`;
  }
  return isKept ? undefined : "no longer kept";
}
