/** Colour, which only ever repeats what a word says already, and how wide what is shown may be. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  /** Under way, or waiting for somebody. */
  readonly busy: (text: string) => string;
  /** Columns of the terminal; absent in a pipe, where a line is as long as it is. */
  readonly columns?: number | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

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

/** What a stream shows: a terminal or not, and how wide. */
export interface Surface {
  readonly isTerminal: boolean;
  readonly columns?: number | undefined;
}

/**
 * Gives colours for a terminal that wants them, and none otherwise. NO_COLOR (no-color.org) refuses them
 * everywhere; FORCE_COLOR (force-color.org) asks for them in a pipe too, unless it is 0.
 */
export function paintFor({ isTerminal, columns }: Surface, env: Env): Paint {
  const isRefused = (env["NO_COLOR"] ?? "") !== "" || env["FORCE_COLOR"] === "0";
  const isForced = (env["FORCE_COLOR"] ?? "") !== "";
  const isWanted = isForced || (isTerminal && env["TERM"] !== "dumb");
  const paint = isWanted && !isRefused ? ansi : none;
  return columns === undefined ? paint : { ...paint, columns };
}
