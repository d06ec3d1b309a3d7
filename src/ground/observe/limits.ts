/** Bounds of the log. */

/** Lines of one event within the window; further ones are counted, and the count is logged. */
export const linesPerEventMax = 120;
export const eventWindowMs = 60_000;

/** Events whose lines are counted; names are fixed words in the source, so there are few. */
export const eventsMax = 1_000;
