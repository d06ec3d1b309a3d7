/**
 * The git note of a change: what came of it, kept in the author's own repository. First sentences for
 * people, then trailers (`git interpret-trailers` reads them) for programs.
 */
import {
  type Had,
  hadBy,
  hadWords,
  withoutForecast,
  youngHint,
  type Change,
  type ChangeState,
  type EventData,
  type HarmTotals,
  type JournalEntry,
  type Replaced,
  type StageName,
  type Verdict,
} from "#domain";
import { formatDurationMs, formatInstant, some } from "#std";
import {
  formatCount,
  formatRatio,
  isByRequests,
  isMet,
  newErrorWords,
  replacedWords,
  whoMet,
} from "./format.ts";
import { noteCharsMax } from "./limits.ts";
import { clean } from "./lines.ts";

type NewErrorTold = Parameters<typeof newErrorWords>[0];

interface Ended {
  readonly number?: number;
  readonly because?: string;
  readonly verdict?: Verdict;
  readonly totals?: HarmTotals;
  readonly exposedMs?: number;
  readonly baseline?: "fresh";
  readonly newErrors?: readonly NewErrorTold[];
  /** When everybody got it first. */
  readonly everybodyAt?: number;
  /** Since when users have it; absent: nobody has. */
  readonly onAt?: number;
  /** How long users had it before that, all times together. */
  readonly pastMs?: number;
  readonly gate?: string;
  readonly replaced?: Replaced;
}

const outcomes: { readonly [S in ChangeState]: string } = {
  live: "is live: everybody has it",
  rolled_back: "is rolled back: it was taken away from those who met it",
  failed: "failed: no user met it",
  superseded: "is superseded: a newer change took its place",
  unchanged: "is unchanged: its tree was live already",
  held: "is held: it waits for a person",
  delivering: "is under way",
};

/** Renders the note from the change and its journal entries, in order; `already`: what made it unnecessary. */
export function noteOf(change: Change, entries: readonly JournalEntry[], already?: string): string {
  const ended = entries.reduce(fold, {});
  const why = ended.because === undefined ? problemOf(change) : withoutForecast(ended.because);
  const had = hadBy(change);
  const story = [sentence(change, ended), already ?? why, hintOf(ended)];
  const trailers: readonly (readonly [string, string | undefined])[] = [
    ["Outcome", change.state.replace("_", "-")],
    ["Change", change.id],
    ["Release", ended.number === undefined ? undefined : `v${ended.number}`],
    ["Users-exposed", usersExposed(ended, had)],
    ["Users-harmed", ended.totals && usersHarmed(ended.totals)],
    ["Requests-failed", requestsFailed(ended, had)],
    ...(ended.newErrors ?? []).map((error) => ["New-error", newErrorWords(error)] as const),
    ["Exposed-for", ended.exposedMs === undefined ? undefined : formatDurationMs(ended.exposedMs)],
    ["Everybody-from", had && formatInstant(had.fromAt)],
    ["Everybody-until", had && formatInstant(had.toAt)],
    ["Taken-back-by", change.takenBackBy?.name],
    ["Verdict", ended.verdict?.kind.replaceAll("_", "-")],
    ["Gate", ended.gate],
    ...durations(change),
    ["Lead-time", leadTime(change, ended)],
    ...change.expectations.map(({ text }) => ["Expect", `${text} (not evaluated yet)`] as const),
  ];
  const known = trailers.flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}: ${clean(value)}`],
  );
  const head = story
    .filter((text) => text !== undefined && text !== "")
    .map((text) => clean(text ?? ""));
  return `${bounded([...head, "", ...known])}\n`;
}

/** What the note needs of an entry; most say nothing that the later ones do not say better. */
function fold(ended: Ended, entry: JournalEntry): Ended {
  if (entry.type === "dev.tidegate.gate.decided") {
    const holding = entry.data.rules.filter((rule) => rule.outcome === "passed").length;
    const untested = entry.data.rules.some((rule) => rule.isUntested === true);
    const why = untested ? ", no test was run" : "";
    return { ...ended, gate: `${holding} of ${entry.data.rules.length} rules hold${why}` };
  }
  if (entry.type === "dev.cdevents.service.deployed") {
    return { ...ended, number: entry.data.number };
  }
  if (entry.type === "dev.cdevents.service.published") {
    const { number, because, verdict, totals } = entry.data;
    return { ...on(ended, entry.at), number, because, verdict, totals, everybodyAt: entry.at };
  }
  if (entry.type === "dev.cdevents.service.rolledback") {
    return rolledBack(ended, entry);
  }
  if (entry.type === "dev.tidegate.change.superseded") {
    return { ...ended, ...replacedIn(entry.data) };
  }
  if (entry.type === "dev.tidegate.delivery.finished") {
    const { problem, summary } = entry.data;
    return { ...ended, because: ended.because ?? problem?.message ?? summary };
  }
  return foldWayBack(ended, entry);
}

function rolledBack(
  ended: Ended,
  { at, data }: JournalEntry<"dev.cdevents.service.rolledback">,
): Ended {
  const { number, because, verdict, totals, exposedMs, baseline, newErrors } = data;
  const told = { ...some("baseline", baseline), ...some("newErrors", newErrors?.first) };
  const gone = ended.everybodyAt === undefined ? { ...ended, exposedMs } : off(ended, at);
  return { ...gone, number, because, verdict, totals, ...told };
}

function foldWayBack(ended: Ended, entry: JournalEntry): Ended {
  if (entry.type === "dev.tidegate.rollout.exposure_changed") {
    return entry.data.to > 0 ? on(ended, entry.at) : ended;
  }
  if (entry.type === "dev.tidegate.change.taken_back") {
    return { ...off(ended, entry.at), because: entry.data.because };
  }
  if (entry.type === "dev.tidegate.change.restored") {
    // What was found when it was taken away is no part of how it stands.
    const { exposedMs: _past, newErrors: _found, ...rest } = ended;
    const { number, because } = entry.data;
    return { ...on(rest, entry.at), number, because };
  }
  return ended;
}

/** Users have it, from then on. */
function on(ended: Ended, at: number): Ended {
  return { ...ended, onAt: ended.onAt ?? at };
}

/** Nobody has it any more. */
function off({ onAt, ...ended }: Ended, at: number): Ended {
  const pastMs = (ended.pastMs ?? 0) + (onAt === undefined ? 0 : at - onAt);
  return { ...ended, pastMs, exposedMs: pastMs };
}

function hintOf({ verdict, exposedMs, baseline }: Ended): string | undefined {
  if (exposedMs === undefined) return undefined;
  return youngHint({ guardrail: verdict?.guardrail, exposedMs, baseline });
}

function replacedIn({ replaced }: EventData["dev.tidegate.change.superseded"]): Ended {
  return replaced === undefined
    ? {}
    : { replaced, number: replaced.number, totals: replaced.totals };
}

function sentence(change: Change, ended: Ended): string {
  const name = ended.number === undefined ? "this change" : `v${ended.number}`;
  if (change.state === "rolled_back" && isUnmet(ended)) {
    return `${name} is rolled back: it was taken away before any user met it.`;
  }
  if (ended.replaced !== undefined) return `${name} is ${replacedWords(ended.replaced)}.`;
  const met = ended.totals === undefined ? undefined : whoMet(ended.totals);
  const judged = met === undefined ? "" : `; ${met} met it while it was judged`;
  const had = hadBy(change);
  const outcome = had === undefined ? outcomes[change.state] : `is rolled back: ${hadWords(had)}`;
  return `${name} ${outcome}${judged}.`;
}

/** What everybody had was met, though nobody came while it was judged. */
function isUnmet({ totals, everybodyAt }: Ended): boolean {
  return everybodyAt === undefined && totals !== undefined && !isMet(totals);
}

/** Who met it after it was judged is not counted: everybody had it. */
function usersExposed({ totals }: Ended, had: Had | undefined): string | undefined {
  if (totals === undefined) return undefined;
  const judged = isByRequests(totals) ? "not counted" : formatCount(totals.usersExposed);
  if (had === undefined) return judged;
  return isMet(totals) ? `everybody (${judged} while it was judged)` : "everybody";
}

function usersHarmed(totals: HarmTotals): string | undefined {
  const { usersHarmed: harmed, usersExposed: exposed } = totals;
  return exposed === 0 ? undefined : formatRatio(harmed, exposed);
}

function problemOf(change: Change): string | undefined {
  return change.stages.find((stage) => stage.problem !== undefined)?.problem?.message;
}

/** Of what everybody got before anybody had met it, none was counted. */
function requestsFailed({ totals }: Ended, had: Had | undefined): string | undefined {
  if (totals === undefined || (had !== undefined && !isMet(totals))) return undefined;
  return formatRatio(totals.candidateErrors, totals.candidateRequests);
}

/** One trailer per stage that ran to its end, as `Build: 0.9 s`. */
function durations(change: Change): readonly (readonly [string, string])[] {
  const names: { readonly [S in StageName]?: string } = {
    build: "Build",
    test: "Test",
    assure: "Assure",
    rollout: "Rollout",
  };
  return change.stages.flatMap(({ name, startedAt, finishedAt }) => {
    const key = names[name];
    if (key === undefined || startedAt === undefined || finishedAt === undefined) return [];
    return [[key, formatDurationMs(finishedAt - startedAt)] as const];
  });
}

function leadTime(change: Change, ended: Ended): string | undefined {
  if (ended.everybodyAt === undefined) return undefined;
  return formatDurationMs(ended.everybodyAt - change.committedAt);
}

function bounded(lines: readonly string[]): string {
  let text = "";
  for (const line of lines) {
    if (text.length + line.length + 1 > noteCharsMax) return `${text}\n…`;
    text = text === "" ? line : `${text}\n${line}`;
  }
  return text;
}
