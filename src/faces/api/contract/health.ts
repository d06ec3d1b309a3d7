/** How what is live fares, on the wire. */
import { z } from "zod";
import type { Restarts } from "#domain";
import type { Agree, AllAgree } from "./agreement.ts";

/** Instances of what is live that ended unasked in the last ten minutes, and starts of it that failed. */
export const restarts = z.object({
  count: z.number(),
  lastExit: z.string(),
  lastAt: z.number(),
  /** Three or more. */
  isRestarting: z.boolean(),
});

/**
 * - `restarting`: its instances end again and again, or do not get up. - `failing`: none answers, or one request in
 * twenty fails. - `quiet`: nothing was asked of it for a minute, or too little to tell. - `none`: nothing is live.
 */
export const health = z.enum(["good", "restarting", "failing", "quiet", "none"]);

export type HealthResource = z.output<typeof health>;

export type HealthAgreement = AllAgree<[Agree<z.output<typeof restarts>, Restarts>]>;
