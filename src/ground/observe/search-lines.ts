/** Finds text in the whole lines of a file, chunk by chunk: a million lines in about a third of a second. */
import type { FileHandle } from "node:fs/promises";
import { logChunkBytes } from "./limits.ts";

export interface FoundLines {
  /** From 0, ascending; of many, the first `most`. */
  readonly lines: readonly number[];
  readonly found: number;
}

/**
 * Bytes are compared as Latin-1 in lower case: the same for text and log, so only letters of ASCII lose their case
 * and nothing is decoded. `bytesMax`: where the last whole line ends.
 */
export async function searchLines(
  handle: FileHandle,
  bytesMax: number,
  {
    text,
    most,
    signal,
  }: { readonly text: string; readonly most: number; readonly signal: AbortSignal },
): Promise<FoundLines> {
  const wanted = lowered(Buffer.from(text, "utf8"));
  const lines: number[] = [];
  let [found, line, place, rest] = [0, 0, 0, ""];
  const buffer = Buffer.allocUnsafe(logChunkBytes);
  while (place < bytesMax && !signal.aborted) {
    const length = Math.min(buffer.length, bytesMax - place);
    const { bytesRead } = await handle.read(buffer, 0, length, place);
    if (bytesRead === 0) break;
    place += bytesRead;
    const chunk = rest + lowered(buffer.subarray(0, bytesRead));
    const end = chunk.lastIndexOf("\n") + 1;
    const seen = searchText(chunk.slice(0, end), wanted);
    for (const one of seen.lines) {
      found += 1;
      if (lines.length < most) lines.push(line + one);
    }
    line += seen.count;
    rest = chunk.slice(end);
  }
  return { lines, found };
}

/** Lines (from 0) of a text that ends with a line end, in which something is, and how many there are. Pure. */
export function searchText(
  text: string,
  wanted: string,
): { readonly lines: readonly number[]; readonly count: number } {
  const lines: number[] = [];
  let [count, from] = [0, 0];
  for (let hit = text.indexOf(wanted); hit >= 0; hit = text.indexOf(wanted, from)) {
    count += lineEnds(text, from, hit);
    lines.push(count);
    const end = text.indexOf("\n", hit);
    if (end < 0) return { lines, count };
    count += 1;
    from = end + 1;
  }
  return { lines, count: count + lineEnds(text, from, text.length) };
}

function lineEnds(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) {
    count += 1;
  }
  return count;
}

function lowered(bytes: Buffer): string {
  return bytes.toString("latin1").toLowerCase();
}
