/** Tells whoever waits for more than a moment what for, and for how long already. */
import { formatDurationMs } from "#std";
import { progressFirstMs, progressPipeMs, progressTickMs } from "./limits.ts";
import { cut } from "./render/width.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Does the work; after a second, one line says what is waited for, with the time so far. On a terminal it
 * is painted over and goes away at the end; in a pipe it is a line now and then.
 */
export async function withProgress<T>(
  terminal: Terminal,
  waitingFor: string,
  work: () => Promise<T>,
): Promise<T> {
  const progress = startProgress(terminal, waitingFor);
  try {
    return await work();
  } finally {
    progress.end();
  }
}

function startProgress(terminal: Terminal, waitingFor: string): { readonly end: () => void } {
  const { narrationScreen: screen, paintNarration: paint } = terminal;
  const startedAt = terminal.now();
  const firstMs = screen === undefined ? progressPipeMs : progressFirstMs;
  const tickMs = screen === undefined ? progressPipeMs : progressTickMs;
  let isShown = false;
  const tick = (): void => {
    const seconds = Math.floor((terminal.now() - startedAt) / 1000);
    const text = `waiting for ${waitingFor}, ${formatDurationMs(seconds * 1000)} so far`;
    if (screen === undefined) terminal.narrate(text);
    else screen.write(`\r\u001B[2K${paint.dim(cut(text, screen.columns() - 1))}`);
    isShown = true;
  };
  let ticking: NodeJS.Timeout | undefined;
  const first = setTimeout(() => {
    tick();
    ticking = setInterval(tick, tickMs);
    ticking.unref();
  }, firstMs);
  first.unref();
  return {
    end: () => {
      clearTimeout(first);
      clearInterval(ticking);
      if (isShown) screen?.write("\r\u001B[2K");
    },
  };
}
