/** How many columns of a terminal a text takes, and the text cut to a number of them. */
import { stripVTControlCharacters } from "node:util";

// Loaded on first use: most texts are plain ASCII.
let segmenter: Intl.Segmenter | undefined;
const ascii = /^[\x20-\x7e]*$/;
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;
const unseen = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;

/** Columns that the text takes; colours take none. */
export function widthOf(text: string): number {
  const plain = stripVTControlCharacters(text);
  if (ascii.test(plain)) return plain.length;
  let width = 0;
  for (const cell of cellsOf(plain)) width += cellWidth(cell);
  return width;
}

/** The text in at most so many columns, with `…` for what was cut; keeps colours and ends them. */
export function cut(text: string, columns: number): string {
  if (columns <= 0) return "";
  if (text.length <= columns && ascii.test(text)) return text;
  if (widthOf(text) <= columns) return text;
  let room = columns - 1;
  let kept = "";
  for (const part of text.split(colour)) {
    // Colours go on behind the cut, so that what was switched on is switched off.
    if (part.startsWith("\u001B")) kept += part;
    else if (room >= 0) {
      const head = headOf(part, room);
      room -= widthOf(head);
      kept += head;
      if (head.length < part.length) {
        kept += "…";
        room = -1;
      }
    }
  }
  return kept;
}

/** The first cells that fit. */
function headOf(text: string, columns: number): string {
  let room = columns;
  let head = "";
  for (const cell of cellsOf(text)) {
    room -= cellWidth(cell);
    if (room < 0) return head;
    head += cell;
  }
  return head;
}

// oxlint-disable-next-line no-control-regex -- colours begin with one
const colour = /(\u001B\[[\d;]*m)/;

function cellsOf(text: string): Iterable<string> {
  if (ascii.test(text)) return text;
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function cellWidth(cell: string): number {
  if (unseen.test(cell)) return 0;
  return wide.test(cell) ? 2 : 1;
}
