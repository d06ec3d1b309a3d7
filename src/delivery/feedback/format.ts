/** Numbers as people read them. Pure; used by every face, so that one number has one form. */
import { bytes } from "#std";
import {
  bucketCount,
  isOfMemory,
  type GuardrailState,
  type HarmTotals,
  type Replaced,
} from "#domain";

/**
 * Renders a ratio 0..1: `0 %`, `0.19 %`, `1.8 %`, `25 %`, `100 %`. What is not nothing is never shown
 * as `0 %`, and what is not everything never as `100 %`.
 */
export function formatPercent(ratio: number): string {
  if (!Number.isFinite(ratio)) return "unknown";
  const percent = ratio * 100;
  if (percent <= 0) return "0 %";
  if (percent < 0.005) return "< 0.01 %";
  if (percent > 99.9 && percent < 100) return "> 99.9 %";
  const digits = percent < 0.995 ? 2 : 1;
  return `${Number(percent.toFixed(digits))} %`;
}

/** Renders buckets of exposure (0..10000) as a share of users, or of requests where only those are known. */
export function formatExposure(exposure: number, totals: HarmTotals): string {
  return `${formatPercent(exposure / bucketCount)} of ${isByRequests(totals) ? "requests" : "users"}`;
}

/** Whether any request reached the candidate, of users by chance or by rule. */
export function isMet({ candidateRequests }: HarmTotals): boolean {
  return candidateRequests > 0;
}

/** Whether it was met, and by requests alone: none carried a user's key, so there is nobody to count. */
export function isByRequests({ usersExposed, candidateRequests }: HarmTotals): boolean {
  return usersExposed === 0 && candidateRequests > 0;
}

/** Renders a count with thousands apart: `11,902`. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
}

/** Renders events in a sample: `214 of 11,902 requests (1.8 %)`; without a sample there is no share. */
export function formatRatio(events: number, sample: number, noun = ""): string {
  const counts = `${formatCount(events)} of ${formatCount(sample)}${noun && ` ${noun}`}`;
  return sample <= 0 ? counts : `${counts} (${formatPercent(events / sample)})`;
}

/** Renders what one side of a guardrail has: counts with their noun, or memory as a size. */
export function formatSide(
  { events, sample }: GuardrailState["candidate"],
  guardrail: Pick<GuardrailState, "name" | "unit">,
  noun = "",
): string {
  if (!isOfMemory(guardrail)) return formatRatio(events, sample, noun);
  const sizes = `${bytes(events)} of ${bytes(sample)}`;
  return sample <= 0 ? sizes : `${sizes} (${formatPercent(events / sample)})`;
}

/** Whether the natural log of an e-value says anything: `1 : 1` is what is said before anything is known. */
export function isEvidence(logE: number): boolean {
  return Math.round(Math.exp(Math.min(logE, 20))) > 1;
}

/** Renders the natural log of an e-value as odds: `56 : 1`; beyond a million as `> 1,000,000 : 1`. */
export function formatOdds(logE: number): string {
  const odds = Math.exp(Math.min(logE, 20));
  return odds > 1_000_000 ? "> 1,000,000 : 1" : `${formatCount(odds)} : 1`;
}

/** Renders a count and its noun: `1 user`, `2 users`. */
export function formatNumberOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Renders time since the push in at most seven columns: `0.9 s`, `4m 10s`, `2h 05m`, `3d 04h`. */
export function formatElapsed(elapsedMs: number): string {
  const ms = Math.max(0, elapsedMs);
  if (ms < 99_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)}d ${two(hours % 24)}h`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}

/** ` longer than 250 ms`, to stand behind what took it; nothing of what is no time. */
export function longerThan(ms: number | undefined): string {
  return ms === undefined ? "" : ` longer than ${formatCount(ms)} ms`;
}

/** "TypeError: x is not a function, server.js:12 (14 times)". */
export function newErrorWords(error: {
  readonly title: string;
  readonly where?: string;
  readonly count: number;
}): string {
  const { title, where, count } = error;
  const place = where === undefined ? "" : `, ${where}`;
  return `${title}${place} (${count === 1 ? "once" : `${formatCount(count)} times`})`;
}

/** "92 users", or requests where users cannot be told apart; absent: nobody. */
export function whoMet(totals: HarmTotals): string | undefined {
  if (isByRequests(totals)) return formatNumberOf(totals.candidateRequests, "request");
  return totals.usersExposed === 0 ? undefined : formatNumberOf(totals.usersExposed, "user");
}

/** "replaced by 97218dd after 92 users had met it". */
export function replacedWords({ byCommit, totals }: Replaced): string {
  const met = whoMet(totals);
  const when = met === undefined ? "before anybody had met it" : `after ${met} had met it`;
  return `replaced by ${byCommit.slice(0, 7)} ${when}`;
}
