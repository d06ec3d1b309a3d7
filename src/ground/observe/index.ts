/**
 * Observe: what this program says about itself.
 *
 * Answers: where log events go, as one JSON object a line.
 * Leaves to others: what apps print (platform), what users experience (mesh).
 * Invariants: a log line never holds a secret under a known name; no event can flood the log.
 * Read next: create-log.ts.
 */
export { createLog, type LogOptions } from "./create-log.ts";
export { openChangeLogs } from "./change-logs.ts";
