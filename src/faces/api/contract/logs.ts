/** Logs of any length on the wire: windows by line number, hits of a search, and where logs are kept. */
import { z } from "zod";
import type { LogHits, LogWindow } from "#domain";
import type { Agree, AllAgree } from "./agreement.ts";

/** Lines are counted from 1; `rest` is what was written after the last line end. */
export const logWindow = z.object({
  total: z.number(),
  from: z.number(),
  lines: z.array(z.string()),
  rest: z.string().optional(),
});

/** `found` lines in all; `numbers` are the first 5,000 of them. */
export const logHits = z.object({
  numbers: z.array(z.number()),
  found: z.number(),
  total: z.number(),
});

/** Newest first. */
export const logSources = z.object({
  sources: z.array(
    z.object({
      instance: z.string(),
      release: z.string(),
      processType: z.string(),
      startedAt: z.number(),
      sizeBytes: z.number(),
      isRunning: z.boolean(),
    }),
  ),
});

export type LogWindowResource = z.output<typeof logWindow>;
export type LogHitsResource = z.output<typeof logHits>;
export type LogSourceResource = z.output<typeof logSources>["sources"][number];

export type LogsAgreement = AllAgree<
  [Agree<LogWindowResource, LogWindow>, Agree<LogHitsResource, LogHits>]
>;
