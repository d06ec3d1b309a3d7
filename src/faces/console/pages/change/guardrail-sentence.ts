/** What one guardrail says, in a sentence with its numbers. Pure. */
import { formatDurationMs } from "#std";
import { isOfMemory, latencyThresholds, whyTheseTimes } from "#domain";
import type { GuardrailResource } from "#faces/api/contract";
import { bytes, percent, points } from "../../ui/words.ts";
import { toleratedDifference } from "./guardrail-series.ts";

/** `isOver`: the rollout has ended, so what is not known now never will be. */
export function guardrailSentence(guardrail: GuardrailResource, isOver: boolean): string {
  const { baseline, candidate, unit, verdict } = guardrail;
  if (isOfMemory(guardrail) && candidate.sample > 0) return memorySentence(guardrail);
  if (baseline.sample === 0 || candidate.sample === 0) return silence(guardrail, isOver);
  const share = candidate.events / candidate.sample;
  const difference = share - baseline.events / baseline.sample;
  const measured = `${percent(share)} of ${unit} ${hitOf(guardrail)}, ${points(difference)} against ${beforeOf(guardrail)}`;
  const tolerated = points(toleratedDifference(guardrail));
  switch (verdict) {
    case "harmful":
      return `${measured}: more than the ${tolerated} that are tolerated.`;
    case "safe":
      return `${measured}: within the ${tolerated} that are tolerated.`;
    case "split_broken":
      return `${measured}, but the arms do not have the users that chance would give them: no comparison is to be trusted.`;
    case "data_missing":
      return `${measured}, but counts are missing.`;
    default:
      return `${measured}. Up to ${tolerated} are tolerated; ${isOver ? "not enough was known." : "not enough is known yet."}`;
  }
}

/** What it is compared with; of latency, what took a shorter time there counts already. */
function beforeOf(guardrail: GuardrailResource): string {
  const times = latencyThresholds(guardrail);
  return times === undefined
    ? "the version before"
    : `what took longer than ${formatDurationMs(times.baselineMs)} of the version before (${whyTheseTimes(guardrail) ?? ""})`;
}

function memorySentence({ baseline, candidate, tolerance, verdict }: GuardrailResource): string {
  const now = `An instance has ${bytes(candidate.events)} of the ${bytes(candidate.sample)} it may have`;
  const before = baseline.events === 0 ? "" : `, the version before ${bytes(baseline.events)}`;
  return verdict === "harmful"
    ? `${now}${before}: more than ${tolerance.ratio} times as much.`
    : `${now}${before}.`;
}

function silence({ name, candidate, unit, verdict }: GuardrailResource, isOver: boolean): string {
  if (name === "crashes" && verdict === "safe") return "No instance of it has ended by itself.";
  return candidate.sample === 0
    ? `No ${unit} of the new version ${isOver ? "were counted" : "have been counted yet"}.`
    : `There ${isOver ? "were" : "are"} no ${unit} of the version before to compare with.`;
}

function hitOf(guardrail: GuardrailResource): string {
  const { name, unit } = guardrail;
  const times = latencyThresholds(guardrail);
  if (times !== undefined) return `took longer than ${formatDurationMs(times.candidateMs)}`;
  const known: Readonly<Record<string, string>> = {
    errors: unit === "users" ? "met a failure" : "failed",
    crashes: "ended by themselves",
    saturation: "came near the limit of their memory",
  };
  return known[name] ?? "were counted";
}
