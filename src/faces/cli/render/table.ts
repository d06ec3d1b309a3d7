/** Aligned columns without boxes: what is read most is the text, so nothing is drawn around it. */
import { stripVTControlCharacters } from "node:util";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** Renders rows below their titles; cells may carry colour. Empty without rows. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  dim: (text: string) => string,
): string {
  const all = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, index) =>
    Math.max(...all.map((row) => widthOf(row[index] ?? ""))),
  );
  const lines = all.map((row, line) => {
    const cells = columns.map((column, index) => {
      const text = row[index] ?? "";
      const padding = " ".repeat((widths[index] ?? 0) - widthOf(text));
      return column.align === "right" ? padding + text : text + padding;
    });
    const joined = cells.join("  ").trimEnd();
    return line === 0 ? dim(joined) : joined;
  });
  return lines.join("\n");
}

/** Renders names and what they stand for, one a line, indented. */
export function renderPairs(
  pairs: readonly (readonly [name: string, value: string | undefined])[],
  dim: (text: string) => string,
): string {
  const present = pairs.filter(([, value]) => value !== undefined);
  const width = Math.max(...present.map(([name]) => name.length));
  return present.map(([name, value]) => `  ${dim(name.padEnd(width))}  ${value}`).join("\n");
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
