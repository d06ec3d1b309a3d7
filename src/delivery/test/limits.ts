/** Bounds of the test stage. */

/** A report file that is read; 10,000 cases with messages stay below it. */
export const reportBytesMax = 16 * 1024 ** 2;
export const reportFilesMax = 100;
/** Reading all of it; 10,000 cases take a second on a small machine. */
export const readingMsMax = 20_000;
export const readingMemoryMebibytes = 512;
/** Output that is kept in memory to read cases from when no report was written. */
export const outputLinesMax = 50_000;
/** Cases kept in a report, failed first. */
export const testCasesMax = 500;
/** Of each failure's message; enough for an assertion and where it stands. */
export const messageLines = 8;
export const messageCharacters = 2_000;

export const stepMemoryBytes = 4 * 1024 ** 3;
export const stepProcesses = 1024;
export const stepOutputBytes = 50 * 1024 ** 2;
export const stepDiskBytes = 8 * 1024 ** 3;
export const problemLogLines = 30;
