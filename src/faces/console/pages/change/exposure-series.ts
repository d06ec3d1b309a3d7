/** Exposure over time beside what the policy allowed, as lines of a graph. Pure. */
import type { RolloutResource } from "#faces/api/contract";
import type { Exposed } from "./story.ts";

export interface ExposureSeries {
  readonly at: readonly number[];
  /** 0..100. */
  readonly exposed: readonly number[];
  /** The most the policy allowed at that time, 0..100. */
  readonly allowed: readonly number[];
}

type Looked = Pick<
  RolloutResource,
  "startedAt" | "publishedAt" | "finishedAt" | "policy" | "state"
>;

/** Both as steps: a value holds from its instant to the next one. */
export function exposureSeries(
  rollout: Looked,
  exposures: readonly Exposed[],
  now: number,
): ExposureSeries {
  const end = Math.max(rollout.finishedAt ?? now, rollout.startedAt);
  const moves = exposures.filter(({ at }) => at >= rollout.startedAt);
  const instants = [rollout.startedAt, ...moves.map(({ at }) => at), end]
    .toSorted((a, b) => a - b)
    .filter((at, index, all) => at !== all[index - 1]);
  return {
    at: instants,
    exposed: instants.map((at) => moves.findLast((move) => move.at <= at)?.percent ?? 0),
    allowed: instants.map((at) => allowedAt(rollout, at)),
  };
}

/** Until everybody has it, no more than the policy's largest exposure; `steps` are bounded by themselves. */
function allowedAt({ policy, publishedAt }: Looked, at: number): number {
  if (publishedAt !== undefined && at >= publishedAt) return 100;
  return policy.strategy === "adaptive" ? policy.exposureMaxPercent : 100;
}
