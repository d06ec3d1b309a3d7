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
  [/^missing required argument '(.+?)'$/, (name = "") => `the ${name} is missing`],
  [
    /^too many arguments(?: for '(.+?)')?\. Expected (\d+) arguments? but got (\d+)\.$/,
    (name = "", most = "", found = "") =>
      `${found} words${name === "" ? "" : ` after ${name}`}; expected ${most === "0" ? "none" : `at most ${most}`}`,
  ],
];

export function mistyped(message: string): string {
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
