/** What people are told of a change that was taken away from users: by whom and why, and what can be done now. */
import { some } from "#std";
import type { Change, TakenBackBy } from "./change.ts";

/** As the domain has it, or as it travels. */
type By = Omit<TakenBackBy, "release"> & { readonly release?: number | undefined };

export interface TakenAway {
  /** Absent: nobody's word; its own numbers, or the policy's time. */
  readonly by?: By | undefined;
  /** Why, as the journal has it: "ana went back from v4 to v2". */
  readonly because?: string | undefined;
  readonly isMet: boolean;
}

/** Renders it as a clause: "ana took it away from those who met it: too many calls". */
export function takenAwayWords({ by, because, isMet }: TakenAway): string {
  const users = isMet ? "from those who met it" : "before any user met it";
  if (by === undefined) return `taken away ${users}`;
  // Whose release can come back was gone back from, and the reason says from where to where.
  const isReasoned = by.reason.trim() !== "";
  if (by.release !== undefined && because !== undefined)
    return isReasoned ? `after everybody had it, ${because}` : `${because}, after everybody had it`;
  const said = isReasoned ? `: ${by.reason}` : "";
  return `${by.name} took it away ${by.wasLive ? "after everybody had it" : users}${said}`;
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

/** Renders it with the release's number: "v2 was taken back by ana: B loses orders". */
export function takenBackWords(number: number, { by, reason }: TakenBack): string {
  const said = reason.trim() === "" ? "" : `: ${reason.trim()}`;
  return `v${number} was taken back by ${by ?? "its own rollout"}${said}`;
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
}

/** The word for a stage that began and has no result: its change gave way, or a person ended it. */
export function stoppedWord(
  { name, state, startedAt }: Stage,
  by: By | undefined,
): string | undefined {
  if (state !== "skipped" || startedAt === undefined) return undefined;
  if (name !== "rollout") return "given up";
  return by === undefined ? "replaced" : `ended by ${by.name}`;
}
