/** Bounds of the log. */

/** Lines of one event within the window; further ones are counted, and the count is logged. */
export const linesPerEventMax = 120;
export const eventWindowMs = 60_000;

/** Events whose lines are counted; names are fixed words in the source, so there are few. */
export const eventsMax = 1_000;

/** One stage's kept output; the step's own limit is lower, so this only guards against a fault of ours. */
export const changeLogBytesMax = 64 * 1024 * 1024;
/** Lines that wait for a follower; one who is slower misses lines. */
export const logFollowerLinesMax = 1_000;
/** Log files open for writing at once. */
export const logFilesOpenMax = 32;
/** A change's logs stay this long after their last line. */
export const changeLogKeptMs = 90 * 86_400_000;
/** All kept logs of changes; beyond it the oldest go, if nobody wrote to them for `changeLogQuietMs`. */
export const changeLogsBytesMax = 2 * 1024 * 1024 * 1024;
export const changeLogQuietMs = 86_400_000;
