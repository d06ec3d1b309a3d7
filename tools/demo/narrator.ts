/**
 * The story on a terminal: numbered headings with the time since the start, the commands a person would
 * type, what they print, and one closing line per step. In JSON mode it says nothing.
 */

export interface Narrator {
  heading(number: number, title: string): void;
  /** Why this step is here, in a sentence or two. */
  prose(text: string): void;
  command(line: string): void;
  /** A line that a program printed. */
  printed(line: string): void;
  done(text: string, elapsedMs: number): void;
  failed(text: string, elapsedMs: number): void;
  plain(text: string): void;
}

export const columns = 96;
const indent = "   ";
/** Git puts `remote: ` before lines of at most 84 columns: together they fill ours. */
const printedIndent = "    ";

/** What somebody else prints could steer the terminal: only its visible characters are shown. */
// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const controls = /\u001B\[[0-9;?]*[ -/]*[@-~]|[\u0000-\u001F\u007F-\u009F]/g;

export function narratorOf(
  stream: Pick<NodeJS.WriteStream, "isTTY" | "write">,
  startedAt: number,
): Narrator {
  const isPainted = stream.isTTY && (process.env["NO_COLOR"] ?? "") === "";
  const paint = (code: string, text: string) =>
    isPainted ? `\u001B[${code}m${text}\u001B[0m` : text;
  const write = (line: string): void => void stream.write(`${line}\n`);
  /** A line whose time stands at the right margin. */
  const timed = (text: string, ms: number, style: (text: string) => string): void => {
    const lines = wrap(text, columns - 10, indent.length + 2);
    lines.forEach((line, index) => {
      const isLast = index === lines.length - 1;
      const room = " ".repeat(Math.max(1, columns - 9 - line.length));
      const time = isLast ? room + paint("2", seconds(ms).padStart(9)) : "";
      write(`${style(line)}${time}`.trimEnd());
    });
  };
  const marked = (mark: string, colour: string) => (text: string, ms: number) =>
    timed(`${indent}${mark} ${text}`, ms, (line) => line.replace(mark, paint(colour, mark)));
  return {
    heading(number, title) {
      write("");
      const text = `${number}  ${title}`;
      timed(text, performance.now() - startedAt, (line) => paint("1", line));
    },
    prose(text) {
      for (const line of wrap(indent + text, columns, indent.length)) write(line);
    },
    command: (line) => write(`${indent}${paint("2", "$")} ${line}`),
    printed(line) {
      const text = line.replaceAll(controls, "").trimEnd();
      const hang = printedIndent.length + (/^\s*/.exec(text)?.[0].length ?? 0);
      for (const one of wrap(printedIndent + text, columns, hang)) write(paint("2", one).trimEnd());
    },
    done: marked("✓", "32"),
    failed: marked("✗", "1;31"),
    plain: write,
  };
}

const nothing = (): void => undefined;
export const silentNarrator: Narrator = {
  heading: nothing,
  prose: nothing,
  command: nothing,
  printed: nothing,
  done: nothing,
  failed: nothing,
  plain: nothing,
};

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** Breaks at spaces, where a line is too wide; lines after the first stand `hang` columns in. */
function wrap(text: string, width: number, hang: number): readonly string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const space = rest.lastIndexOf(" ", width);
    const at = space > hang ? space : width;
    lines.push(rest.slice(0, at).trimEnd());
    rest = " ".repeat(hang) + rest.slice(at).trimStart();
  }
  return [...lines, rest];
}
