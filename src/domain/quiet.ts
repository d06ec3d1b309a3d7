/** What is told of a rollout that hardly anybody visits: that it is not judged so, and what can be done. */
import { formatDurationMs } from "#std";
import type { RolloutPolicy } from "./rollout.ts";

/** What its policy makes of silence. */
export type Quiet = Pick<RolloutPolicy, "maxDurationMs" | "atMaxDuration"> & {
  /** To the app in the minute before, or in `span`; absent or 0: none. */
  readonly requests?: number;
  readonly span?: "since it began";
};

/** Fewer requests than this a minute, or since it began, and no verdict is in sight. */
export const quietRequestsAMinute = 6;

const ends: Readonly<Record<Quiet["atMaxDuration"], string>> = {
  hold: "it is held and a person is asked",
  abort: "it is taken away",
  promote: "everybody is let in",
};

/** Renders it as sentences, one a line. */
export function quietWords(
  app: string,
  { maxDurationMs, atMaxDuration, ...came }: Quiet,
): readonly string[] {
  return [
    hardlyAnybody(came),
    `after ${formatDurationMs(maxDurationMs)} of that ${ends[atMaxDuration]}`,
    "what counts are requests to its address; who keeps the edge's cookie is a user",
    `to let everybody in without: tidegate rollout promote --app ${app} --reason "…"`,
    ...(atMaxDuration === "promote"
      ? []
      : ["to have time let it in: `atMaxDuration: promote` in tidegate.yaml, with `probes`"]),
  ];
}

/** That nobody, or hardly anybody, visits: the first of the sentences. */
function hardlyAnybody({ requests = 0, span }: Pick<Quiet, "requests" | "span">): string {
  return requests === 0
    ? "nobody visits, and without requests there is no verdict"
    : `hardly anybody visits (${requests} ${span ?? "in the last minute"}): a verdict takes hundreds of requests`;
}

/** What a rollout that is open to users and compares them says of those who came since it began, if hardly any did. */
export function quietSince(rollout: {
  readonly state: string;
  readonly baseline?: string | undefined;
  readonly exposure: number;
  readonly policy: Pick<RolloutPolicy, "strategy" | "maxDurationMs" | "atMaxDuration">;
  readonly totals: { readonly candidateRequests: number; readonly baselineRequests: number };
}): Quiet | undefined {
  const { state, baseline, exposure, policy, totals } = rollout;
  const isCompared = policy.strategy === "adaptive" || policy.strategy === "steps";
  const isOpen = state === "running" && baseline !== undefined && exposure > 0;
  const requests = totals.candidateRequests + totals.baselineRequests;
  if (!isCompared || !isOpen || requests >= quietRequestsAMinute) return undefined;
  const { maxDurationMs, atMaxDuration } = policy;
  return { maxDurationMs, atMaxDuration, requests, span: "since it began" };
}
