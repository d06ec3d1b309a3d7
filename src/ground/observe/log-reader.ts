/**
 * The `LogReader` over plain files. A file is looked through once for its line ends; after that a window costs
 * what it shows. Files only grow: one that no longer has what was looked at is another one, and is looked through anew.
 */
import { watch } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import type { Clock, LogHits, LogReader, LogWindow } from "#domain";
import { newLineIndex, type LineIndex } from "./line-index.ts";
import {
  logChunkBytes,
  logEndBytes,
  logFollowLinesMax,
  logFollowPauseMs,
  logIndicesMax,
  logLookAgainMs,
  logShownLineBytesMax,
  logWindowBytesMax,
} from "./limits.ts";
import { searchLines } from "./search-lines.ts";

export function openLogReader({ clock }: { readonly clock: Clock }): LogReader {
  const parts = newParts();

  async function window(
    files: readonly string[],
    { from, count }: { readonly from: number; readonly count: number },
  ): Promise<LogWindow> {
    const lines: string[] = [];
    let [total, rest] = [0, ""];
    for (const file of files) {
      await parts.with(file, async (handle, index) => {
        // Below 0: the file before gave all that one window may hold.
        const first = from - 1 + lines.length - total;
        if (lines.length < count && first >= 0 && first < index.lines) {
          lines.push(...(await linesOf(handle, index, { first, count: count - lines.length })));
        }
        total += index.lines;
        rest = await restOf(handle, index);
      });
    }
    return { total, from, lines, ...(rest === "" ? {} : { rest }) };
  }

  return {
    window,
    async search(files, { text, most, signal }): Promise<LogHits> {
      const hits = { numbers: [] as number[], found: 0, total: 0 };
      for (const file of files) {
        await parts.with(file, async (handle, index) => {
          const asked = { text, most: most - hits.numbers.length, signal };
          const part = await searchLines(handle, index, asked);
          hits.numbers.push(...part.lines.map((line) => hits.total + line + 1));
          hits.found += part.found;
          hits.total += index.lines;
        });
      }
      return hits;
    },
    async *follow(files, { after, isOver, signal }) {
      let [seen, rest] = [after, ""];
      using bell = bellOf(files.at(-1) ?? "", clock, signal);
      while (!signal.aborted) {
        const isLast = await isOver(); // before the look: the last lines came before the end
        const next = await window(files, { from: seen + 1, count: logFollowLinesMax });
        if (next.total < seen) {
          // Moved aside: what follows is counted anew.
          seen = 0;
          continue;
        }
        const isNews = next.lines.length > 0 || (next.rest ?? "") !== rest;
        if (isNews) yield next;
        seen = Math.max(seen, next.from + next.lines.length - 1);
        rest = next.rest ?? "";
        if (seen < next.total) continue;
        if (isLast) return;
        await bell.wait();
        // What is printed in one go is read in one go: each look asks the store and the disk.
        await clock.sleep(logFollowPauseMs, signal);
      }
    },
  };
}

interface Known {
  readonly inode: number;
  readonly index: LineIndex;
  /** The last bytes that were looked at. */
  end: Buffer;
}

/**
 * Whether what was looked at is still there. A log that is moved aside is cut in place: by the time of the next look
 * it may be longer than it was, and only what is in it tells.
 */
async function isGrown(handle: FileHandle, { index, end }: Known): Promise<boolean> {
  return end.equals(await endOf(handle, index.bytes));
}

async function endOf(handle: FileHandle, bytes: number): Promise<Buffer> {
  const length = Math.min(bytes, logEndBytes);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, bytes - length);
  return buffer.subarray(0, bytesRead);
}

/** Indices of the files that were looked at last, each brought up to date before it is used. */
function newParts() {
  const known = new Map<string, Known>();
  const waiting = new Map<string, Promise<unknown>>();

  async function upToDate(file: string, handle: FileHandle): Promise<LineIndex> {
    const { size, ino } = await handle.stat();
    const found = known.get(file);
    const isSame = found !== undefined && found.inode === ino && (await isGrown(handle, found));
    const { index } = isSame ? found : { index: newLineIndex() };
    const now: Known = { inode: ino, index, end: isSame ? found.end : Buffer.alloc(0) };
    known.delete(file);
    known.set(file, now);
    for (const old of known.keys()) {
      if (known.size <= logIndicesMax) break;
      known.delete(old);
    }
    if (index.bytes >= size) return index;
    const buffer = Buffer.allocUnsafe(Math.min(logChunkBytes, size - index.bytes));
    while (index.bytes < size) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, index.bytes);
      if (bytesRead === 0) break;
      index.add(buffer.subarray(0, bytesRead));
    }
    now.end = await endOf(handle, index.bytes);
    return index;
  }

  return {
    /** Does nothing when there is no such file. One at a time for a file: two would index it twice. */
    async with(file: string, use: (handle: FileHandle, index: LineIndex) => Promise<void>) {
      const handle = await open(file, "r").catch(() => undefined); // not written to yet, or pruned
      if (handle === undefined) return;
      await using closing = handle;
      const before = waiting.get(file) ?? Promise.resolve();
      const indexing = before.then(
        async () => await upToDate(file, closing),
        async () => await upToDate(file, closing),
      );
      waiting.set(file, indexing);
      try {
        await use(closing, await indexing);
      } finally {
        if (waiting.get(file) === indexing) waiting.delete(file);
      }
    },
  };
}

async function linesOf(
  handle: FileHandle,
  index: LineIndex,
  { first, count }: { readonly first: number; readonly count: number },
): Promise<readonly string[]> {
  const { line, at } = index.before(first);
  const lines: string[] = [];
  let [skip, place, given] = [first - line, at, 0];
  let rest: Buffer = Buffer.alloc(0);
  while (place < index.restFrom && lines.length < count && given < logWindowBytesMax) {
    const chunk = Buffer.allocUnsafe(Math.min(64 * 1024, index.restFrom - place));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, place);
    if (bytesRead === 0) break;
    place += bytesRead;
    const bytes = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      if (skip > 0) skip -= 1;
      else if (lines.length < count) {
        lines.push(shown(bytes.subarray(start, end)));
        // As much as is shown of it: one long line must not stand for hundreds that follow.
        given += Math.min(end - start, logShownLineBytesMax);
      }
      start = end + 1;
    }
    // Of a line without end only what is shown is kept: each chunk would copy all that came before it.
    rest = bytes.subarray(start, start + logShownLineBytesMax + 1);
  }
  return lines;
}

async function restOf(handle: FileHandle, { restFrom, bytes }: LineIndex): Promise<string> {
  const length = Math.min(bytes - restFrom, logShownLineBytesMax + 1);
  if (length <= 0) return "";
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, restFrom);
  return shown(buffer.subarray(0, bytesRead));
}

/** A line for people: what is beyond the bound is cut, and the cut is shown. */
function shown(line: Buffer): string {
  const isLong = line.length > logShownLineBytesMax;
  const text = line.subarray(0, logShownLineBytesMax).toString("utf8");
  return isLong ? `${text} …` : text.replace(/\r$/, "");
}

/** Rings when the file changes, and now and then in any case: a file that is not there cannot be watched. */
function bellOf(file: string, clock: Clock, signal: AbortSignal) {
  let news = Promise.withResolvers<void>();
  const ring = (): void => news.resolve();
  const closing = new AbortController();
  const either = AbortSignal.any([signal, closing.signal]);
  let watcher: ReturnType<typeof watch> | undefined;
  const listen = (): void => {
    try {
      watcher ??= watch(file, ring).on("error", ring);
    } catch {
      watcher = undefined; // not there yet: the slow look finds it
    }
  };
  signal.addEventListener("abort", ring);
  return {
    async wait(): Promise<void> {
      listen();
      const over = new AbortController();
      const late = clock.sleep(logLookAgainMs, AbortSignal.any([either, over.signal]));
      await Promise.race([news.promise, late]);
      over.abort();
      news = Promise.withResolvers();
    },
    [Symbol.dispose]() {
      closing.abort();
      watcher?.close();
      signal.removeEventListener("abort", ring);
    },
  };
}
