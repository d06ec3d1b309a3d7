/**
 * Log files that programs append to directly, so that no pipe ties them to us: reading the end,
 * following the growth, and bounding the size by copying aside and truncating in place (the writers
 * keep their descriptor; O_APPEND makes them go on at the new end).
 */
import { watch } from "node:fs";
import { copyFile, open, rename, stat, truncate } from "node:fs/promises";
import { followPollMs, logLineBytesMax, tailBytesMax } from "./limits.ts";

/**
 * The last `count` lines, with those of the rotated copy in front when the log is short. Lines before
 * byte `from` belong to an earlier run and are left out.
 */
export async function tailLines(file: string, count: number, from = 0): Promise<readonly string[]> {
  if (count <= 0) return [];
  const current = await readEnd(file, from);
  const lines = current === undefined ? [] : splitLines(current);
  if (lines.length >= count || from > 0) return lines.slice(-count);
  const older = await readEnd(`${file}.1`, 0);
  return [...(older === undefined ? [] : splitLines(older)), ...lines].slice(-count);
}

async function readEnd(file: string, from: number): Promise<Buffer | undefined> {
  try {
    await using handle = await open(file, "r");
    const { size } = await handle.stat();
    const length = Math.min(size < from ? size : size - from, tailBytesMax);
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await handle.read(buffer, 0, length, size - length);
    return buffer.subarray(0, bytesRead);
  } catch {
    return undefined; // no such log (yet, or any more)
  }
}

function splitLines(bytes: Buffer): string[] {
  const cutter = lineCutter();
  return [...cutter.push(bytes), ...cutter.end()];
}

/** Cuts a stream of bytes into lines of at most `logLineBytesMax` bytes. */
export function lineCutter(): {
  push(bytes: Buffer): readonly string[];
  end(): readonly string[];
} {
  let rest: Buffer = Buffer.alloc(0);
  return {
    push(bytes) {
      const lines: string[] = [];
      let whole = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      for (let end = whole.indexOf(10); end >= 0; end = whole.indexOf(10)) {
        lines.push(...cutLong(whole.subarray(0, end)));
        whole = whole.subarray(end + 1);
      }
      while (whole.length > logLineBytesMax) {
        lines.push(whole.subarray(0, logLineBytesMax).toString("utf8"));
        whole = whole.subarray(logLineBytesMax);
      }
      rest = whole;
      return lines;
    },
    end() {
      const last = rest;
      rest = Buffer.alloc(0);
      return last.length === 0 ? [] : cutLong(last);
    },
  };
}

/** Parts of at most `logLineBytesMax` bytes. */
export function cutLong(line: Buffer): readonly string[] {
  const parts: string[] = [];
  for (let at = 0; at === 0 || at < line.length; at += logLineBytesMax) {
    const part = line.subarray(at, at + logLineBytesMax);
    parts.push(part.toString("utf8").replace(/\r$/, ""));
  }
  return parts;
}

export interface Follow {
  readonly file: string;
  /** Byte to start from. */
  readonly from: number;
  /** Resolves when nothing more will be written; what is there by then is still given. */
  readonly ended: Promise<unknown>;
  readonly signal: AbortSignal;
}

/**
 * Reads a growing log; starts over when the log was truncated.
 * @yields the lines without their newline.
 */
export async function* followLines(follow: Follow): AsyncGenerator<string> {
  const { file, signal } = follow;
  const cutter = lineCutter();
  const bell = makeBell();
  let isEnded = false;
  void follow.ended.finally(() => {
    isEnded = true;
    bell.ring();
  });
  signal.addEventListener("abort", bell.ring);
  const watching = watchFile(file, bell.ring);
  let offset = follow.from;
  try {
    while (!signal.aborted) {
      const isLast = isEnded; // read once more after the end: the last lines came before it
      const chunk = await readFrom(file, offset);
      offset = chunk.offset;
      yield* cutter.push(chunk.bytes);
      if (chunk.bytes.length > 0) continue;
      if (isLast) break;
      await bell.wait();
    }
    yield* cutter.end();
  } finally {
    watching[Symbol.dispose]();
    signal.removeEventListener("abort", bell.ring);
  }
}

const chunkBytes = 64 * 1024;

async function readFrom(
  file: string,
  offset: number,
): Promise<{ readonly bytes: Buffer; readonly offset: number }> {
  try {
    await using handle = await open(file, "r");
    const { size } = await handle.stat();
    const from = size < offset ? 0 : offset;
    const buffer = Buffer.alloc(Math.min(chunkBytes, size - from));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
    return { bytes: buffer.subarray(0, bytesRead), offset: from + bytesRead };
  } catch {
    return { bytes: Buffer.alloc(0), offset }; // not there yet, or pruned
  }
}

/** Rings on changes of the file, and at least every `followPollMs`. */
export function watchFile(file: string, ring: () => void): Disposable {
  const timer = setInterval(ring, followPollMs);
  try {
    const watcher = watch(file, ring).on("error", ring); // a lost watch leaves the slow poll
    return {
      [Symbol.dispose]() {
        clearInterval(timer);
        watcher.close();
      },
    };
  } catch {
    return { [Symbol.dispose]: () => clearInterval(timer) }; // no such file yet: the slow poll finds it
  }
}

/** A wait that remembers a ring which came before it. */
export function makeBell(): { readonly ring: () => void; wait(): Promise<void> } {
  let isRung = false;
  let wake: (() => void) | undefined;
  return {
    ring: () => {
      isRung = true;
      wake?.();
    },
    async wait() {
      if (!isRung) await new Promise<void>((done) => (wake = done));
      isRung = false;
      wake = undefined;
    },
  };
}

/** Moves the log's content to `<file>.1` once it is longer than `sizeBytesMax`; gives whether it did. */
export async function rotateLog(file: string, sizeBytesMax: number): Promise<boolean> {
  try {
    const { size } = await stat(file);
    if (size <= sizeBytesMax) return false;
    await copyFile(file, `${file}.2`);
    await rename(`${file}.2`, `${file}.1`);
    await truncate(file, 0);
    return true;
  } catch {
    return false; // pruned meanwhile, or the disk is full: the next look tries again
  }
}
