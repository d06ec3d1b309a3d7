/** Bounds of reading errors: logs are written by programs that are not ours. */

/** Lines that belong to one error: a stack, a traceback with its chain, a panic. */
export const framedLinesMax = 200;
/** Lines of a message before its stack. */
export const messageLinesMax = 8;
/** A line of JSON that is longer is not read. */
export const jsonLineCharsMax = 64 * 1024;
/** Of a line, what errors are read from. */
export const errorLineCharsMax = 1_000;
/** Lines read in one go, some milliseconds of work: then others have their turn. */
export const linesAtOnce = 2_000;
/** Errors of one instance that are told apart, the newest. */
export const errorsReadMax = 1_000;
/** Of a message, what makes its kind: some patterns take time with the square of it. */
export const messageCharsMax = 400;
/** Of a kind's title. */
export const titleCharsMax = 200;
/** Kinds that are told of; the others are counted. */
export const newErrorsMax = 20;
/** Lines of an example, and their length. */
export const exampleLinesMax = 6;
export const exampleCharsMax = 240;
