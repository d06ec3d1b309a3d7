/** What one guardrail says, in sentences with their numbers. Pure. */
import { formatDurationMs } from "#std";
import { isOfMemory, latencyThresholds } from "#domain";
import type { GuardrailResource, RolloutResource } from "#faces/api/contract";
import { bytes, percent, pointsMore, pointsOf, spoken } from "../../ui/words.ts";
import { toleratedDifference } from "./guardrail-series.ts";

type Verdict = GuardrailResource["verdict"];

/**
 * The word that a guardrail is shown with. What was compared is not called safe while nothing can be compared: of arms
 * that hold other users than chance would give them, or of counts that are missing, each guardrail alone knows nothing.
 */
export function shownVerdict(
  { verdict, unit }: Pick<GuardrailResource, "verdict" | "unit">,
  { verdict: { kind } }: Pick<RolloutResource, "verdict">,
): Verdict {
  const isVoid = kind === "split_broken" || kind === "data_missing";
  return isVoid && verdict === "safe" && unit !== "instances" ? kind : verdict;
}

/** `isOver`: the rollout has ended, so what is not known now never will be. */
export function guardrailSentence(
  guardrail: GuardrailResource,
  {
    isOver,
    shown = guardrail.verdict,
    whyNone,
  }: {
    readonly isOver: boolean;
    readonly shown?: Verdict;
    /** Why nothing of the new version was counted, as a clause. */
    readonly whyNone?: string | undefined;
  },
): string {
  const { baseline, candidate } = guardrail;
  if (isOfMemory(guardrail) && candidate.sample > 0) return memorySentence(guardrail);
  if (baseline.sample === 0 || candidate.sample === 0) return silence(guardrail, isOver, whyNone);
  const difference = candidate.events / candidate.sample - baseline.events / baseline.sample;
  const measured = measuredOf(guardrail);
  const more = pointsMore(difference);
  const tolerated = pointsOf(toleratedDifference(guardrail));
  switch (shown) {
    case "harmful":
      return `${measured} That is ${more}; up to ${tolerated} more would be tolerated.`;
    case "safe":
      return `${measured} That is ${more}, and the evidence is that it stays within what is tolerated: ${tolerated} more.`;
    case "split_broken":
      return `${measured} But the arms do not have the users that chance would give them: no comparison is to be trusted.`;
    case "data_missing":
      return `${measured} But counts are missing.`;
    default:
      return `${measured} Up to ${tolerated} more would be tolerated; ${isOver ? "not enough was known." : "not enough is known yet."}`;
  }
}

function measuredOf(guardrail: GuardrailResource): string {
  const { baseline, candidate, unit } = guardrail;
  const [now, before] = [candidate, baseline].map(({ events, sample }) => percent(events / sample));
  const times = latencyThresholds(guardrail);
  if (times === undefined)
    return `${now} of ${unit} ${hitOf(guardrail)}; of the version before, ${before}.`;
  const [nowTime, beforeTime] = [times.candidateMs, times.baselineMs].map(formatDurationMs);
  return `${now} of ${unit} took longer than ${nowTime}; of the version before, ${before} took longer than ${beforeTime}.`;
}

/** Why a guardrail of latency speaks of two times, and of these two; nothing of the others. */
export function whyTwoTimes(guardrail: GuardrailResource): string | undefined {
  const times = latencyThresholds(guardrail);
  if (times === undefined) return undefined;
  const { ratio } = guardrail.tolerance;
  const longer = ratio === 1 ? "" : `It may take ${ratio} times as long as the version before. `;
  return `${longer}All times are compared, and these are the ones at which it does worst.`;
}

function memorySentence({ baseline, candidate, tolerance, verdict }: GuardrailResource): string {
  const now = `An instance has ${bytes(candidate.events)} of the ${bytes(candidate.sample)} it may have`;
  const before = baseline.events === 0 ? "" : `, the version before ${bytes(baseline.events)}`;
  return verdict === "harmful"
    ? `${now}${before}: more than ${tolerance.ratio} times as much.`
    : `${now}${before}.`;
}

function silence(
  { name, candidate, unit, verdict }: GuardrailResource,
  isOver: boolean,
  whyNone?: string,
): string {
  if (name === "crashes" && verdict === "safe") return "No instance of it has ended by itself.";
  const why = whyNone === undefined ? "" : `: ${whyNone}`;
  return candidate.sample === 0
    ? `No ${unit} of the new version ${isOver ? "were counted" : "have been counted yet"}${why}.`
    : `There ${isOver ? "were" : "are"} no ${unit} of the version before to compare with.`;
}

function hitOf({ name, unit }: GuardrailResource): string {
  const known: Readonly<Record<string, string>> = {
    errors: unit === "users" ? "met a failure" : "failed",
    crashes: "ended by themselves",
    saturation: "came near the limit of their memory",
  };
  return known[name] ?? "were counted";
}

/** How a guardrail's table and graph call each arm: of latency, with the time that counts for it. */
export function armNames(guardrail: GuardrailResource): {
  readonly baseline: string;
  readonly candidate: string;
} {
  const times = latencyThresholds(guardrail);
  if (times === undefined) return { baseline: "baseline", candidate: "candidate" };
  return {
    baseline: `baseline, over ${formatDurationMs(times.baselineMs)}`,
    candidate: `candidate, over ${formatDurationMs(times.candidateMs)}`,
  };
}

/** What all guardrails say together, short; the engine's own sentence has the numbers. */
export function verdictInShort({ verdict, evidence }: RolloutResource, isOver: boolean): string {
  const named = evidence.guardrails.filter((one) => one.verdict === verdict.kind);
  const names = listed(named.map(({ name }) => name));
  switch (verdict.kind) {
    case "harmful":
      return `It is worse than what is tolerated${names === "" ? "." : `: ${names}.`}`;
    case "safe":
      return "All that was compared is within what is tolerated.";
    case "split_broken":
      return "The two versions do not have the users that chance would give them, so nothing can be compared.";
    case "data_missing":
      return "Counts are missing, so nothing can be compared.";
    case "no_traffic":
      return isOver ? "No request came to be compared." : "No request has come to be compared yet.";
    default:
      if (isOver) return `Not enough was known${names === "" ? "." : ` of ${names}.`}`;
      return `Nothing speaks against it; not enough is known yet${names === "" ? "." : ` of ${names}.`}`;
  }
}

/** "errors", "errors and latency". */
function listed(names: readonly string[]): string {
  return names
    .map(spoken)
    .join(", ")
    .replace(/, ([^,]*)$/, " and $1");
}
