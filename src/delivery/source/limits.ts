/** Every bound of the source stage. Reaching one is a refusal or a typed error, never a hang. */

/** What a push may bring. The defaults suit applications; a test gives smaller ones. */
export interface CheckLimits {
  readonly blobBytesMax: number;
  readonly pushBytesMax: number;
  readonly objectsMax: number;
  readonly filesMax: number;
  readonly pathBytesMax: number;
  readonly pathPartBytesMax: number;
  readonly symlinkBytesMax: number;
  /** Larger files are not read for secrets. */
  readonly secretFileBytesMax: number;
  /** Text read for secrets in one push; what is beyond is told as a warning. */
  readonly secretTotalBytesMax: number;
  readonly secretScanMsMax: number;
}

export const defaultCheckLimits: CheckLimits = {
  blobBytesMax: 100 * 1024 * 1024,
  pushBytesMax: 1024 * 1024 * 1024,
  objectsMax: 500_000,
  filesMax: 100_000,
  pathBytesMax: 1024,
  pathPartBytesMax: 255,
  symlinkBytesMax: 1024,
  secretFileBytesMax: 512 * 1024,
  secretTotalBytesMax: 64 * 1024 * 1024,
  secretScanMsMax: 10_000,
};

/** Refusals shown for one push; the rest is counted. */
export const refusalsShownMax = 10;
export const warningsShownMax = 10;

/** Texts are read for secrets together up to this many characters: 8 ms a turn. */
export const secretBatchCharsMax = 128 * 1024;

/** What one hook may say. A push with more is refused. */
export const hookLineBytesMax = 8192;
export const refUpdatesMax = 200;
export const pushOptionsMax = 32;
export const pushOptionCharsMax = 1000;

/** One line to the author; longer ones are cut. */
export const pushLineCharsMax = 2000;

/** Pushes to one app that wait for the one before to be accepted. */
export const pushesWaitingMax = 8;
export const pushWaitMs = 60_000;
/** From the first byte to the end of the checks. */
export const receiveMsMax = 15 * 60_000;
/**
 * From a connection to the first word of a push over SSH: the client's own checks before a push run meanwhile.
 */
export const silentMsMax = 30 * 60_000;
/** How long the next push waits for the one before to be recorded. */
export const recordMsMax = 10_000;
/** How long a delivery is streamed to a client that waits. */
export const streamMsMax = 6 * 3_600_000;
/** One fetch or clone. */
export const fetchMsMax = 60 * 60_000;
/** How long a client may go on sending after git has answered. */
export const lingerMs = 2000;
/** What a client says it has and wants. */
export const fetchBodyBytesMax = 10 * 1024 * 1024;
/**
 * Git operations on one app at a time: fetches, advertisements, pushes that wait and pushes that are still told of.
 * Of one user fewer, so that the others get in.
 */
export const operationsPerAppMax = 32;
export const operationsPerUserMax = 12;

/** What a page shows of a diff; git ends when it has written that much. */
export const diffPatchBytesMax = 512 * 1024;
export const diffListBytesMax = 4 * 1024 * 1024;
export const diffFilesMax = 500;
export const diffCommitsMax = 100;
/** Commits of a push, looked through for what was taken back once, and what one of them may say that it undoes. */
export const broughtCommitsMax = 1_000;
export const revertsOfCommitMax = 20;
/** How long they are looked through: the push that brings them is written down after that, with a remark or without. */
export const broughtMsMax = 5_000;
/** A git command that answers a question. */
export const gitCommandMsMax = 60_000;
export const gitOutputBytesMax = 64 * 1024 * 1024;

/** Kept `git cat-file` processes, one per active repository, and how long an idle one is kept. */
export const readersMax = 16;
export const readerIdleMs = 120_000;
/** Larger objects do not go through the kept process: they would make the next reader wait. */
export const readerObjectBytesMax = 4 * 1024 * 1024;
/** Measured diffs kept in memory: for the pushes that are just becoming changes. */
export const diffsMax = 64;
/** Listed trees kept in memory, by count of their entries. */
export const treeCacheEntriesMax = 100_000;

/** Writing a checkout gives the event loop a turn after each slice. */
export const checkoutSliceMs = 8;

export const trailersMax = 100;
export const trailerValueCharsMax = 2000;
export const expectationsMax = 20;

export const noteBytesMax = 256 * 1024;
export const noteAttemptsMax = 6;

/** How long a deleted repository stays in the trash. */
export const trashMs = 7 * 86_400_000;
/** Loose objects (git estimates them) from which on a quiet repository is packed, and how long that may take. */
export const looseObjectsMax = 2_000;
export const packMsMax = 15 * 60_000;
