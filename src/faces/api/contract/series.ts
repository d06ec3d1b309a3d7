/** A rollout over time on the wire: what its graphs are drawn from. */
import { z } from "zod";
import { guardrailState, verdict } from "./rollout.ts";

/** Candidate minus baseline, with bounds that hold at all times together with probability 1 - alpha. */
const difference = z.object({ estimate: z.number(), lower: z.number(), upper: z.number() });

const seriesPoint = z.object({
  /** Of the interval it was judged through. */
  index: z.number(),
  at: z.number(),
  /** Share of users on the candidate, and what the harm budget allowed where that decides it: 0..100. */
  exposurePercent: z.number(),
  exposureAllowedPercent: z.number().optional(),
  verdict,
  usersSeen: z.object({ baseline: z.number(), candidate: z.number() }),
  /** Sums since the beginning; what lies between two points is their difference. */
  guardrails: z.array(
    guardrailState.extend({
      difference: difference.optional(),
      /** Of latency, the sums at the threshold of the newest point: the ones to draw a line through. */
      alike: guardrailState.pick({ baseline: true, candidate: true }).optional(),
    }),
  ),
});

const mark = z.object({
  seq: z.number(),
  at: z.number(),
  type: z.string(),
  actor: z.string(),
  exposurePercent: z.number().optional(),
  because: z.string().optional(),
});

/** Judged from the stored counts by the engine that judges the rollout; facts (crashes) are not in counts. */
export const series = z.object({
  rollout: z.string(),
  app: z.string(),
  change: z.string(),
  alpha: z.number(),
  /** The most that the policy exposes before the verdict is in, 0..100. */
  exposureMaxPercent: z.number(),
  intervals: z.number(),
  throughIndex: z.number(),
  points: z.array(seriesPoint),
  marks: z.array(mark),
});

export type SeriesResource = z.output<typeof series>;
