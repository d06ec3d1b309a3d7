/** What commander says of a mistyped command, in the words of every other failure: what, expected. Pure. */

type Rule = readonly [said: RegExp, inOurs: (...parts: readonly string[]) => string];

const rules: readonly Rule[] = [
  [
    /^option '(.+?)' argument '(.*)' is invalid\. Allowed choices are (.*)\.$/s,
    (flags = "", found = "", choices = "") =>
      `${longOf(flags)} is "${found}"; expected ${or(choices)}`,
  ],
  [
    /^command-argument value '(.*)' is invalid for argument '(.+?)'\. Allowed choices are (.*)\.$/s,
    (found = "", name = "", choices = "") => `${name} is "${found}"; expected ${or(choices)}`,
  ],
  [
    /^option '(.+?)' argument missing$/,
    (flags = "") => `${longOf(flags)} has no value; expected ${flags}`,
  ],
  [
    /^required option '(.+?)' not specified$/,
    (flags = "") => `${longOf(flags)} is missing; expected ${flags}`,
  ],
  [
    /^too many arguments(?: for '(.+?)')?\. Expected (\d+) arguments? but got (\d+)\.$/,
    (name = "", most = "", found = "") =>
      `${found} ${found === "1" ? "word" : "words"}${name === "" ? "" : ` after ${name}`}; expected ${most === "0" ? "none" : `at most ${most}`}`,
  ],
];

/** `choices`: what the command's words may be, by their names. */
export function mistyped(
  message: string,
  choices: Readonly<Record<string, readonly string[]>> = {},
): string {
  const [, word] = /^missing required argument '(.+?)'$/.exec(message) ?? [];
  if (word !== undefined) {
    const of = choices[word] ?? [];
    return `the ${word} is missing${of.length === 0 ? "" : `; expected ${or(of.join(", "))}`}`;
  }
  for (const [said, inOurs] of rules) {
    const [, ...parts] = said.exec(message) ?? [];
    if (parts.length > 0) return inOurs(...parts);
  }
  return message;
}

/** "-f, --follow <x>" as "--follow". */
function longOf(flags: string): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags;
}

function or(list: string): string {
  return list.replace(/, ([^,]+)$/, " or $1");
}

/** The whole command with the option that was left out of it, when that is what is said; else `undefined`. */
export function missingIn(message: string, words: readonly string[]): string | undefined {
  const [, flag, value = ""] =
    /^required option '(?:-\w, )?(--[\w-]+) <(.+?)>' not specified$/.exec(message) ?? [];
  if (flag === undefined) return undefined;
  const shown = value === "text" ? '"…"' : value.toUpperCase();
  return `tidegate ${[...words.map((word) => quoted(word)), flag, shown].join(" ")}`;
}

/** As a shell takes it for one word. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
