/** Who is in a rollout, on the wire: links for a browser, and where a user is. */
import { z } from "zod";

/** `to`: what the links are made for; the page that they open offers both. */
export const cohortLinksRequest = z.strictObject({
  to: z.enum(["candidate", "baseline"]).default("candidate"),
});

/** One for each app that goes together: an app has cookies of its own. The first is the app's that was asked for. */
export const cohortLinks = z.object({
  links: z.array(z.object({ app: z.string(), url: z.string() })),
  expiresAt: z.number(),
});

export const userPlace = z.object({
  rollout: z.string(),
  app: z.string(),
  isIn: z.boolean(),
  /** What the user has: "v12". */
  release: z.string().optional(),
  by: z.enum(["everybody", "rule", "chance"]),
  because: z.string(),
  sinceAt: z.number().optional(),
  /** 0..9999, where chance decides. */
  bucket: z.number().optional(),
  /** What else decides than the key that was asked for. */
  unless: z.array(z.string()),
});

export type CohortLinksResource = z.output<typeof cohortLinks>;
export type UserPlaceResource = z.output<typeof userPlace>;
