/**
 * A view that repaints in place: the lines below the prompt, for as long as somebody watches. It stays on
 * the screen when it ends, and leaves the terminal as it was, also when Ctrl-C or a signal ends it.
 */
import { printable } from "./render/printable.ts";
import { cut, widthOf } from "./render/width.ts";
import type { Screen } from "./terminal.ts";

export interface Live {
  /** Puts these lines in the place of those before. */
  paint(lines: readonly string[]): void;
  /** Takes away what was painted: what comes next stands in its place. */
  clear(): void;
  /** Leaves what was painted last. */
  end(): void;
}

const hideCursor = "\u001B[?25l";
const showCursor = "\u001B[?25h";
const ends = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export function openLive(screen: Screen): Live {
  let wanted: readonly string[] = [];
  let shown: readonly string[] = [];
  const repaint = (): void => {
    const columns = screen.columns();
    const frame = frameOf(wanted, { columns, rows: screen.rows() });
    screen.write(repaintOf(shown, frame, columns));
    shown = frame;
  };
  const stopListening = screen.onResize(repaint);
  const close = (): void => {
    stopListening();
    for (const signal of ends) process.off(signal, die);
    process.off("SIGTSTP", sleep).off("SIGCONT", wake);
    screen.write(showCursor);
  };
  // The terminal is put right, and then the signal does what it would have done without us.
  const die = (signal: NodeJS.Signals): void => {
    close();
    process.kill(process.pid, signal);
  };
  const sleep = (): void => {
    screen.write(showCursor);
    process.kill(process.pid, "SIGSTOP");
  };
  const wake = (): void => {
    // What the shell wrote meanwhile stays; the view goes on below it.
    shown = [];
    screen.write(hideCursor);
    repaint();
  };
  for (const signal of ends) process.on(signal, die);
  process.on("SIGTSTP", sleep).on("SIGCONT", wake);
  screen.write(hideCursor);
  return {
    paint(lines) {
      wanted = lines.flatMap((line) => line.split("\n"));
      repaint();
    },
    clear() {
      screen.write(repaintOf(shown, [], screen.columns()));
      shown = [];
    },
    end: close,
  };
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The lines as they fit: none wraps, and they leave the last row to the cursor. */
export function frameOf(lines: readonly string[], { columns, rows }: Size): readonly string[] {
  // The last column stays free: what is written there hangs over the edge on some terminals.
  const room = columns - 1;
  const fitting = lines.map((line) => cut(printable(line).replaceAll("\t", "  "), room));
  const rowsMax = Math.max(1, rows - 1);
  if (fitting.length <= rowsMax) return fitting;
  const kept = fitting.slice(0, rowsMax - 1);
  return [...kept, cut(`… ${fitting.length - kept.length} more lines`, room)];
}

/** What to write to have the frame in the place of the one before, on a terminal that may be narrower now. */
export function repaintOf(
  shown: readonly string[],
  frame: readonly string[],
  columns: number,
): string {
  const up = shown.reduce((sum, line) => sum + rowsOf(line, columns), 0);
  const start = up === 0 ? "\r" : `\r\u001B[${up}A`;
  return `${start}${frame.map((line) => `${line}\u001B[K\n`).join("")}\u001B[J`;
}

/** A line that was painted on a wider terminal has been folded by it. */
function rowsOf(line: string, columns: number): number {
  return Math.max(1, Math.ceil(widthOf(line) / columns));
}
