/**
 * The push output as a page needs it: the words without the columns of a terminal. Lines that were broken
 * because a terminal is narrow become one again; a page breaks them where it is narrow itself. Pure.
 */

/** Where the push output breaks lines, where its words begin, and where the value of a fact does. */
const columnsMax = 84;
const textColumn = 19;
const factColumn = 36;

export interface Unwrapped {
  /** `build`, `test`, …; absent where the lines only add to what came before. */
  readonly stage?: string;
  readonly lines: readonly string[];
}

export function unwrap(lines: readonly string[]): Unwrapped {
  const head = /^([a-z]+) +\d[\d.]* ?(?:ms|s|m|h|d)(?: \d+[smh])? {2,}/.exec(lines[0] ?? "");
  const joined: string[] = [];
  let before = "";
  for (const [index, line] of lines.entries()) {
    const text = (index === 0 && head !== null ? line.slice(head[0].length) : line).trim();
    if (index > 0 && isBroken(before, line)) joined.push(`${joined.pop() ?? ""} ${text}`);
    else joined.push(text);
    before = line;
  }
  const told = joined.map((line) => line.replaceAll(/ {2,}/g, "  "));
  return { lines: told, ...(head?.[1] === undefined ? {} : { stage: head[1] }) };
}

/** Whether a line goes on in the next one: that begins where it would, with a word that had no room. */
function isBroken(before: string, line: string): boolean {
  const column = isFact(before) || indentOf(before) === factColumn ? factColumn : textColumn;
  // Somebody else's line is cut, never broken.
  if ([before, line].some((each) => each.trim().startsWith("|"))) return false;
  if (indentOf(line) !== column || isFact(line)) return false;
  const [word = ""] = line.trim().split(" ");
  return before.trimEnd().length + 1 + word.length > columnsMax;
}

/** A name, and its value in the column of values. */
function isFact(line: string): boolean {
  const name = line.slice(textColumn, factColumn);
  return indentOf(line) === textColumn && name.endsWith("  ") && line.length > factColumn;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
