/** A rollout on the wire: how many users have the candidate, what is known about it, and from what. */
import { z } from "zod";
import type {
  FailedRequest,
  GuardrailState,
  HarmTotals,
  JointRollout,
  Rollout,
  RolloutPolicy,
  StepUntil,
  Verdict,
} from "#domain";
import type { Agree, AllAgree } from "./agreement.ts";

/** `errors`, `latency`, `crashes`, `saturation`, or the name of a custom one. */
const guardrailName = z.string();
const tolerance = z.object({ ratio: z.number(), absolute: z.number().optional() });
const verdictKind = z.enum([
  "harmful",
  "safe",
  "not_enough_evidence",
  "no_traffic",
  "split_broken",
  "data_missing",
]);
const seen = z.object({ events: z.number(), sample: z.number() });

export const guardrailState = z.object({
  name: guardrailName,
  verdict: verdictKind,
  unit: z.enum(["users", "requests", "instances"]),
  baseline: seen,
  candidate: seen,
  thresholdMs: z.number().optional(),
  tolerance,
  margin: z.number().optional(),
  logEHarm: z.number(),
  logESafe: z.number(),
  logEThreshold: z.number(),
  logESafeThreshold: z.number().optional(),
  forecastMs: z.number().optional(),
});

export const harmTotals = z.object({
  usersExposed: z.number(),
  usersHarmed: z.number(),
  candidateRequests: z.number(),
  candidateErrors: z.number(),
  baselineRequests: z.number(),
  baselineErrors: z.number(),
  requestsByRule: z.number().optional(),
});

const metricPolicy = z.object({
  from: z.enum(["otlp", "prometheus", "probes"]),
  events: z.string(),
  sample: z.string().optional(),
  server: z.string().optional(),
  worse: z.enum(["higher", "lower"]).optional(),
});

const probePolicy = z.object({
  path: z.string(),
  everyMs: z.number(),
  expectStatus: z.number().optional(),
  timeoutMs: z.number(),
});

const stepPolicy = z.object({
  weightPercent: z.number(),
  forMs: z.number(),
  until: z.enum(["approval", "safe", "time"]),
});

const cohortPolicy = z.object({
  match: z.union([
    z.object({ kind: z.enum(["header", "cookie"]), name: z.string(), value: z.string() }),
    z.object({ kind: z.literal("user"), keys: z.array(z.string()) }),
  ]),
  percent: z.number().optional(),
});

const windowsPolicy = z.object({
  notBeforeAt: z.number().optional(),
  freezes: z
    .array(z.object({ fromAt: z.number(), toAt: z.number(), reason: z.string() }))
    .optional(),
  daily: z
    .array(
      z.object({
        days: z.array(z.number()),
        fromMinute: z.number(),
        toMinute: z.number(),
        timeZone: z.string(),
      }),
    )
    .optional(),
});

export const rolloutPolicy = z.object({
  strategy: z.enum(["adaptive", "steps", "blue-green", "all-at-once", "hold", "shadow"]),
  harmBudgetRequests: z.number(),
  harmBudgetUsers: z.number().optional(),
  alpha: z.number(),
  unit: z.enum(["users", "requests"]).optional(),
  baseline: z.enum(["running", "fresh"]).optional(),
  guardrails: z.array(
    z.object({
      name: guardrailName,
      tolerance,
      warmUpMs: z.number().optional(),
      metric: metricPolicy.optional(),
    }),
  ),
  exposureMaxPercent: z.number(),
  maxDurationMs: z.number(),
  atMaxDuration: z.enum(["hold", "abort", "promote"]),
  userKey: z.object({
    from: z.enum(["edge_cookie", "header", "cookie"]),
    name: z.string().optional(),
  }),
  probes: z.array(probePolicy).optional(),
  warmMs: z.number(),
  steps: z.array(stepPolicy).optional(),
  shadow: z
    .object({
      requests: z.number(),
      sharePercent: z.number(),
      except: z.array(z.string()).optional(),
    })
    .optional(),
  cohorts: z
    .object({
      rules: z.array(cohortPolicy),
      aloneMs: z.number(),
      until: z.enum(["approval", "time"]),
    })
    .optional(),
  hasPreview: z.boolean().optional(),
  autoPromoteMs: z.number().optional(),
  windows: windowsPolicy.optional(),
  bake: z.object({ forMs: z.number(), controlPercent: z.number() }).optional(),
  together: z.object({ apps: z.array(z.string()), waitMs: z.number() }).optional(),
  alphaShare: z.number().optional(),
});

export const failedRequest = z.object({
  at: z.number(),
  arm: z.enum(["baseline", "candidate"]),
  release: z.string(),
  instance: z.string().optional(),
  method: z.string(),
  path: z.string(),
  status: z.number().optional(),
  failure: z.enum(["connection", "timeout", "reset"]).optional(),
  durationMs: z.number(),
  requestId: z.string(),
});

/** What the rollout says about the candidate, in a word and a sentence. */
export const verdict = z.object({
  kind: verdictKind,
  sentence: z.string(),
  guardrail: guardrailName.optional(),
});

/** What the verdict rests on. */
export const rolloutEvidence = z.object({
  throughIndex: z.number(),
  guardrails: z.array(guardrailState),
  totals: harmTotals,
  failureExample: z.object({ request: failedRequest, log: z.array(z.string()) }).optional(),
});

export const rolloutState = z.enum([
  "running",
  "paused",
  "held",
  "baking",
  "promoted",
  "rolled_back",
  "superseded",
]);
const commandKind = z.enum([
  "pause",
  "resume",
  "promote",
  "abort",
  "approve",
  "skip-to",
  "supersede",
]);
const rolloutStep = z.object({
  index: z.number(),
  enteredAt: z.number(),
  approval: z.object({ by: z.string(), reason: z.string(), at: z.number() }).optional(),
});

/** A guardrail of which nothing is counted: what, why, where it was looked for and what to do. */
const unmeasured = z.object({
  guardrail: guardrailName,
  metric: z.string(),
  because: z.string(),
  where: z.string(),
  next: z.string(),
  sinceAt: z.number(),
  isOver: z.literal(true).optional(),
});

export const rollout = z.object({
  id: z.string(),
  app: z.string(),
  environment: z.literal("production"),
  change: z.string(),
  candidate: z.string(),
  baseline: z.string().optional(),
  /** Version of the configuration that is rolled out, with the code that is live; absent: it is not for that. */
  configVersion: z.number().optional(),
  state: rolloutState,
  /** Buckets of 10,000 that belong to the candidate. */
  exposure: z.number(),
  /** The same as a share of users, 0..100. */
  exposurePercent: z.number(),
  reason: z.string(),
  startedAt: z.number(),
  firstExposedAt: z.number().optional(),
  publishedAt: z.number().optional(),
  finishedAt: z.number().optional(),
  step: rolloutStep.optional(),
  /** The policy's steps in words, in order; the one it is in is counted from 1, 0 before the first. */
  steps: z.array(z.string()),
  stepNumber: z.number(),
  /** What ends that step, if nothing is wrong: not before `endsAt`, and then what `until` says. */
  stepUntil: z
    .object({ endsAt: z.number().optional(), until: z.enum(["approval", "safe", "time"]) })
    .optional(),
  /** Where the candidate can be looked at before anybody else meets it: "https://preview-shop.example.org". */
  previewUrl: z.string().optional(),
  delayedUntilAt: z.number().optional(),
  waitsSince: z.number().optional(),
  /** While it waits for a person: what they can type. */
  asks: z.string().optional(),
  waitedMs: z.number().optional(),
  verdict,
  unmeasured: z.array(unmeasured).optional(),
  evidence: rolloutEvidence,
  policy: rolloutPolicy,
  command: z
    .object({
      kind: commandKind,
      by: z.string(),
      reason: z.string(),
      at: z.number(),
      step: z.number().optional(),
      app: z.string().optional(),
      words: z.string().optional(),
    })
    .optional(),
  /** The joint rollout of which it is a member: who else is, and what the evidence of all says. */
  together: z
    .object({
      leader: z.string(),
      /** Those that may be seen. */
      members: z.array(z.object({ app: z.string(), rollout: z.string() })),
      /** How many more there are. */
      hidden: z.number(),
      /** `app`: whose sentence it is; absent: of one that may not be seen. */
      verdict: z.object({ kind: verdictKind, app: z.string().optional(), sentence: z.string() }),
    })
    .optional(),
});

/** What a person may tell a rollout; `supersede` is the delivery's own word. */
export const rolloutAction = z.enum(["pause", "resume", "promote", "abort", "approve", "skip-to"]);

/** `step`: which one is approved or skipped to, counted from 1; a rollout in another one refuses. */
export const rolloutActionRequest = z.strictObject({
  reason: z.string().max(500).default(""),
  step: z.number().int().min(1).max(1000).optional(),
});

export type RolloutResource = z.output<typeof rollout>;
export type GuardrailResource = z.output<typeof guardrailState>;
export type RolloutAction = z.output<typeof rolloutAction>;

/** The resource regroups the domain's rollout: its evidence stands together. */
type Expected = Omit<
  Rollout,
  "salt" | "newErrors" | "verdict" | "totals" | "failureExample" | "together"
> & {
  readonly together?: Pick<JointRollout, "leader" | "members"> & {
    readonly hidden: number;
    readonly verdict: Pick<JointRollout["verdict"], "kind" | "sentence"> & {
      readonly app?: string;
    };
  };
  readonly exposurePercent: number;
  readonly steps: readonly string[];
  readonly stepNumber: number;
  readonly stepUntil?: StepUntil;
  readonly previewUrl?: string;
  readonly verdict: Omit<Verdict, "guardrails" | "throughIndex">;
  readonly evidence: Pick<Verdict, "throughIndex" | "guardrails"> &
    Pick<Rollout, "totals" | "failureExample">;
};

export type RolloutAgreement = AllAgree<
  [
    Agree<GuardrailResource, GuardrailState>,
    Agree<z.output<typeof harmTotals>, HarmTotals>,
    Agree<z.output<typeof rolloutPolicy>, RolloutPolicy>,
    Agree<z.output<typeof failedRequest>, FailedRequest>,
    Agree<RolloutResource, Expected>,
  ]
>;
