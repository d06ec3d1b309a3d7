/** Exposure over time beside what the policy allowed, as lines of a graph. Pure. */
import type { RolloutResource, SeriesResource } from "#faces/api/contract";
import type { Exposed } from "./story.ts";

export interface ExposureSeries {
  readonly at: readonly number[];
  /** 0..100. */
  readonly exposed: readonly number[];
  /** The most that was allowed at that time, 0..100. */
  readonly allowed: readonly number[];
}

type Looked = Pick<
  RolloutResource,
  "startedAt" | "publishedAt" | "finishedAt" | "policy" | "state"
>;
type Points = SeriesResource["points"];

export interface Known {
  readonly exposures: readonly Exposed[];
  readonly points: Points;
  readonly now: number;
}

const endRoomRatio = 0.04;
const endRoomMsMin = 250;

/** Both as steps: a value holds from its instant to the next one. */
export function exposureSeries(rollout: Looked, { exposures, points, now }: Known): ExposureSeries {
  const last = Math.max(rollout.finishedAt ?? now, rollout.startedAt);
  // What happened last is a step as well: beyond it there is room to see where it led.
  const end = last + Math.max(endRoomMsMin, (last - rollout.startedAt) * endRoomRatio);
  const moves = exposures.filter(({ at }) => at >= rollout.startedAt);
  const moments = [...moves.map(({ at }) => at), ...points.map(({ at }) => at)];
  const instants = [rollout.startedAt, ...moments.filter((at) => at < end), end]
    .toSorted((a, b) => a - b)
    .filter((at, index, all) => at !== all[index - 1]);
  return {
    at: instants,
    exposed: instants.map((at) => moves.findLast((move) => move.at <= at)?.percent ?? 0),
    allowed: instants.map((at) => {
      const exposed = moves.findLast((move) => move.at <= at)?.percent ?? 0;
      return Math.max(allowedAt(rollout, points, at), Math.min(exposed, mostOf(rollout)));
    }),
  };
}

/** What the policy allows before it is let in. */
function mostOf({ policy }: Looked): number {
  return policy.strategy === "adaptive" ? policy.exposureMaxPercent : 100;
}

/**
 * What the harm budget allows where that decides, never more than the policy; everything once it is let in. A point is
 * known only when its interval has been counted, and a move is made on what is allowed at that moment: until the next
 * point what was exposed within the policy was allowed, too.
 */
function allowedAt(rollout: Looked, points: Points, at: number): number {
  if (rollout.publishedAt !== undefined && at >= rollout.publishedAt) return 100;
  const most = mostOf(rollout);
  const point = points.findLast((one) => one.at <= at);
  return Math.min(most, point?.exposureAllowedPercent ?? most);
}
