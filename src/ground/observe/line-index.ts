/**
 * Where the lines of a file begin: every so-manieth one, so that a million lines take some kilobytes. Grows with
 * its file; what was looked at is not looked at again.
 */
import { lineStride } from "./limits.ts";

export interface LineIndex {
  /** Whole lines so far. */
  readonly lines: number;
  /** Bytes looked at. */
  readonly bytes: number;
  /** The byte after the last line end. */
  readonly restFrom: number;
  /** Takes the bytes that follow those it has seen. */
  add(bytes: Uint8Array): void;
  /** A line at or before this one (from 0), and the byte it begins at. */
  before(line: number): { readonly line: number; readonly at: number };
  /** All whole lines in blocks of at least so many bytes, each with the number of its first line, from 0. */
  blocks(bytesMin: number): Iterable<LineBlock>;
}

export interface LineBlock {
  readonly line: number;
  readonly from: number;
  /** Not included. */
  readonly to: number;
}

export function newLineIndex(): LineIndex {
  const starts: number[] = [0];
  let [lines, bytes, restFrom] = [0, 0, 0];
  return {
    get lines() {
      return lines;
    },
    get bytes() {
      return bytes;
    },
    get restFrom() {
      return restFrom;
    },
    add(more) {
      for (let end = more.indexOf(10); end >= 0; end = more.indexOf(10, end + 1)) {
        lines += 1;
        restFrom = bytes + end + 1;
        if (lines % lineStride === 0) starts.push(restFrom);
      }
      bytes += more.length;
    },
    before(line) {
      const index = Math.min(Math.floor(line / lineStride), starts.length - 1);
      return { line: index * lineStride, at: starts[index] ?? 0 };
    },
    *blocks(bytesMin) {
      const end = restFrom;
      let [first, from] = [0, 0];
      for (let next = 1; next < starts.length; next += 1) {
        const to = starts[next] ?? end;
        if (to - from < bytesMin || to > end) continue;
        yield { line: first * lineStride, from, to };
        [first, from] = [next, to];
      }
      if (from < end) yield { line: first * lineStride, from, to: end };
    },
  };
}
