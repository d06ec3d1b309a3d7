/** Which errors a candidate has and the release before does not. Pure, but for its pauses. */
import { sha256Hex, some, withoutRoot } from "#std";
import type { ErrorsRead, FailedRequest, InstanceId, NewError, NewErrors } from "#domain";
import { clean } from "../lines.ts";
import {
  errorLineCharsMax,
  errorsReadMax,
  exampleCharsMax,
  exampleLinesMax,
  newErrorsMax,
} from "./limits.ts";
import { kindOf, routePattern } from "./kind.ts";
import type { LoggedError, LogLine } from "./logged-error.ts";
import { readErrorsInTurns } from "./read-errors.ts";

/** What one instance printed, the newest lines of it. */
export interface InstanceLines {
  readonly instance: InstanceId;
  readonly lines: readonly LogLine[];
  /** When a line with this text was written first, where that is known. */
  readonly writtenAt?: (text: string) => number | undefined;
}

export interface ReleaseLines extends ErrorsRead {
  /** The directory of its own code, absolute. */
  readonly root: string;
  readonly of: readonly InstanceLines[];
}

export interface Compared {
  readonly candidate: ReleaseLines;
  readonly baseline: ReleaseLines;
  /** Failed requests that were kept, of both arms. */
  readonly failures: readonly FailedRequest[];
  /** Takes out secrets that are known. */
  readonly redact: (text: string) => string;
  /** Lets others go on; called between parts of the work. */
  readonly pause: () => Promise<void>;
}

export async function newErrors(compared: Compared): Promise<NewErrors> {
  const { candidate, baseline, failures, redact } = compared;
  const told = await toldByAll(candidate, compared);
  const old = await toldByAll(baseline, compared);
  const before = new Set(
    old.flatMap(({ errors }) => errors.map((error) => kindOf(error).fingerprint)),
  );
  const shownText = (text: string) => printable(withoutRoot(redact(text), candidate.root));
  const logged = told.flatMap((source) => groupsOf(source, shownText));
  const all: readonly Group[] = [...merged(logged), ...failedRequests(failures)];
  const [known, fresh] = [[] as Group[], [] as NewError[]];
  for (const group of all) {
    const { isOld, ...error } = group;
    if (isOld === true || before.has(error.fingerprint)) known.push(group);
    else fresh.push(error);
  }
  const shown = withAnswers(fresh, told, failures).toSorted(
    (a, b) => rankOf(a) - rankOf(b) || b.count - a.count,
  );
  return {
    errors: shown.slice(0, newErrorsMax),
    more: Math.max(0, shown.length - newErrorsMax),
    known: known.length,
    candidate: readOf(candidate, told),
    baseline: readOf(baseline, old),
  };
}

interface Group extends NewError {
  readonly isOld?: boolean;
}

interface Told {
  readonly source: InstanceLines;
  readonly errors: readonly LoggedError[];
  readonly isCut: boolean;
}

/**
 * Failed requests of the instances that tell of one new error, and of no other, are told with it: they are the
 * same fault seen from outside. Where several errors are new, which of them a request met is not known.
 */
function withAnswers(
  fresh: readonly NewError[],
  told: readonly Told[],
  failures: readonly FailedRequest[],
): readonly NewError[] {
  const [only, ...others] = fresh.filter(({ kind }) => kind === "log");
  if (only === undefined || others.length > 0) return fresh;
  const tellers = new Set<string | undefined>(
    told
      .filter(({ errors }) => errors.some((one) => kindOf(one).fingerprint === only.fingerprint))
      .map(({ source }) => source.instance),
  );
  const unexplained = new Set(
    failures
      .filter(({ arm, instance }) => arm === "candidate" && !tellers.has(instance))
      .map(failureTitle),
  );
  const isSeenWith = ({ kind, title }: NewError) => kind === "request" && !unexplained.has(title);
  const answers = fresh.filter(isSeenWith).map(({ title, count }) => ({ title, count }));
  if (answers.length === 0) return fresh;
  return fresh
    .filter((one) => !isSeenWith(one))
    .map((one) => (one === only ? { ...one, answers } : one));
}

/** What the app says of itself comes before what is seen from outside. */
function rankOf({ kind }: NewError): number {
  return kind === "log" ? 0 : 1;
}

function readOf({ instances, lines, isCut }: ErrorsRead, sources: readonly Told[]): ErrorsRead {
  return { instances, lines, isCut: isCut || sources.some((each) => each.isCut) };
}

/** What went wrong, as far as its instances tell of it, one after the other. */
async function toldByAll(
  { of, root }: ReleaseLines,
  how: Pick<Compared, "redact" | "pause">,
): Promise<readonly Told[]> {
  const all: Told[] = [];
  for (const source of of) all.push(await toldBy(source, root, how));
  return all;
}

async function toldBy(
  source: InstanceLines,
  root: string,
  { redact, pause }: Pick<Compared, "redact" | "pause">,
): Promise<Told> {
  const bounded = source.lines.map(({ text, number }) => ({
    text: text.slice(0, boundOf(text)),
    number,
  }));
  // A stack of a warning is read, and is nothing that went wrong.
  const errors = (await readErrorsInTurns(bounded, root, pause))
    .filter(({ type, message }) => type !== undefined || message !== "")
    .slice(-errorsReadMax - 1);
  const isCut = errors.length > errorsReadMax;
  const newest = errors.slice(-errorsReadMax);
  await pause();
  return {
    source,
    errors: newest.map(({ type, ...error }) => ({
      ...error,
      // In a line of JSON it is whatever the program says.
      ...some("type", type && redact(type)),
      message: redact(error.message),
    })),
    isCut,
  };
}

/** JSON is read whole or not at all. */
function boundOf(text: string): number {
  return text.startsWith("{") ? Number.POSITIVE_INFINITY : errorLineCharsMax;
}

function groupsOf(
  { source: { instance, lines, writtenAt }, errors }: Told,
  shownText: (text: string) => string,
): readonly NewError[] {
  const groups = new Map<string, NewError>();
  const first = lines[0]?.number ?? 1;
  for (const error of errors) {
    const kind = kindOf(error);
    const known = groups.get(kind.fingerprint);
    if (known !== undefined) {
      groups.set(kind.fingerprint, { ...known, count: known.count + 1 });
      continue;
    }
    const from = error.number - first;
    const shown = lines.slice(from, from + Math.min(error.lines, exampleLinesMax));
    groups.set(kind.fingerprint, {
      ...kind,
      kind: "log",
      count: 1,
      ...some("firstAt", writtenAt?.(lines[from]?.text ?? "")),
      example: {
        instance,
        line: error.number,
        text: shown.map(({ text }) => shownText(text)),
      },
    });
  }
  return [...groups.values()];
}

/** The same kind in several instances is one; its example is the first. */
function merged(groups: readonly NewError[]): readonly NewError[] {
  const all = new Map<string, NewError>();
  for (const group of groups) {
    const known = all.get(group.fingerprint);
    if (known === undefined) {
      all.set(group.fingerprint, group);
      continue;
    }
    const isEarlier = (group.firstAt ?? Infinity) < (known.firstAt ?? Infinity);
    const earlier = isEarlier ? group : known;
    all.set(group.fingerprint, { ...earlier, count: known.count + group.count });
  }
  return [...all.values()];
}

/** Requests by method, route and what came back; the edge keeps some of them. */
function failedRequests(failures: readonly FailedRequest[]): readonly Group[] {
  const kinds = failures.map((failure) => ({ failure, title: failureTitle(failure) }));
  const old = new Set(
    kinds.flatMap(({ failure, title }) => (failure.arm === "baseline" ? [title] : [])),
  );
  const groups = new Map<string, Group>();
  for (const { failure, title } of kinds) {
    if (failure.arm === "baseline") continue;
    const known = groups.get(title);
    groups.set(title, {
      fingerprint: sha256Hex(title).slice(0, 12),
      kind: "request",
      title,
      count: (known?.count ?? 0) + 1,
      firstAt: Math.min(known?.firstAt ?? Infinity, failure.at),
      isOld: old.has(title),
      example: known?.example ?? {
        ...some("instance", failure.instance),
        requestId: failure.requestId,
        text: [printable(`${failure.method} ${failure.path.split("?")[0] ?? ""}`)],
      },
    });
  }
  return [...groups.values()];
}

function failureTitle({ method, path, status, failure }: FailedRequest): string {
  return `${clean(method)} ${routePattern(path)} gave ${status ?? failure ?? "no answer"}`;
}

function printable(text: string): string {
  const shown = clean(text).trimEnd();
  return shown.length > exampleCharsMax ? `${shown.slice(0, exampleCharsMax - 1)}…` : shown;
}
