/** Takes secrets out of text that is shown: what the app was configured with, and what looks like one. Pure. */

/** Shorter values are words and numbers that stand in text by chance. */
const secretCharsMin = 8;
const named =
  /\b((?:api|access|private|auth)[_-]?(?:key|token)|secret|passw(?:or)?d|pwd|token|authorization)(["']?\s*[=:]\s*)(?:bearer\s+|basic\s+)?["']?[^\s"',;&]{3,}/gi;
const bearer = /\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi;
const userInfo = /(\b[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@]{1,200}@/gi;

/** `config`: names and values; a value is replaced by its name. */
export function redactor(
  config: readonly (readonly [name: string, value: string])[],
): (text: string) => string {
  const secrets = config
    .filter(([, value]) => value.length >= secretCharsMin)
    // What contains another goes first.
    .toSorted(([, one], [, other]) => other.length - one.length);
  return (text) => {
    let shown = text;
    for (const [name, value] of secrets) {
      if (shown.includes(value)) shown = shown.replaceAll(value, `[${name}]`);
    }
    return shown
      .replaceAll(named, "$1$2[secret]")
      .replaceAll(bearer, "$1 [secret]")
      .replaceAll(userInfo, "$1[secret]@");
  };
}
