/** What people are told of a change that was taken away from users: by whom and why, and what can be done now. */
import { ago, formatDurationMs, formatSpan, short, some } from "#std";
import type { Change, TakenBackBy } from "./change.ts";

/** As the domain has it, or as it travels. */
type By = Omit<TakenBackBy, "release"> & { readonly release?: number | undefined };

export interface TakenAway {
  /** Absent: nobody's word; its own numbers, or the policy's time. */
  readonly by?: By | undefined;
  /** Why, as the journal has it: "ana went back from v4 to v2". */
  readonly because?: string | undefined;
  readonly isMet: boolean;
  /** When everybody had it, the last time; absent: not everybody had, or nobody knows when. */
  readonly had?: Had | undefined;
}

/** From when until when everybody had it, epoch ms. */
export interface Had {
  readonly fromAt: number;
  readonly toAt: number;
}

/** When everybody had what is rolled back; absent: they never had, or have it still. */
export function hadBy({
  state,
  everybodyAt,
  finishedAt,
}: {
  readonly state: Change["state"];
  readonly everybodyAt?: number | undefined;
  readonly finishedAt?: number | undefined;
}): Had | undefined {
  if (state !== "rolled_back" || everybodyAt === undefined || finishedAt === undefined) {
    return undefined;
  }
  return { fromAt: everybodyAt, toAt: finishedAt };
}

/** Renders it as a clause: "everybody had it for 29 min, from 2026-11-26 10:02 to 10:31 UTC". */
export function hadWords({ fromAt, toAt }: Had): string {
  return `everybody had it for ${formatDurationMs(toAt - fromAt)}, ${formatSpan(fromAt, toAt)}`;
}

/** Renders it as a clause: "ana took it away from those who met it: too many calls". */
export function takenAwayWords({ by, because, isMet, had }: TakenAway): string {
  const users = isMet ? "from those who met it" : "before any user met it";
  const everybody =
    had === undefined
      ? "after everybody had it"
      : `after everybody had it for ${formatDurationMs(had.toAt - had.fromAt)}`;
  if (by === undefined) return `taken away ${had === undefined ? users : everybody}`;
  // Whose release can come back was gone back from, and the reason says from where to where.
  const isReasoned = by.reason.trim() !== "";
  if (by.release !== undefined && because !== undefined)
    return isReasoned ? `${everybody}, ${because}` : `${because}, ${everybody}`;
  const said = isReasoned ? `: ${by.reason}` : "";
  return `${by.name} took it away ${by.wasLive ? everybody : users}${said}`;
}

/** Of a release, that its change was taken away from users. */
export interface TakenBack {
  /** Who did; absent: its own numbers. */
  readonly by?: string | undefined;
  /** In their words; empty: they gave none. */
  readonly reason: string;
}

/** Absent: it was not, or is live again. */
export function takenBackOf({
  state,
  takenBackBy: by,
}: Pick<Change, "state" | "takenBackBy">): TakenBack | undefined {
  return state === "rolled_back"
    ? { ...some("by", by?.name), reason: by?.reason ?? "" }
    : undefined;
}

/** Renders it with a release's number, or what it is called: "v2 was taken back by ana: B loses orders". */
export function takenBackWords(what: number | string, { by, reason }: TakenBack): string {
  const said = reason.trim() === "" ? "" : `: ${reason.trim()}`;
  const name = typeof what === "number" ? `v${what}` : what;
  return `${name} was taken back by ${by ?? "its own rollout"}${said}`;
}

/** Renders it as a clause: `9f8e7d6 "Say three", which ana took back 5 min ago: loses orders`. */
export function containedWords(
  { commit, subject, by, reason, at }: ContainedWords,
  now: number,
): string {
  const when = at === undefined ? "" : ` ${ago(at, now)}`;
  const why = reason.trim() === "" ? "" : `: ${reason.trim()}`;
  return `${short(commit)} "${subject}", which ${by} took back${when}${why}`;
}

/** As the domain has it, or as it travels. */
interface ContainedWords {
  readonly commit: string;
  readonly subject: string;
  readonly by: string;
  readonly reason: string;
  readonly at?: number | undefined;
}

/** What leaves them out of what is pushed next: the newest is undone first. */
export function leaveOut(
  contains: readonly (Pick<ContainedWords, "commit"> & {
    readonly isMerge?: boolean | undefined;
  })[],
): string {
  // Against the first parent, which is what was merged into. Git takes it for commits that are no merges too.
  const against = contains.some(({ isMerge }) => isMerge === true) ? "-m 1 " : "";
  return `git revert --no-edit ${against}${contains.map(({ commit }) => short(commit)).join(" ")}`;
}

/** Gives what to type, or to do, now. */
export function nextWhenTakenAway({
  app,
  by,
  isHarmful,
}: {
  readonly app: string;
  readonly by?: By | undefined;
  /** Whether its verdict is that it harms. */
  readonly isHarmful: boolean;
}): string {
  if (by?.release !== undefined) {
    return `tidegate release rollback v${by.release} --app ${app}, to bring it back`;
  }
  if (isHarmful) return "put it right and push again";
  return `push a new commit to try it again: ${tryAgain}`;
}

/** What makes a change of the same tree. */
export const tryAgain = 'git commit --allow-empty -m "Try again"';

interface Stage {
  readonly name: string;
  readonly state: string;
  readonly startedAt?: number | undefined;
  readonly problem?: object | undefined;
}

/**
 * The word for a stage whose own state is not the whole of it: it began and has no result, as its change gave
 * way or a person ended it; it let everybody in, and they have it no more; or its release never ran.
 */
export function stoppedWord(
  { name, state, startedAt, problem }: Stage,
  by: By | undefined,
): string | undefined {
  // What users met and lost has a reason, and only what never ran has a problem.
  if (name === "rollout" && state === "failed" && problem !== undefined) return "did not start";
  if (name === "rollout" && state === "passed" && by !== undefined)
    return `taken back by ${by.name}`;
  if (state !== "skipped" || startedAt === undefined) return undefined;
  if (name !== "rollout") return "given up";
  return by === undefined ? "replaced" : `ended by ${by.name}`;
}
