/** What the author needs when a change was taken away: who met it, what failed, by what measure, what next. */
import {
  latencyThresholds,
  nextWhenTakenAway,
  type Change,
  type EventData,
  type GuardrailState,
  whyTheseTimes,
  youngHint,
} from "#domain";
import { formatDurationMs } from "#std";
import {
  formatNumberOf,
  formatOdds,
  formatPercent,
  formatRatio,
  formatSide,
  isEvidence,
  isMet,
  longerThan,
  newErrorWords,
} from "./format.ts";
import { quoted, type Line } from "./lines.ts";
import { detail, step } from "./phrases.ts";

type RolledBack = EventData["dev.cdevents.service.rolledback"];

export function rolledBackLines(
  data: RolledBack,
  told: {
    readonly at: number;
    readonly context: { readonly change: Change; readonly startedAt: number };
  },
): readonly Line[] {
  const { number, restored, because, verdict, totals } = data;
  const back = restored === undefined ? "nobody is served" : `everybody is back on v${restored}`;
  const guardrail = verdict.guardrails.find((state) => state.name === verdict.guardrail);
  const hint = youngHint({ ...data, guardrail: guardrail?.name });
  return [
    ...headline(`rolled back v${number}, ${back}`, because, guardrail),
    fact("users exposed", exposedUsers(data)),
    ...(totals.usersExposed === 0 || guardrail?.unit === "users"
      ? []
      : [fact("users harmed", formatRatio(totals.usersHarmed, totals.usersExposed))]),
    ...(isHad(data) && !isMet(totals) ? [] : [fact("requests failed", failedRequests(totals))]),
    ...(guardrail === undefined ? [] : guardrailLines(guardrail)),
    ...newErrorLines(data.newErrors, told.context.change),
    ...exampleLines(data.failureExample, told.context.startedAt),
    ...(hint === undefined ? [] : [detail(hint)]),
    detail(`next: ${nextOf(data, told.context.change)}`),
  ];
}

/** Harm is looked into; what a person took away is as good as before, and can come back. */
function nextOf({ by, verdict }: RolledBack, { id, app }: Change): string {
  const isHarmful = verdict.kind === "harmful";
  return isHarmful ? `tidegate change show ${id}` : nextWhenTakenAway({ app, by, isHarmful });
}

/** The measured reason is told in the facts below; a person's, or a crash's, is told as it is. */
function headline(
  text: string,
  because: string,
  guardrail: GuardrailState | undefined,
): readonly Line[] {
  const what =
    guardrail === undefined ? undefined : (wordsOf[guardrail.name] ?? `${guardrail.name} is worse`);
  const isFact = guardrail?.name === "crashes" || guardrail?.name === "saturation";
  if (what === undefined || isFact) return [step("rollout", `${text}: ${because}`, "bad")];
  return [step("rollout", `${text}: ${what} than is tolerated`, "bad")];
}

const wordsOf: Readonly<Record<string, string>> = {
  errors: "more requests fail",
  latency: "requests are slower",
  probes: "more probes fail",
  "shadow-answers": "more answers differ",
};

function fact(name: string, value: string): Line {
  return { kind: "fact", name, value };
}

/** Users are counted while a rollout is judged; a release that was live longer met more than that. */
function exposedUsers(data: RolledBack): string {
  const { totals, exposedMs } = data;
  if (exposedMs === 0 && totals.usersExposed === 0) {
    return isMet(totals) ? "none by chance; by rule or preview, not counted" : "none";
  }
  const duration = formatDurationMs(exposedMs);
  if (isHad(data)) {
    const judged = isMet(totals) ? `; while it was judged, ${judgedUsers(totals)}` : "";
    return `everybody, for ${duration}${judged}`;
  }
  if (totals.usersExposed === 0) return `not counted, for ${duration}`;
  return `${formatNumberOf(totals.usersExposed, "user")} for ${duration}`;
}

/** Whether everybody had it until a person went back from it. */
function isHad({ by }: RolledBack): boolean {
  return by?.wasLive === true;
}

function judgedUsers({ usersExposed }: RolledBack["totals"]): string {
  return usersExposed === 0 ? "not counted" : formatNumberOf(usersExposed, "user");
}

function failedRequests(totals: RolledBack["totals"]): string {
  const candidate = formatRatio(totals.candidateErrors, totals.candidateRequests);
  if (totals.baselineRequests === 0) return candidate;
  return `${candidate}; baseline ${formatPercent(totals.baselineErrors / totals.baselineRequests)}`;
}

/** Value, sample and tolerance of the guardrail that decided. */
function guardrailLines(state: GuardrailState): readonly Line[] {
  const { name, unit, candidate, baseline } = state;
  const times = latencyThresholds(state);
  const why = whyTheseTimes(state);
  const slow = (ms: number | undefined) => unit + longerThan(ms);
  return [
    fact("guardrail", `${name}: ${formatSide(candidate, state, slow(times?.candidateMs))}`),
    fact("baseline", formatSide(baseline, state, slow(times?.baselineMs))),
    fact("tolerated", toleratedOf(state)),
    ...(why === undefined ? [] : [fact("times", why)]),
    ...(isEvidence(state.logEHarm)
      ? [fact("evidence", `${formatOdds(state.logEHarm)} that it is worse`)]
      : []),
  ];
}

/** Of latency the ratio is in the two times already, and what is left are points. */
function toleratedOf({ tolerance: { ratio, absolute }, thresholdMs }: GuardrailState): string {
  const points =
    absolute === undefined
      ? undefined
      : formatPercent(absolute).replace(/^1 %$/, "1 point").replace(" %", " points");
  if (thresholdMs === undefined) {
    return `${ratio} times the baseline${points === undefined ? "" : ` and ${points} more`}`;
  }
  return points === undefined ? "no more than that" : `${points} more than that`;
}

/** What the app itself says went wrong, and did not before: the nearest to a cause that there is. */
function newErrorLines(found: RolledBack["newErrors"], { id }: Change): readonly Line[] {
  if (found === undefined) return [];
  const { first, kinds } = found;
  const more = kinds - first.length;
  return [
    ...first.map((error, index) => fact(index === 0 ? "new errors" : "", newErrorWords(error))),
    ...(more > 0 ? [detail(`${more} more of them: tidegate change errors ${id}`)] : []),
  ];
}

function exampleLines(example: RolledBack["failureExample"], startedAt: number): readonly Line[] {
  if (example === undefined) return [];
  const { method, path, status, at, requestId, log } = example;
  const when = formatDurationMs(at - startedAt);
  return [
    fact("one of them", `${method} ${path} answered ${status}, ${when} after the push`),
    fact("request", requestId),
    ...quoted(log),
  ];
}
