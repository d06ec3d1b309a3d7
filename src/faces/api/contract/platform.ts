/** The instance itself on the wire: its state, its journal, and what deliveries add up to. */
import { z } from "zod";
import type { Finding, JournalEntry } from "#domain";
import type { Agree, AllAgree } from "./agreement.ts";

export const status = z.object({
  version: z.string(),
  startedAt: z.number(),
  apps: z.number(),
  activeRollouts: z.number(),
  journalEntries: z.number(),
  edges: z.array(z.object({ name: z.string(), isUp: z.boolean() })),
  sandboxLevel: z.number(),
  database: z.string(),
  /** Where git over SSH listens, and the fingerprint of its host key; absent: it is off. */
  ssh: z.object({ url: z.string(), hostKey: z.string() }).optional(),
});

const finding = z.object({
  name: z.string(),
  state: z.enum(["good", "fair", "bad"]),
  found: z.string(),
  next: z.string().optional(),
});

export const findings = z.object({ findings: z.array(finding) });

export const dora = z.object({
  app: z.string().optional(),
  fromAt: z.number(),
  toAt: z.number(),
  deployments: z.number(),
  deploymentsPerDay: z.number(),
  leadTimeMsP50: z.number().optional(),
  leadTimeMsP90: z.number().optional(),
  leadTimeFirstUserMsP50: z.number().optional(),
  changeFailRatio: z.number().optional(),
  changeFailRatioByUsers: z.number().optional(),
  failedDeployments: z.number(),
  recoveryMsP50: z.number().optional(),
  reworkRatio: z.number().optional(),
});

/** The type names the shape of `data`; a reader that does not know it can still verify the chain. */
export const journalEntry = z.object({
  seq: z.number(),
  at: z.number(),
  type: z.string(),
  app: z.string().optional(),
  change: z.string().optional(),
  actor: z.string(),
  /** The person or program behind it; absent for what acts on its own. */
  by: z
    .object({
      user: z.string().optional(),
      token: z.string().optional(),
      sshKey: z.string().optional(),
      session: z.string().optional(),
      address: z.string(),
      userAgent: z.string().optional(),
    })
    .optional(),
  data: z.record(z.string(), z.unknown()),
  previousHash: z.string(),
  hash: z.string(),
});

export const journalPage = z.object({ entries: z.array(journalEntry) });

/** What a person or a program did: an entry of the journal, read for an auditor. */
export const auditEntry = z.object({
  seq: z.number(),
  at: z.number(),
  who: z.string(),
  by: journalEntry.shape.by.unwrap(),
  what: z.string(),
  app: z.string().optional(),
  change: z.string().optional(),
  before: z.record(z.string(), z.unknown()).optional(),
  after: z.record(z.string(), z.unknown()).optional(),
  why: z.string().optional(),
  hash: z.string(),
});
export const auditPage = z.object({ entries: z.array(auditEntry) });

export const journalVerification = z.object({
  entries: z.number(),
  /** The first entry that does not fit; absent when the chain is whole. */
  brokenAt: z.number().optional(),
});

/**
 * What a follower of everything gets: `entry` events, with their words, and `place` events, which only say
 * how far the stream has come. Data of more than 8 kB is left out.
 */
export const streamEvent = z.union([
  journalEntry.omit({ previousHash: true, hash: true }).extend({
    data: z.record(z.string(), z.unknown()).optional(),
    lines: z.array(z.string()),
  }),
  z.object({ seq: z.number() }),
]);

/** One event of a change as it is followed: the entry, and how the push output words it. */
export const changeEvent = z.object({ entry: journalEntry, lines: z.array(z.string()) });

export type StatusResource = z.output<typeof status>;
export type FindingResource = z.output<typeof finding>;
export type DoraResource = z.output<typeof dora>;
export type JournalEntryResource = z.output<typeof journalEntry>;
export type AuditEntryResource = z.output<typeof auditEntry>;
export type JournalVerificationResource = z.output<typeof journalVerification>;
export type StreamEventResource = z.output<typeof streamEvent>;
export type ChangeEventResource = z.output<typeof changeEvent>;

type Head = Omit<JournalEntry, "type" | "data">;
export type PlatformAgreement = AllAgree<
  [
    Agree<FindingResource, Finding>,
    Agree<Omit<JournalEntryResource, "type" | "data">, Pick<JournalEntry, keyof Head>>,
  ]
>;
