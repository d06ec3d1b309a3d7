/** Bounds of this room. Each is named with its unit; what happens when it is reached stands beside it. */

/** Connections of one store's pool; more callers wait. 50 on the server leave room for eight stores. */
export const poolConnectionsMax = 6;
/** Waiting for a connection longer than this is `StoreUnavailable`. */
export const connectTimeoutMs = 5_000;
/** A statement that runs longer is cancelled by the server and fails as `StoreUnavailable`. */
export const statementTimeoutMs = 30_000;
/** A call that finds the database away tries this often, about 10 s in all: a crash recovery takes 0.2 s. */
export const retriesMax = 14;
export const retryBackoff = { firstMs: 25, maxMs: 1_500 } as const;

/** `doctor` waits this long for the database; later is as good as never for who looks. */
export const findingTimeoutMs = 2_000;

/** Floor under LISTEN/NOTIFY: a lost notification delays a follower or worker by this at most. */
export const pollMs = 1_000;
/** A LISTEN connection that does not answer for this long is half-open: it is replaced. */
export const listenTimeoutMs = 5_000;
export const listenBackoff = { firstMs: 50, maxMs: 2_000 } as const;

/**
 * Entries, documents and work items in one batch; more is a programmer's error. PostgreSQL takes 65,535 parameters, of
 * which an entry has ten; all others wait meanwhile, some tenths of a second for as many.
 */
export const batchItemsMax = 5_000;
/** Rows a query may ask for; a larger `limit` gives this many. */
export const pageRowsMax = 1_000;
/** How long a committed batch is remembered so that its repetition is recognised; far above all retries. */
export const batchMemoryMs = 3_600_000;
/** Commits and intervals between two clean-ups of what is remembered for repetitions. */
export const forgetEveryWrites = 1_000;

/** How long an edge's interval is remembered; edges keep unacknowledged ones for far less. */
export const intervalMemoryMs = 7 * 86_400_000;
/**
 * Distinct users remembered per rollout. Later users are left out of the user counts of both arms
 * alike, so those become a sample of the first users; request counts go on.
 */
export const rolloutUsersMax = 200_000;
/** Instances told one by one in an interval's arm; further ones are only in its sums. */
export const armInstancesMax = 64;
/** Custom guardrails in one reading; more is refused. Far above what one policy may name. */
export const readingNamesMax = 64;
/** A custom guardrail's name, and the id of a reading; longer is refused. */
export const readingNameCharsMax = 128;
/** Failed requests kept per rollout; older ones are forgotten. */
export const failuresKeptMax = 20;
/** The window of `recentTraffic`. */
export const trafficWindowMs = 60_000;

/** One blob; a larger one is refused with `BlobTooLarge`. */
export const blobSizeBytesMax = 64 * 1024 * 1024;
/** All blobs together; beyond it the oldest go that nothing kept rests on. Evidence takes 5 kB a change. */
export const blobsBytesMax = 1024 ** 3;
/** Not before this long after it was put: what it belongs to may be written down yet. */
export const blobQuietMs = 86_400_000;

/** PostgreSQL's own bound on a socket path is 107 bytes on Linux; the file's name takes 16 of them. */
export const socketDirectoryBytesMax = 90;
/** initdb takes 1 to 2 s on a small machine. */
export const initdbTimeoutMs = 120_000;
/** From start to the first answer, crash recovery included. */
export const readyTimeoutMs = 60_000;
/** For the answer to a connection's first message. */
export const askTimeoutMs = 2_000;
/** Fast shutdown of an orphan, then immediate, then SIGKILL: each waits this long. */
export const stopTimeoutMs = 5_000;
