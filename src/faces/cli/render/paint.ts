/** Colour, which only ever repeats what a word says already. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  /** Under way, or waiting for somebody. */
  readonly busy: (text: string) => string;
}

const plain = (text: string) => text;
const none: Paint = { bold: plain, dim: plain, good: plain, bad: plain, busy: plain };

const code = (on: number, off: number) => (text: string) =>
  text === "" ? "" : `\u001B[${on}m${text}\u001B[${off}m`;
const ansi: Paint = {
  bold: code(1, 22),
  dim: code(2, 22),
  good: code(32, 39),
  bad: code(31, 39),
  busy: code(33, 39),
};

/** Gives colours for a terminal that wants them (no-color.org), and none otherwise. */
export function paintFor(
  isTerminal: boolean,
  env: Readonly<Record<string, string | undefined>>,
): Paint {
  const isRefused = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  return isTerminal && !isRefused ? ansi : none;
}
