/** Bounds of what is said: a screen is for reading, the rest is one command away. */

/** Columns of a line. Git puts `remote: ` (8) before each, and people keep at most 100, some indented. */
export const lineColumnsMax = 84;

/** Failing tests named in the push output. */
export const failingTestsMax = 10;

/** Lines shown of one failure's message. */
export const failureLinesMax = 3;

/** Log lines shown with a problem. */
export const logLinesMax = 20;

/** Text of one sentence from elsewhere (a subject, a reason); cut with an ellipsis. */
export const sentenceCharsMax = 600;

/** A note on a commit; longer ones are cut at a line. */
export const noteCharsMax = 8000;

/** How long after a change was exposed a revert of it counts as rework. */
export const reworkWindowMs = 30 * 24 * 3_600_000;
