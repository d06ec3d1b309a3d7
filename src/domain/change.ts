/** One commit accepted on a tracked branch, and how far its delivery has come. */
import type { AppName, ChangeId, Digest, ObjectId, ReleaseId, RolloutId } from "./ids.ts";
import type { EnvironmentName } from "./app.ts";

/** The stages, in the order of the story. */
export const stageNames = ["source", "build", "test", "assure", "rollout", "feedback"] as const;
export type StageName = (typeof stageNames)[number];

export type StageState = "waiting" | "running" | "passed" | "failed" | "skipped";

export interface StageRecord {
  readonly name: StageName;
  readonly state: StageState;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** One line for people: "412 passed", "cached". */
  readonly summary?: string;
  readonly problem?: Problem;
}

/** Why something did not go on: what, where, expected, next. `log` holds the last lines, if any. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly where?: string;
  readonly next?: string;
  readonly log?: readonly string[];
}

/**
 * - `delivering`: some stage is under way.
 * - `held`: the rollout waits for a person (exposure stays as it is).
 * - `live`: everybody has it. - `failed`: it never met a user.
 * - `rolled_back`: it was taken away from users, or while it was open to them.
 * - `superseded`: a newer change took its place.
 * - `unchanged`: its tree is what runs already, so there was nothing to do.
 */
export type ChangeState =
  | "delivering"
  | "held"
  | "live"
  | "failed"
  | "rolled_back"
  | "superseded"
  | "unchanged";

export const finalChangeStates: ReadonlySet<ChangeState> = new Set([
  "live",
  "failed",
  "rolled_back",
  "superseded",
  "unchanged",
]);

export interface Person {
  readonly name: string;
  readonly email: string;
}

export interface Trailer {
  readonly key: string;
  readonly value: string;
}

/** What the author said the change would do for users (`Expect:` trailer). */
export interface Expectation {
  readonly id: string;
  /** The trailer's value as written. */
  readonly text: string;
  /** Set when the text has the form `metric up|down >=5% …`. */
  readonly parsed?: {
    readonly metric: string;
    readonly direction: "up" | "down";
    /** Relative change, 0.05 for 5 %. */
    readonly byRatio?: number;
    readonly unit?: string;
    readonly withinMs?: number;
  };
}

/** A person's word that took a change away from users. */
export interface TakenBackBy {
  readonly name: string;
  /** In their own words; empty when they gave none. */
  readonly reason: string;
  /** Whether everybody had it until then. */
  readonly wasLive: boolean;
  /** The number of the release that brings it back; absent: it takes a push. */
  readonly release?: number;
}

/** A change that everybody had until a person took it back, and that another one contains. */
export interface ContainedChange {
  readonly change: ChangeId;
  readonly commit: ObjectId;
  /** Its commit has several parents: `git revert` must be told against which. Absent: it has one. */
  readonly isMerge?: boolean;
  readonly subject: string;
  /** Who took it back. */
  readonly by: string;
  /** In their own words; empty when they gave none. */
  readonly reason: string;
  readonly at?: number;
}

export interface Change {
  readonly id: ChangeId;
  readonly app: AppName;
  readonly environment: EnvironmentName;
  readonly branch: string;
  readonly commit: ObjectId;
  readonly tree: ObjectId;
  /** The commit the branch pointed at before the push; absent on the first push. */
  readonly previousCommit?: ObjectId;
  readonly subject: string;
  readonly author: Person;
  /** Committer date, clamped to the receipt of the push (clock skew). */
  readonly committedAt: number;
  readonly receivedAt: number;
  readonly pushedBy: string;
  readonly trailers: readonly Trailer[];
  readonly expectations: readonly Expectation[];
  /** Files, insertions, deletions against `previousCommit`. */
  readonly diffStat?: { readonly files: number; readonly added: number; readonly removed: number };
  readonly state: ChangeState;
  readonly stages: readonly StageRecord[];
  readonly artifact?: Digest;
  readonly release?: ReleaseId;
  readonly rollout?: RolloutId;
  /** Its release runs and waits, at most until then, for changes of the apps it goes together with. */
  readonly gathering?: { readonly untilAt: number };
  readonly supersededBy?: ChangeId;
  /** Who took it away, where a person did: of one that is rolled back. */
  readonly takenBackBy?: TakenBackBy;
  /** Of changes that were taken back from everybody when it was pushed: those that it contains, and does not revert. */
  readonly contains?: readonly ContainedChange[];
  /** When everybody got it: the last time, of one that came back. It stays when it is taken away. */
  readonly everybodyAt?: number;
  readonly finishedAt?: number;
}
