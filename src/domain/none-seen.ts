/** Why nothing of the candidate was counted by a guardrail, and what it waits for. Pure. */
import { formatDurationMs } from "#std";
import type { GuardrailState, HarmTotals, RolloutPolicy } from "./rollout.ts";

/** The first seconds of a candidate under traffic are a cold start: latency does not count them. */
export const latencyWarmUpMs = 5_000;

interface Around {
  readonly totals: Pick<HarmTotals, "candidateRequests"> & {
    readonly requestsByRule?: number | undefined;
  };
  readonly policy: {
    readonly guardrails: readonly (Pick<RolloutPolicy["guardrails"][number], "name"> & {
      readonly warmUpMs?: number | undefined;
      readonly metric?: { readonly from: string } | undefined;
    })[];
  };
  /** The rollout has ended: nothing is waited for. */
  readonly isOver: boolean;
}

type Guardrail = Pick<GuardrailState, "name" | "unit" | "candidate">;

/** A clause: "no request has reached it yet". Nothing where something was counted. */
export function whyNoneSeen(guardrail: Guardrail, around: Around): string | undefined {
  const { name, unit, candidate } = guardrail;
  // That no instance ended by itself is all there is to know of crashes.
  if (candidate.sample > 0 || name === "crashes") return undefined;
  const metric = ownOf(name, around)?.metric;
  if (metric !== undefined) return `nothing ${sourceWords[metric.from] ?? "was counted"}`;
  const yet = around.isOver ? "" : " yet";
  if (unit === "instances") return `no instance was measured${yet}`;
  if (name.startsWith("shadow")) return `no copy of a request was answered${yet}`;
  return whyNotCompared(name, around);
}

function whyNotCompared(name: string, around: Around): string {
  const { totals, isOver } = around;
  const waits = (forWhat: string): string => (isOver ? "" : `; it waits for ${forWhat}`);
  const { candidateRequests: requests, requestsByRule = 0 } = totals;
  if (requests === 0) {
    return isOver ? "no request reached it while it was judged" : "no request has reached it yet";
  }
  if (requestsByRule >= requests) {
    return `all its requests were by rule or preview, which are not compared${waits("users by chance")}`;
  }
  if (name !== "latency") return `none of its requests could be compared${waits("others")}`;
  const warmUp = formatDurationMs(ownOf(name, around)?.warmUpMs ?? latencyWarmUpMs);
  return `its first ${warmUp} with requests are a cold start and do not count${waits("requests after that")}`;
}

function ownOf(
  name: string,
  { policy }: Around,
): Around["policy"]["guardrails"][number] | undefined {
  return policy.guardrails.find((each) => each.name === name);
}

const sourceWords: Readonly<Record<string, string>> = {
  otlp: "was reported by its instances",
  prometheus: "was found at the metrics server",
  probes: "was answered to its probes",
};
