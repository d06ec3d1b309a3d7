/**
 * Aligned columns without boxes: what is read most is the text, so nothing is drawn around it. Where a
 * terminal is too narrow, the longest texts are cut; where it is much too narrow, each row
 * becomes a few lines.
 */
import { cut, widthOf } from "./width.ts";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** Left out where the terminal is too narrow for all: it is told elsewhere, or told least. */
  readonly isExtra?: boolean;
}

/** Where it is shown: how to make a text quieter, and how wide the terminal is; absent: as wide as it takes. */
export interface Canvas {
  readonly dim: (text: string) => string;
  readonly columns?: number | undefined;
}

const gap = "  ";
/** A text cut to less than this tells nothing. */
const cellColumnsMin = 10;

/** Renders rows below their titles; cells may carry colour. Empty without rows. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  canvas: Canvas,
): string {
  // By themselves rows have room for everything.
  return renderAligned(columns, rows, canvas) ?? renderRecords(columns, rows, canvas);
}

/** In columns, as many as fit; `undefined` where too little of them would be left. */
function renderAligned(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  canvas: Canvas,
): string | undefined {
  const all = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, index) =>
    Math.max(...all.map((row) => widthOf(row[index] ?? ""))),
  );
  const fitted = fit(widths, columns, canvas.columns);
  const extra = columns.findLastIndex(({ isExtra }) => isExtra === true);
  const isWhole = fitted !== undefined && totalOf(widths) <= (canvas.columns ?? totalOf(widths));
  if (extra >= 0 && !isWhole) {
    const kept = rows.map((row) => row.toSpliced(extra, 1));
    return renderAligned(columns.toSpliced(extra, 1), kept, canvas);
  }
  if (fitted === undefined) return undefined;
  const lines = all.map((row, line) => {
    const cells = columns.map((column, index) => {
      const width = fitted[index] ?? 0;
      const text = cut(row[index] ?? "", width);
      const padding = " ".repeat(width - widthOf(text));
      return column.align === "right" ? padding + text : text + padding;
    });
    const joined = cells.join(gap).trimEnd();
    return line === 0 ? canvas.dim(joined) : joined;
  });
  return lines.join("\n");
}

/** Takes columns away from the widest text until the row fits; `undefined` when that would leave too little. */
function fit(
  wished: readonly number[],
  columns: readonly Column[],
  room: number | undefined,
): readonly number[] | undefined {
  if (room === undefined) return wished;
  let widths = wished;
  while (totalOf(widths) > room) {
    const texts = widths.map((width, index) => (columns[index]?.align === "right" ? 0 : width));
    const widest = texts.indexOf(Math.max(...texts));
    const width = widths[widest] ?? 0;
    if (width <= cellColumnsMin) return undefined;
    const second = Math.max(cellColumnsMin, ...texts.filter((_, index) => index !== widest));
    // As far as the next widest at a time, so that they give way together.
    const taken = Math.max(1, Math.min(width - second, totalOf(widths) - room));
    widths = widths.with(widest, width - taken);
  }
  return widths;
}

function totalOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + gap.length * (widths.length - 1);
}

/** Each row by itself: the first cell as its head, the others below it by their titles. */
function renderRecords(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  canvas: Canvas,
): string {
  const records = rows.map(([head = "", ...cells]) => {
    const named = cells.map((cell, index) => {
      const title = columns[index + 1]?.title ?? "";
      return [title.toLowerCase(), cell === "" ? undefined : cell] as const;
    });
    const about = named.some(([, cell]) => cell !== undefined) ? [renderPairs(named, canvas)] : [];
    return [cut(head, canvas.columns ?? Number.POSITIVE_INFINITY), ...about].join("\n");
  });
  return records.join("\n");
}

/** Renders names and what they stand for, one a line, indented; long values go on below themselves. */
export function renderPairs(
  pairs: readonly (readonly [name: string, value: string | undefined])[],
  canvas: Canvas,
): string {
  const present = pairs.filter(([, value]) => value !== undefined);
  const width = Math.max(...present.map(([name]) => name.length));
  const indent = width + 2 * gap.length;
  return present
    .map(([name, value = ""]) => {
      const room = canvas.columns === undefined ? undefined : canvas.columns - indent;
      const [first = "", ...more] = wrap(value, room);
      const rest = more.map((line) => `\n${" ".repeat(indent)}${line}`).join("");
      return `${gap}${canvas.dim(name.padEnd(width))}${gap}${first}${rest}`;
    })
    .join("\n");
}

/** Breaks a text between words; a word that is longer than a line keeps its line to itself. */
export function wrap(text: string, room: number | undefined): readonly string[] {
  if (room === undefined || room < cellColumnsMin || widthOf(text) <= room) return [text];
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && widthOf(longer) > room) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}
