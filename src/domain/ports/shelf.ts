/** Where artifacts and what builds leave are kept; what nobody needs any more is taken off it. */
import type { AppName, Digest } from "../ids.ts";

/** What was taken away: how many things, whatever their kind. */
export interface Removed {
  readonly count: number;
}

/** What an app takes on the shelf. */
export interface ShelfUse {
  readonly app: string;
  readonly artifacts: { readonly count: number; readonly sizeBytes: number };
  /** What build steps left, for builds to come. */
  readonly steps: { readonly count: number; readonly sizeBytes: number };
}

export interface Shelf {
  /** What each app takes, largest first; of artifacts and steps as they were measured when they were made. */
  use(): Promise<readonly ShelfUse[]>;
  /** Of the file system everything is kept on. */
  disk(): Promise<{ readonly sizeBytes: number; readonly freeBytes: number }>;
  /** Whether an artifact can be run: its directory is there, whole. */
  holds(artifact: Digest): Promise<boolean>;
  /**
   * Removes an app's artifacts for which `isNeeded` is false and that no build has touched for a while.
   * It is asked again after an artifact was set aside: one that became needed meanwhile is put back.
   */
  removeArtifacts(
    app: AppName,
    now: number,
    isNeeded: (artifact: Digest) => Promise<boolean>,
  ): Promise<Removed>;
  /** Removes an app's results of steps that were not used for long, and the oldest beyond a size. */
  removeUnusedSteps(app: AppName, now: number): Promise<Removed>;
  /** Removes what package managers of an app fetched, when it has outgrown its size: nobody may be building. */
  removeOutgrownCache(app: AppName): Promise<Removed>;
  /** Removes all that is kept of an app that is no more. */
  removeApp(app: AppName): Promise<void>;
  /** Removes what builds, tests and release commands of every app left behind when they died. */
  removeLeftovers(now: number): Promise<Removed>;
}
