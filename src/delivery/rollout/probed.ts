/** Probes before users: nobody is let in until both releases were asked often enough to show a failure. */
import type { Case, Decision } from "./decision.ts";
import { probePairsMin } from "./limits.ts";

/** Waits for the probes of a policy that has some; nothing when it has none, or when they have spoken. */
export function probedFirst({ rollout, verdict }: Case): Decision | undefined {
  const { policy, baseline, exposure, firstExposedAt } = rollout;
  const hasProbes = (policy.probes ?? []).length > 0 && baseline !== undefined;
  if (!hasProbes || exposure > 0 || firstExposedAt !== undefined) return undefined;
  const asked = verdict.guardrails.find(({ name }) => name === "probes")?.candidate.sample ?? 0;
  if (asked >= probePairsMin) return undefined;
  return { kind: "wait", because: `probes come first: ${asked} of ${probePairsMin} pairs asked` };
}
