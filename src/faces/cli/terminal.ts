/** The terminal as commands see it: a place for results, a place for narration, and what they can show. */
import { type Paint, paintFor } from "./render/paint.ts";
import { printable } from "./render/printable.ts";

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly isRoot: boolean;
  readonly isInteractive: boolean;
  /** Columns of the results' terminal; absent in a pipe. */
  readonly columns?: number;
  /** For what goes to stdout, and for what goes to stderr. */
  readonly paint: Paint;
  readonly paintNarration: Paint;
  readonly now: () => number;
  /** A line (or lines) of the result, on stdout. */
  readonly result: (text: string) => void;
  /** A line for the person who waits, on stderr. */
  readonly narrate: (text: string) => void;
}

export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  // A reader that has seen enough (`| head`) is no fault of ours.
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    process.exit(error.code === "EPIPE" ? 0 : 3);
  });
  return {
    env,
    cwd: process.cwd(),
    isRoot: process.getuid?.() === 0,
    isInteractive: stdout.isTTY,
    ...(stdout.isTTY ? { columns: stdout.columns } : {}),
    paint: paintFor(stdout.isTTY, env),
    paintNarration: paintFor(stderr.isTTY, env),
    now: () => Date.now(),
    result: (text) => void stdout.write(`${printable(text)}\n`),
    narrate: (text) => void stderr.write(`${printable(text)}\n`),
  };
}
