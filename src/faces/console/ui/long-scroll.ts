/**
 * Where the lines of a very long log stand. Browsers draw nothing beyond some 16 million pixels, which a million
 * lines exceed: beyond that, scrolling covers more lines than it seems to. Pure.
 */
export const lineHeightPx = 22;
export const linesPerChunk = 500;
/** Below what every browser can lay out (Firefox: 17.8 million). */
const heightPxMax = 15_000_000;
const overscan = 12;

export interface Scroll {
  readonly topPx: number;
  readonly viewPx: number;
}

export function heightOf(lines: number): number {
  return Math.min(lines * lineHeightPx, heightPxMax);
}

/** How many pixels of the log one pixel of scrolling covers. */
function scaleOf({ viewPx, lines }: { readonly viewPx: number; readonly lines: number }): number {
  const way = heightOf(lines) - viewPx;
  return way <= 0 ? 1 : (lines * lineHeightPx - viewPx) / way;
}

/** The lines in sight (from 0, `last` not included), and where the first of them is drawn. */
export function placesOf({ topPx, viewPx, lines }: Scroll & { readonly lines: number }): {
  readonly first: number;
  readonly last: number;
  readonly topPx: number;
} {
  const at = topPx * scaleOf({ viewPx, lines });
  const first = Math.max(0, Math.floor(at / lineHeightPx) - overscan);
  const last = Math.min(lines, Math.ceil((at + viewPx) / lineHeightPx) + overscan);
  // What is drawn stands where one looks, wherever in the log that is.
  return { first, last, topPx: topPx - (at - first * lineHeightPx) };
}

/** How far to scroll so that a line (from 0) stands in the middle. */
export function scrollTo(
  line: number,
  { viewPx, lines }: { readonly viewPx: number; readonly lines: number },
): number {
  const wanted = line * lineHeightPx - viewPx / 2;
  const most = Math.max(0, heightOf(lines) - viewPx);
  return Math.max(0, Math.min(most, wanted / scaleOf({ viewPx, lines })));
}
