/** Verdicts after intervals of recorded counts as text. */
import type { ReplayStep } from "#delivery/rollout";
import { bucketCount, type GuardrailState, type VerdictKind } from "#domain";
import type { Paint } from "./paint.ts";
import { renderTable } from "./table.ts";
import { percent, spoken } from "./words.ts";

/** One line: when, how many users had the candidate, and what was then to be said. */
export function renderStep(step: ReplayStep, paint: Paint): string {
  const at = paint.dim(`${whenOf(step.endAt)}  ${percent(step.exposure / bucketCount)}`);
  const { kind, sentence } = step.verdict;
  const word = verdictWord(kind, paint);
  // Some sentences begin with the word.
  const said = sentence.startsWith(spoken(kind)) ? sentence.slice(spoken(kind).length) : "";
  return said === "" ? `${at}  ${word}: ${sentence}` : `${at}  ${word}${said}`;
}

/** The last verdict with the evidence of each guardrail. */
export function renderLastStep(step: ReplayStep, paint: Paint): string {
  const rows = step.verdict.guardrails.map((state) => [
    state.name,
    verdictWord(state.verdict, paint),
    evidenceOf(state.logEHarm, state.logEThreshold),
    evidenceOf(state.logESafe, state.logESafeThreshold ?? state.logEThreshold),
  ]);
  const columns = [
    { title: "GUARDRAIL" },
    { title: "VERDICT" },
    { title: "LOG E OF HARM", align: "right" },
    { title: "LOG E OF SAFETY", align: "right" },
  ] as const;
  const head = `after interval ${step.index}:\n${renderStep(step, paint)}`;
  return `${head}\n\n${renderTable(columns, rows.filter(isCompared(step.verdict.guardrails)), paint)}`;
}

/** What counts cannot tell (exits of instances) has no evidence to show. */
function isCompared(guardrails: readonly GuardrailState[]) {
  return (_: readonly string[], index: number): boolean =>
    (guardrails[index]?.logEThreshold ?? 0) > 0;
}

function evidenceOf(logE: number, threshold: number): string {
  // No "-0.00" for what is 0 but for rounding.
  const shown = Math.abs(logE) < 0.005 ? 0 : logE;
  return `${shown.toFixed(2)} of ${threshold.toFixed(2)}`;
}

function whenOf(at: number): string {
  const instant = new Date(at);
  return Number.isNaN(instant.getTime()) ? String(at) : instant.toISOString();
}

function verdictWord(kind: VerdictKind, paint: Paint): string {
  if (kind === "harmful") return paint.bad("harmful");
  return kind === "safe" ? paint.good("safe") : paint.busy(spoken(kind));
}
