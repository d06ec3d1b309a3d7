/** The terminal as commands see it: a place for results, a place for narration, and what they can show. */
import type { WriteStream } from "node:tty";
import { type Paint, paintFor } from "./render/paint.ts";
import { printable } from "./render/printable.ts";

type Listener = () => void;

/** A terminal whose cursor can be moved. */
export interface Screen {
  readonly columns: () => number;
  readonly rows: () => number;
  /** As it is: who calls has made sure of what is in it. */
  readonly write: (text: string) => void;
  /** Calls when its size changes; gives what ends that. */
  readonly onResize: (listener: Listener) => Listener;
}

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly isRoot: boolean;
  readonly isInteractive: boolean;
  /** Columns of the results' terminal; absent in a pipe. */
  readonly columns?: number;
  /** Where results go, when it is a terminal that can be painted over; absent in a pipe. */
  readonly screen?: Screen;
  /** The same for narration. */
  readonly narrationScreen?: Screen;
  /** For what goes to stdout, and for what goes to stderr. */
  readonly paint: Paint;
  readonly paintNarration: Paint;
  readonly now: () => number;
  /** A line (or lines) of the result, on stdout. */
  readonly result: (text: string) => void;
  /** A line for the person who waits, on stderr. */
  readonly narrate: (text: string) => void;
  /** A line from who sits there, asked for on stderr; absent when nobody does. */
  readonly ask?: (question: string) => Promise<string>;
}

export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  // A reader that has seen enough (`| head`) is no fault of ours.
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    process.exit(error.code === "EPIPE" ? 0 : 3);
  });
  const canPaint = env["TERM"] !== "dumb";
  return {
    env,
    cwd: process.cwd(),
    isRoot: process.getuid?.() === 0,
    isInteractive: stdout.isTTY,
    ...(stdout.isTTY ? { columns: columnsOf(stdout) } : {}),
    ...(stdout.isTTY && canPaint ? { screen: screenOf(stdout) } : {}),
    ...(stderr.isTTY && canPaint ? { narrationScreen: screenOf(stderr) } : {}),
    paint: paintFor(surfaceOf(stdout), env),
    paintNarration: paintFor(surfaceOf(stderr), env),
    now: () => Date.now(),
    result: (text) => void stdout.write(`${printable(text)}\n`),
    narrate: (text) => void stderr.write(`${printable(text)}\n`),
    ...(process.stdin.isTTY && stderr.isTTY ? { ask: askOnTerminal } : {}),
  };
}

/** An end without a line is an empty one. */
async function askOnTerminal(question: string): Promise<string> {
  const { createInterface } = await import("node:readline");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  return await new Promise((resolve) => {
    lines.once("close", () => {
      resolve("");
    });
    lines.question(printable(question), (line) => {
      resolve(line);
      lines.close();
    });
  });
}

function surfaceOf(stream: WriteStream) {
  return { isTerminal: stream.isTTY, ...(stream.isTTY ? { columns: columnsOf(stream) } : {}) };
}

const usualColumns = 80;
const usualRows = 24;

/** A terminal that was not told its size says 0. */
function columnsOf({ columns }: WriteStream): number {
  return columns > 0 ? columns : usualColumns;
}

function screenOf(stream: WriteStream): Screen {
  return {
    columns: () => columnsOf(stream),
    rows: () => (stream.rows > 0 ? stream.rows : usualRows),
    write: (text) => void stream.write(text),
    onResize: (listener) => {
      stream.on("resize", listener);
      return () => void stream.off("resize", listener);
    },
  };
}
