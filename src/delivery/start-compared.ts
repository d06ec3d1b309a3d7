/**
 * Starts a candidate, and with it what it is to be compared with. Whether that will be a fresh baseline is decided
 * when its rollout begins, before anybody is exposed: one that does not start is no reason to
 * keep users from a release, and the running baseline is compared with instead.
 */
import type { Result } from "#std";
import type { Problem, Release, ReleaseId, RolloutPolicy } from "#domain";
import { planFresh, startFresh } from "#delivery/rollout";
import type { DeliveryPorts } from "./ports.ts";
import { type Started, startVerified } from "./start-verified.ts";

export interface StartedBeside {
  readonly started: Result<Started, Problem>;
  /** Why the fresh baseline did not start, if it did not. */
  readonly freshProblem?: Problem;
}

/** May be called again after a crash, like what it is made of. */
export async function startCompared(
  { release, policy }: { readonly release: Release; readonly policy: RolloutPolicy },
  ports: DeliveryPorts,
  signal: AbortSignal,
): Promise<StartedBeside> {
  if (policy.baseline !== "fresh") {
    return { started: await startVerified(release, ports, { signal }) };
  }
  const live = (await ports.store.get("app", release.app))?.body.liveRelease;
  if (live !== undefined) await planFresh(release.id, live, ports);
  let freshProblem: Problem | undefined;
  const beside = async (): Promise<void> => {
    const outcome = await startFresh(release.id, ports, signal);
    if (!outcome.ok) freshProblem = outcome.error;
  };
  const started = await startVerified(release, ports, { signal, beside });
  return { started, ...(freshProblem === undefined ? {} : { freshProblem }) };
}

export interface ComparedWith {
  /** The policy as this rollout has it. */
  readonly policy: RolloutPolicy;
  /** Why the policy's fresh baseline is not compared with, where users could have been. */
  readonly because?: string;
  /** The release whose fresh instances are not needed, then. */
  readonly left?: ReleaseId;
}

/** Whether the candidate is compared with a fresh baseline, now that it is about to meet users. Pure. */
export function comparedWith(
  policy: RolloutPolicy,
  parties: Parties,
  freshProblem?: Problem,
): ComparedWith {
  const { candidate, baseline } = parties;
  if (policy.baseline !== "fresh" || hasFresh(parties)) return { policy };
  const running = { policy: { ...policy, baseline: "running" } } as const;
  // The first release has nothing to be compared with, and what has no users nobody.
  if (baseline === undefined || (candidate.formation["web"] ?? 0) === 0) return running;
  const { freshBaseline: left } = candidate;
  return {
    ...running,
    because: whyNot(left !== undefined && left !== baseline.id, freshProblem),
    ...(left === undefined ? {} : { left }),
  };
}

interface Parties {
  readonly candidate: Release;
  readonly baseline: Release | undefined;
}

function hasFresh({ candidate, baseline }: Parties): boolean {
  if (baseline === undefined || candidate.freshBaseline !== baseline.id) return false;
  const mine = baseline.instances.filter(({ freshFor }) => freshFor === candidate.id);
  return mine.length > 0 && mine.every(({ state }) => state === "ready");
}

function whyNot(isOther: boolean, problem: Problem | undefined): string {
  if (isOther) return "what is live changed while the candidate was started";
  return problem === undefined
    ? "the fresh baseline did not start, or ended before the candidate met anybody"
    : `the fresh baseline did not start: ${problem.message}`;
}
