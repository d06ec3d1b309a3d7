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

/** What somebody else prints could steer the terminal: only its visible characters are shown. */
// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const controls = /\u001B\[[0-9;?]*[ -/]*[@-~]|[\u0000-\u001F\u007F-\u009F]/g;

export function narratorOf(stream: NodeJS.WriteStream, startedAt: number): Narrator {
  const isPainted = stream.isTTY && (process.env["NO_COLOR"] ?? "") === "";
  const paint = (code: string, text: string) =>
    isPainted ? `\u001B[${code}m${text}\u001B[0m` : text;
  const write = (line: string): void => void stream.write(`${line}\n`);
  /** A line whose time stands at the right margin. */
  const timed = (text: string, ms: number, style: (text: string) => string): void => {
    const lines = wrap(text, columns - 10 - indent.length);
    lines.forEach((line, index) => {
      const isLast = index === lines.length - 1;
      const room = " ".repeat(Math.max(1, columns - 9 - line.length));
      const time = isLast ? room + paint("2", seconds(ms).padStart(9)) : "";
      write(`${style(line)}${time}`.trimEnd());
    });
  };
  return {
    heading(number, title) {
      write("");
      timed(`${number}  ${title}`, performance.now() - startedAt, (text) => paint("1", text));
    },
    prose: (text) => wrap(text, columns - indent.length).forEach((line) => write(indent + line)),
    command: (line) => write(`${indent}${paint("2", "$")} ${line}`),
    printed: (line) => {
      const text = line.replaceAll(controls, "").trimEnd();
      write(`${indent} ${paint("2", text)}`.trimEnd());
    },
    done: (text, ms) =>
      timed(`${indent}✓ ${text}`, ms, (line) => line.replace("✓", paint("32", "✓"))),
    failed: (text, ms) =>
      timed(`${indent}✗ ${text}`, ms, (line) => line.replace("✗", paint("1;31", "✗"))),
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

/** Breaks at spaces; lines after the first are indented like the text of the first. */
function wrap(text: string, width: number): readonly string[] {
  const lead = /^\s*(?:\S\s+)?/.exec(text)?.[0].length ?? 0;
  const lines: string[] = [];
  let line = "";
  for (const word of text.slice(lead).split(" ")) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (joined.length + lead <= width || line === "") line = joined;
    else {
      lines.push(line);
      line = word;
    }
  }
  const head = text.slice(0, lead);
  return [...lines, line].map((one, index) => (index === 0 ? head : " ".repeat(lead)) + one);
}
