/** Which lines of a log are in sight, however many there are. Pure. */

export const lineHeightPx = 22;
/** Browsers lay out no taller element than some 17 million pixels; beyond this the scroll bar
 * moves by more than it shows. */
const heightPxMax = 8_000_000;
/** Lines asked for at a time. */
export const chunkLines = 500;

export interface Sight {
  /** Of the element that is scrolled. */
  readonly heightPx: number;
  /** The first line in sight and how many there may be, counted from 1. */
  readonly first: number;
  readonly count: number;
}

export interface Scrolled {
  readonly total: number;
  readonly scrollTopPx: number;
  readonly viewportPx: number;
}

export function sightOf({ total, scrollTopPx, viewportPx }: Scrolled): Sight {
  const wholePx = total * lineHeightPx;
  const heightPx = Math.min(wholePx, heightPxMax);
  const fitting = Math.ceil(viewportPx / lineHeightPx) + 2;
  const room = Math.max(1, heightPx - viewportPx);
  const lastFirst = Math.max(1, total - Math.floor(viewportPx / lineHeightPx) + 1);
  const share = Math.min(1, Math.max(0, scrollTopPx / room));
  const reached =
    wholePx <= heightPxMax
      ? Math.floor(scrollTopPx / lineHeightPx) + 1
      : 1 + Math.round(share * (lastFirst - 1));
  const first = Math.min(Math.max(1, reached), Math.max(1, total));
  // No line beyond the last is asked for.
  return { heightPx, first, count: Math.min(total - first + 1, fitting) };
}

/** Where to scroll so that a line is in the middle. */
export function scrollTopOf(line: number, total: number, viewportPx: number): number {
  const wholePx = total * lineHeightPx;
  const above = Math.max(0, line - 1 - Math.floor(viewportPx / lineHeightPx / 2));
  if (wholePx <= heightPxMax) return above * lineHeightPx;
  const lastAbove = Math.max(1, total - Math.floor(viewportPx / lineHeightPx));
  return Math.min(1, above / lastAbove) * (heightPxMax - viewportPx);
}

/** The chunks that lines in sight are in, each by its first line. */
export function chunksOf({ first, count }: Pick<Sight, "first" | "count">): readonly number[] {
  const from = Math.floor((first - 1) / chunkLines);
  const to = Math.floor((first + Math.max(1, count) - 2) / chunkLines);
  return Array.from({ length: to - from + 1 }, (_, index) => (from + index) * chunkLines + 1);
}

/** Whether a chunk was answered before lines of it were written that are there by now. */
export function isBehind(answer: { readonly total: number }, from: number, total: number): boolean {
  return answer.total < Math.min(total, from + chunkLines - 1);
}

/** Lines of a log, the first of them with its number. */
export interface LogPart {
  readonly total: number;
  readonly from: number;
  readonly lines: readonly string[];
}

/** The chunk that begins at `first` with what was told of it; as it was when lines between the two are missing. */
export function extended(
  chunk: LogPart | undefined,
  first: number,
  { total, from, lines }: LogPart,
): LogPart | undefined {
  const had = chunk?.lines ?? [];
  const next = first + had.length;
  if (from > next) return chunk;
  const more = lines.slice(next - from, first + chunkLines - from);
  return more.length === 0 ? chunk : { total, from: first, lines: [...had, ...more] };
}

/** Whether a log that was `known` to have so many lines has fewer now: then none of them has its number any more. */
export function isCountedAnew({ total }: { readonly total: number }, known: number): boolean {
  return total < known;
}
