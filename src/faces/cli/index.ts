/**
 * The command line: Tidegate for people in a terminal, and for scripts.
 *
 * Answers: how each command is said, what it prints, and which exit code says what.
 * Leaves to others: everything it reports (the API); it asks over HTTP and never imports the server.
 * Invariants: the result goes to stdout and everything else to stderr; `--json` prints the API's type and
 * nothing besides; colour only on a terminal; every failure ends with the next command.
 * Read next: main.ts, program.ts, then commands/ in the order of the story.
 */
export { dataDirectory } from "./data-directory.ts";
