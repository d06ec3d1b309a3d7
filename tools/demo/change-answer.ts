/** What `tidegate change show --json` says about a change's rollout, as the facts that the story tells. */
import { z } from "zod";

const seen = z.object({ events: z.number(), sample: z.number() });

const guardrail = z.object({
  name: z.string(),
  verdict: z.string(),
  unit: z.string(),
  baseline: seen,
  candidate: seen,
  thresholdMs: z.number().optional(),
  tolerance: z.object({ ratio: z.number(), absolute: z.number().optional() }),
  logEHarm: z.number(),
  logESafe: z.number(),
});

const rollout = z.object({
  id: z.string(),
  state: z.string(),
  exposurePercent: z.number(),
  reason: z.string(),
  firstExposedAt: z.number().optional(),
  finishedAt: z.number().optional(),
  verdict: z.object({
    kind: z.string(),
    sentence: z.string(),
    guardrail: z.string().optional(),
  }),
  evidence: z.object({
    guardrails: z.array(guardrail),
    totals: z.object({
      usersExposed: z.number(),
      candidateRequests: z.number(),
      candidateErrors: z.number(),
      baselineRequests: z.number(),
      baselineErrors: z.number(),
    }),
    failureExample: z
      .object({
        request: z.object({
          method: z.string(),
          path: z.string(),
          status: z.number().optional(),
          requestId: z.string(),
        }),
        log: z.array(z.string()),
      })
      .optional(),
  }),
  policy: z.object({ harmBudgetRequests: z.number() }),
});

export const changeAnswer = z.object({
  id: z.string(),
  commit: z.string(),
  state: z.string(),
  stages: z.array(
    z.object({ name: z.string(), state: z.string(), summary: z.string().optional() }),
  ),
  release: z.object({ number: z.number() }).optional(),
  rollout: rollout.optional(),
});

export type ChangeAnswer = z.output<typeof changeAnswer>;
export type RolloutAnswer = z.output<typeof rollout>;
export type Guardrail = z.output<typeof guardrail>;

export type Measured = ReturnType<typeof measuredOf>;

/** How the users of a change fared: what steps 4 and 5 of the JSON document have beside their facts. */
export function measuredOf(answer: RolloutAnswer) {
  const { totals, guardrails, failureExample } = answer.evidence;
  const { firstExposedAt, finishedAt } = answer;
  return {
    usersExposed: totals.usersExposed,
    requestsFailed: totals.candidateErrors,
    requestsToCandidate: totals.candidateRequests,
    exposedForMs:
      firstExposedAt === undefined || finishedAt === undefined
        ? undefined
        : finishedAt - firstExposedAt,
    verdict: answer.verdict.kind,
    evidence: {
      sentence: answer.verdict.sentence,
      guardrails: guardrails.map((one) => ({
        name: one.name,
        verdict: one.verdict,
        unit: one.unit,
        value: ratioOf(one.candidate),
        baselineValue: ratioOf(one.baseline),
        tolerance: one.tolerance,
        sample: one.candidate.sample,
        baselineSample: one.baseline.sample,
        logEHarm: one.logEHarm,
        logESafe: one.logESafe,
      })),
      totals,
      ...(failureExample === undefined ? {} : { failedRequest: failureExample }),
    },
  };
}

function ratioOf({ events, sample }: z.output<typeof seen>): number {
  return sample === 0 ? 0 : events / sample;
}
