/** How much of what an app may fail is left, on the wire. */
import { z } from "zod";
import type { Slo } from "#domain";
import type { Agree, AllAgree } from "./agreement.ts";

/** 99.9 and 28: of a thousand requests, one may fail, over the last 28 days. */
export const slo = z.object({ availabilityPercent: z.number(), windowDays: z.number() });

const served = z.object({ requests: z.number(), errors: z.number() });

export const errorBudget = z.object({
  slo,
  /**
   * - `not_enough_traffic`: one unlucky request would decide. - `kept`: it lasts at least the window.
   * - `burning`: at the last hour's rate it ends before. - `spent`: more has failed than may.
   */
  state: z.enum(["not_enough_traffic", "kept", "burning", "spent"]),
  window: served,
  hour: served,
  /** Failures that the window's requests allow. */
  allowed: z.number(),
  /** Of the budget, at most 1; below 0: more has failed than may. */
  remainingRatio: z.number().optional(),
  /** Over the last hour; at 1 the whole budget would be spent in just the window. */
  burnRate: z.number().optional(),
  /** How old the app is, while that is less than the window: what is said is of so short a time. */
  ageMs: z.number().optional(),
  /** Until nothing is left at that rate. */
  leftMs: z.number().optional(),
});

export type ErrorBudgetResource = z.output<typeof errorBudget>;

export type ErrorBudgetAgreement = AllAgree<[Agree<z.output<typeof slo>, Slo>]>;
