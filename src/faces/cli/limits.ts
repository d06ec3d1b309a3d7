/** Bounds of the command line. */

/** One answer of the API. The longest is a roll back to a release that has to start first. */
export const answerMsMax = 90_000;

/** A body we take in: the journal's and the logs' pages are the largest. */
export const answerBytesMax = 64 * 1_048_576;

/** How often in a row a broken stream is taken up again before we give up. */
export const resumesMax = 20;

/** The first start makes a database; on a slow disk this takes its time. */
export const startMsMax = 180_000;

/** The supervisor stops instances, edges, server and database in order. */
export const stopMsMax = 60_000;

/** Floor under the file watch, for file systems that do not tell of changes. */
export const watchFloorMs = 250;

/** Lines of the supervisor's log shown when it does not start. */
export const startLogLinesMax = 15;

/** Lines shown of an instance that ended; a stack trace has about as many. */
export const lastLinesMax = 12;

/** A value read from standard input; the server takes up to 32 KiB. */
export const standardInputBytesMax = 65_536;

/** A scenario or policy file, both of which are small YAML. */
export const smallFileBytesMax = 65_536;

/** Who waits for a simulation hears of it this often. */
export const progressIntervalMs = 2_000;

/** Who waits for an answer hears of it after this, and then at every tick; in a pipe less often. */
export const progressFirstMs = 1_000;
export const progressTickMs = 1_000;
export const progressPipeMs = 5_000;

/** A line of a file that is read line by line; a longer one is cut, and then refused for its length. */
export const lineCharactersMax = 1_048_576;

/** Stored intervals of a rollout asked for at a time. */
export const intervalsPage = 500;
/** Trying the sandbox takes a second; a mount that hangs must not hang `doctor`. */
export const prospectMsMax = 30_000;

/** Free space on the data directory's disk, as the instance judges it: builds and releases are kept. */
export const freeBytesGood = 5 * 1024 ** 3;
export const freeBytesFair = 1024 ** 3;

/** Ports that are tried first, when none is asked for. */
export const apiPortUsual = 7420;
export const edgePortUsual = 7480;
export const sshPortUsual = 7422;

/** A view that is watched is looked at again this often; events of a change come at once. */
export const watchIntervalMs = 1_000;

/** What was said last, below the page of a change that is watched. */
export const storyLinesShown = 8;

/** Newest changes in the platform's view. */
export const statusChangesMax = 5;

/** A shell that waits for names longer than this goes without them. */
export const completionMsMax = 500;

/** Names of a kind that are offered, newest first. */
export const completionNamesMax = 50;

/** A word to a rollout is waited for until it is carried out, and not longer than this. */
export const wordMsMax = 10_000;
export const wordLookMs = 50;
