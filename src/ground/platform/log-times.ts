/**
 * When the lines of a log were written. Programs write to their log themselves and without times, so we
 * look at its length now and then and note it beside the log, with the time of its last write: a mark. A
 * line that lies before a mark was written by then, and after the mark before.
 */
import { appendFile, open, readFile, rename, stat, writeFile } from "node:fs/promises";
import { logMarksMax, tailBytesMax } from "./limits.ts";
import { cutLong } from "./log-file.ts";

/** Everything before `offset` was written by `at`. */
export interface Mark {
  readonly offset: number;
  readonly at: number;
}

export interface TimedLine {
  readonly text: string;
  readonly at: number;
}

export function timesFile(file: string): string {
  return `${file}.times`;
}

/** Remembers where each log's marks have come to. One at a time for a log. */
export class LogMarker {
  readonly #known = new Map<string, { offset: number; count: number }>();

  /** Notes how long the log is, if it has grown. */
  async mark(file: string): Promise<void> {
    const found = await stat(file).catch(() => undefined); // not written to yet, or pruned
    if (found === undefined) return;
    const known = this.#known.get(file) ?? (await this.#recall(file));
    if (found.size <= known.offset) return;
    const mark = renderMark({ offset: found.size, at: found.mtimeMs });
    try {
      if (known.count >= logMarksMax) known.count = await thinOut(file);
      await appendFile(timesFile(file), mark, { mode: 0o600 });
    } catch {
      return; // pruned meanwhile, or the disk is full: the next look tries again
    }
    known.offset = found.size;
    known.count += 1;
  }

  /** The log's content was moved to `<file>.1`: its marks go with it. */
  async rotate(file: string): Promise<void> {
    await rename(timesFile(file), timesFile(`${file}.1`)).catch(() => undefined); // it had none
    this.#known.delete(file);
  }

  forget(file: string): void {
    this.#known.delete(file);
  }

  /** Of a server before this one. */
  async #recall(file: string): Promise<{ offset: number; count: number }> {
    const marks = await readMarks(file);
    const known = { offset: marks.at(-1)?.offset ?? 0, count: marks.length };
    this.#known.set(file, known);
    return known;
  }
}

/** Every second mark goes: what is long ago is known less exactly. */
async function thinOut(file: string): Promise<number> {
  const kept = (await readMarks(file)).filter((_, index) => index % 2 === 1);
  await writeFile(`${timesFile(file)}.new`, kept.map(renderMark).join(""), { mode: 0o600 });
  await rename(`${timesFile(file)}.new`, timesFile(file));
  return kept.length;
}

function renderMark({ offset, at }: Mark): string {
  return `${offset} ${Math.round(at)}\n`;
}

async function readMarks(file: string): Promise<readonly Mark[]> {
  const text = await readFile(timesFile(file), "utf8").catch(() => ""); // none was made yet
  return text.split("\n").flatMap((line) => {
    const [, offset, at] = /^(\d+) (\d+)$/.exec(line) ?? []; // the last one may be half written
    return offset === undefined ? [] : [{ offset: Number(offset), at: Number(at) }];
  });
}

/** The last `count` lines of a log and its rotated copy, oldest first, each with when it was written by. */
export async function timedTail(file: string, count: number): Promise<readonly TimedLine[]> {
  if (count <= 0) return [];
  const lines = await timedEnd(file);
  if (lines.length >= count) return lines.slice(-count);
  return [...(await timedEnd(`${file}.1`)), ...lines].slice(-count);
}

async function timedEnd(file: string): Promise<readonly TimedLine[]> {
  try {
    await using handle = await open(file, "r");
    const { size, mtimeMs } = await handle.stat();
    const length = Math.min(size, tailBytesMax);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    const last = { offset: Number.POSITIVE_INFINITY, at: Math.round(mtimeMs) };
    const marks = [...(await readMarks(file)), last];
    return timeLines(buffer.subarray(0, bytesRead), size - length, marks);
  } catch {
    return []; // no such log (yet, or any more)
  }
}

/** Cuts bytes that begin at `start` of the log into lines, and gives each the time of its first mark. Pure. */
export function timeLines(
  bytes: Buffer,
  start: number,
  marks: readonly Mark[],
): readonly TimedLine[] {
  const lines: TimedLine[] = [];
  let [from, index, at] = [0, 0, 0];
  while (from < bytes.length) {
    const newline = bytes.indexOf(10, from);
    const end = newline < 0 ? bytes.length : newline;
    while (index < marks.length - 1 && (marks[index]?.offset ?? 0) < start + end) index += 1;
    // A clock that was set back must not turn the lines of one program around.
    at = Math.max(at, marks[index]?.at ?? 0);
    for (const text of cutLong(bytes.subarray(from, end))) lines.push({ text, at });
    from = end + 1;
  }
  return lines;
}
