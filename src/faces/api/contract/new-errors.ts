/** Errors of a change that the release before did not have, on the wire. */
import { z } from "zod";
import type { NewError, NewErrors } from "#domain";
import type { Agree, AllAgree } from "./agreement.ts";

/** `kind`: the app printed it, or it is a failed request among those that were kept. */
export const newError = z.object({
  fingerprint: z.string(),
  kind: z.enum(["log", "request"]),
  title: z.string(),
  where: z.string().optional(),
  count: z.number(),
  /** Failed requests, among those kept, of the instances that printed it: "GET / gave 500". */
  answers: z.array(z.object({ title: z.string(), count: z.number() })).optional(),
  firstAt: z.number().optional(),
  /** `line`: in the log of `instance`, from 1. */
  example: z.object({
    instance: z.string().optional(),
    line: z.number().optional(),
    requestId: z.string().optional(),
    text: z.array(z.string()),
  }),
});

/** What was read; `isCut`: there was more. */
const errorsRead = z.object({ instances: z.number(), lines: z.number(), isCut: z.boolean() });

const found = z.object({
  errors: z.array(newError),
  /** Kinds beyond those. */
  more: z.number(),
  /** Kinds that both releases have. */
  known: z.number(),
  candidate: errorsRead,
  baseline: errorsRead,
});

/** Nothing is `found` before a change meets users, or when its logs were never compared. */
export const newErrors = z.object({ found: found.optional(), isFinal: z.boolean() });

export type NewErrorsResource = z.output<typeof newErrors>;
export type NewErrorResource = z.output<typeof newError>;

export type NewErrorsAgreement = AllAgree<
  [Agree<NewErrorResource, NewError>, Agree<z.output<typeof found>, NewErrors>]
>;
