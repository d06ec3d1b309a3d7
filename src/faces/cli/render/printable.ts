/**
 * What a terminal is given. Logs, commit messages and names come from outside: they may have colours,
 * and nothing that moves the cursor, renames the window, answers back or turns the direction of text.
 */

const unsafe =
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  /\u001B\[[\d;]{0,30}m|[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/** Keeps colours, tabs and line breaks; every other control or direction character becomes U+FFFD. */
export function printable(text: string): string {
  return text.replaceAll(unsafe, (found) => (found.length > 1 ? found : "\u{fffd}"));
}
