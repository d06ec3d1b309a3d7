/** What a team delivers, and where its releases live. */
import type { AppName, ReleaseId, RolloutId } from "./ids.ts";
import type { TeamName } from "./people.ts";
import type { ConfigTakenBack } from "./config-taken-back.ts";

/** For now every app has the one environment; the type keeps the word out of strings. */
export type EnvironmentName = "production";

export interface App {
  readonly name: AppName;
  readonly createdAt: number;
  readonly createdBy: string;
  /** Whose it is: a role granted for the team holds for it. */
  readonly team?: TeamName;
  /** Host names of its own by which it is served, too, the oldest first; absent: none. */
  readonly domains?: readonly string[];
  /** The branch whose commits become changes. */
  readonly trackedBranch: string;
  /** Version of the configuration a next release will get: the newest that was not taken back; 0: none. */
  readonly configVersion: number;
  /** The newest there ever was, where that was taken back. */
  readonly configsMade?: number;
  /** The one that was taken back last, until another is set or it is brought back. */
  readonly configTakenBack?: ConfigTakenBack;
  /** Number that the next release gets: v1, v2, … */
  readonly nextReleaseNumber: number;
  /** The release everybody is on when no rollout is under way. */
  readonly liveRelease?: ReleaseId;
  /** The rollout that moves exposure at present: at most one (guarantee 2). */
  readonly activeRollout?: RolloutId;
  readonly deletedAt?: number;
}

/** One immutable version of an app's configuration. Values never enter the journal. */
export interface ConfigVersion {
  readonly app: AppName;
  readonly version: number;
  readonly values: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly createdBy: string;
}
