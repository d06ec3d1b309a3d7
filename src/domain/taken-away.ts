/** What people are told of a change that was taken away from users: by whom and why, and what can be done now. */
import type { TakenBackBy } from "./change.ts";

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
