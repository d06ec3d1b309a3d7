/**
 * Lines of a story: a stage, the time since the push, what happened. Everything that comes from
 * outside (subjects, test names, log lines) passes through here, so no control character reaches a
 * terminal and no line is wider than it may be.
 */
import { unreachable } from "#std";
import { formatElapsed } from "./format.ts";
import { lineColumnsMax, logLinesMax, sentenceCharsMax } from "./limits.ts";

export type StageWord = "source" | "build" | "test" | "assure" | "rollout" | "tidegate";

/**
 * - `step`: a stage and what happened, wrapped. - `detail`: belongs to the step above.
 * - `quote`: somebody else's line, kept as it is and cut. - `fact`: a name and its value, in columns.
 */
export type Line =
  | {
      readonly kind: "step";
      readonly stage: StageWord;
      readonly text: string;
      readonly isBad?: true;
    }
  | { readonly kind: "detail"; readonly text: string }
  | { readonly kind: "quote"; readonly text: string }
  | { readonly kind: "fact"; readonly name: string; readonly value: string };

const stageColumns = 9;
const elapsedColumns = 7;
const factColumns = 17;
const indent = " ".repeat(stageColumns + elapsedColumns + 3);

/** Renders lines; `elapsedMs` is the time since the push. */
export function renderLines(
  lines: readonly Line[],
  elapsedMs: number,
  isTty = false,
): readonly string[] {
  return lines.flatMap((line) => renderLine(line, formatElapsed(elapsedMs), isTty));
}

/** Renders a line that somebody else printed, quoted below the stage that printed it. */
export function renderLogLine(text: string): string {
  return cut(`${indent}| ${clean(text).trimEnd()}`);
}

function renderLine(line: Line, elapsed: string, isTty: boolean): readonly string[] {
  switch (line.kind) {
    case "step": {
      const head = `${line.stage.padEnd(stageColumns)}${elapsed.padStart(elapsedColumns)}   `;
      return hang(isTty ? emphasised(head, line) : head, wrap(line.text, indent.length));
    }
    case "detail":
      return hang(indent, wrap(line.text, indent.length));
    case "quote":
      return [renderLogLine(line.text)];
    case "fact": {
      const head = indent + line.name.padEnd(factColumns);
      return hang(head, wrap(line.value, head.length), " ".repeat(head.length));
    }
    default:
      return unreachable(line);
  }
}

/** The lines of a log that a reader needs: the last ones, quoted. */
export function quoted(log: readonly string[]): readonly Line[] {
  return log.slice(-logLinesMax).map((text) => ({ kind: "quote", text }));
}

/** Text on one line, without characters that could move a cursor, change a colour or turn the reading direction. */
export function clean(text: string): string {
  const printable = text
    // oxlint-disable-next-line no-control-regex -- control characters are what this is about
    .replaceAll(/\u001B\[[0-9;?]*[ -/]*[@-~]/g, "")
    // oxlint-disable-next-line no-control-regex -- control characters are what this is about
    .replaceAll(/[\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]+/g, " ");
  return printable.length > sentenceCharsMax
    ? `${printable.slice(0, sentenceCharsMax - 1)}…`
    : printable;
}

function emphasised(head: string, line: { readonly stage: string; readonly isBad?: true }): string {
  const colour = line.isBad ? "1;31" : "1";
  return `\u001B[${colour}m${line.stage}\u001B[0m${head.slice(line.stage.length)}`;
}

function hang(head: string, texts: readonly string[], rest = indent): readonly string[] {
  return texts.map((text, index) => (index === 0 ? head : rest) + text);
}

/** Breaks at spaces; a word that is longer than a line is broken where the line ends. */
function wrap(text: string, indentColumns: number): readonly string[] {
  const width = lineColumnsMax - indentColumns;
  const lines: string[] = [];
  let line = "";
  for (const word of clean(text).trim().split(" ")) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (columnsOf(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== "") lines.push(line);
    const pieces = broken(word, width);
    lines.push(...pieces.slice(0, -1));
    line = pieces.at(-1) ?? "";
  }
  return [...lines, line];
}

function broken(word: string, width: number): readonly string[] {
  const characters = Array.from(word);
  const count = Math.max(1, Math.ceil(characters.length / width));
  return Array.from({ length: count }, (_, index) =>
    characters.slice(index * width, (index + 1) * width).join(""),
  );
}

function cut(line: string): string {
  const characters = Array.from(line);
  if (characters.length <= lineColumnsMax) return line;
  return `${characters.slice(0, lineColumnsMax - 1).join("")}…`;
}

function columnsOf(text: string): number {
  return Array.from(text).length;
}
