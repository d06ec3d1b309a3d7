/** What is told of a rollout that hardly anybody visits: that it is not judged so, and what can be done. */
import { formatDurationMs } from "#std";
import type { RolloutPolicy } from "./rollout.ts";

/** What its policy makes of silence. */
export type Quiet = Pick<RolloutPolicy, "maxDurationMs" | "atMaxDuration"> & {
  /** To the app in the minute before; absent or 0: none. */
  readonly requests?: number;
};

/** Fewer requests than this a minute, and no verdict is in sight. */
export const quietRequestsAMinute = 6;

const ends: Readonly<Record<Quiet["atMaxDuration"], string>> = {
  hold: "it is held and a person is asked",
  abort: "it is taken away",
  promote: "everybody is let in",
};

/** Renders it as sentences, one a line. */
export function quietWords(
  app: string,
  { maxDurationMs, atMaxDuration, requests = 0 }: Quiet,
): readonly string[] {
  return [
    requests === 0
      ? "nobody visits, and without requests there is no verdict"
      : `hardly anybody visits (${requests} in the last minute): a verdict takes hundreds of requests`,
    `after ${formatDurationMs(maxDurationMs)} of that ${ends[atMaxDuration]}`,
    "what counts are requests to its address; who keeps the edge's cookie is a user",
    `to let everybody in without: tidegate rollout promote --app ${app} --reason "…"`,
    ...(atMaxDuration === "promote"
      ? []
      : ["to have time let it in: `atMaxDuration: promote` in tidegate.yaml, with `probes`"]),
  ];
}

/** Whether a rollout that is compared is open to users, and nobody has come to either release since it began. */
export function isQuiet(rollout: {
  readonly state: string;
  readonly baseline?: string | undefined;
  readonly exposure: number;
  readonly policy: Pick<RolloutPolicy, "strategy">;
  readonly totals: { readonly candidateRequests: number; readonly baselineRequests: number };
}): boolean {
  const { state, baseline, exposure, policy, totals } = rollout;
  const isCompared = policy.strategy === "adaptive" || policy.strategy === "steps";
  const isOpen = state === "running" && baseline !== undefined && exposure > 0;
  return isCompared && isOpen && totals.candidateRequests + totals.baselineRequests === 0;
}
