/** What was counted during a rollout, on the wire: what its verdict can be replayed from. */
import { z } from "zod";
import type { JsonSchema } from "#std";
import type { ArmCounts, IntervalCounts, MetricCounts, ShadowCounts } from "#domain";
import type { Agree, AllAgree } from "./agreement.ts";
import { rolloutPolicy } from "./rollout.ts";

const metricCounts = z.object({ events: z.number(), sample: z.number() });
const metrics = z.record(z.string(), metricCounts);

const armCounts = z.object({
  requests: z.number(),
  errors: z.number(),
  connectionFailures: z.number(),
  unkeyedRequests: z.number(),
  usersFirstHarmed: z.number(),
  usersFirstSeen: z.number(),
  latency: z.array(z.number()),
  usersNew: z.number().optional(),
  usersFirstStuck: z.number().optional(),
  instances: metrics.optional(),
  custom: metrics.optional(),
});

const shadowCounts = z.object({
  mirrored: z.number(),
  candidateOnlyFailed: z.number(),
  baselineOnlyFailed: z.number(),
  bothFailed: z.number(),
  answersDiffered: z.number(),
  baselineLatency: z.array(z.number()).optional(),
  candidateLatency: z.array(z.number()).optional(),
});

const intervalCounts = z.object({
  rollout: z.string(),
  index: z.number(),
  startAt: z.number(),
  endAt: z.number(),
  exposure: z.number(),
  baseline: armCounts,
  candidate: armCounts,
  ruled: z.object({ requests: z.number(), errors: z.number() }).optional(),
  source: z.enum(["edge", "metrics", "probes"]).optional(),
  shadow: shadowCounts.optional(),
  groups: z.array(metricCounts).optional(),
  isUserSetFull: z.boolean().optional(),
});

/** What the counts are of, and by what they were judged: the first line of a counts file. */
export const countsHeader = z.object({
  rollout: z.string(),
  app: z.string(),
  policy: rolloutPolicy,
});

/** Its JSON Schema, for the documentation of the file. */
export function countsHeaderSchema(): JsonSchema {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(countsHeader, { io: "input" });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is JSON, which zod's type does not say
  return schema as JsonSchema;
}

/** A page of stored intervals, oldest first. */
export const countsPage = countsHeader.extend({ intervals: z.array(intervalCounts) });

export type CountsPageResource = z.output<typeof countsPage>;

export type CountsAgreement = AllAgree<
  [
    Agree<z.output<typeof metricCounts>, MetricCounts>,
    Agree<z.output<typeof shadowCounts>, ShadowCounts>,
    Agree<z.output<typeof armCounts>, Omit<ArmCounts, "instances"> & InstancesOnTheWire>,
    Agree<
      z.output<typeof intervalCounts>,
      Omit<IntervalCounts, "baseline" | "candidate"> & {
        readonly baseline: z.output<typeof armCounts>;
        readonly candidate: z.output<typeof armCounts>;
      }
    >,
  ]
>;

/** Instances by their id, which is text on the wire. */
interface InstancesOnTheWire {
  readonly instances?: Readonly<Record<string, MetricCounts>>;
}
