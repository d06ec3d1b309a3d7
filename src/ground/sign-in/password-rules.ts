/**
 * Which passwords are taken: long ones that nobody would try first. No rules about kinds of characters,
 * which make passwords worse (NIST SP 800-63B, section 3.1.1.2).
 */
import { err, ok, type Result } from "#std";
import type { InvalidInput } from "#domain";
import { passwordBytesMax, passwordCharactersMin } from "./limits.ts";

/** Words that common passwords are made of, as they stand at the head of every list of leaked ones. */
// oxfmt-ignore
const commonWords = [
  "password", "passwort", "motdepasse", "contrasena", "passw", "pass", "qwertyuiop", "qwertyuio", "qwerty", "qwertz",
  "azertyuiop", "azerty", "asdfghjkl", "asdfgh", "asdf", "zxcvbnm", "zxcvbn", "letmein", "welcome", "willkommen",
  "bienvenue", "iloveyou", "iloveu", "loveyou", "love", "princess", "sunshine", "football", "baseball", "basketball",
  "superman", "batman", "pokemon", "dragon", "monkey", "shadow", "master", "michael", "jordan", "jennifer", "charlie",
  "liverpool", "chelsea", "arsenal", "computer", "internet", "samsung", "google", "facebook", "linkedin", "secret",
  "changeme", "change", "default", "administrator", "admin", "root", "user", "guest", "login", "signin", "test",
  "tester", "testing", "hello", "world", "whatever", "trustno", "starwars", "freedom", "flower", "cookie", "summer",
  "winter", "spring", "autumn", "january", "february", "march", "april", "june", "july", "august", "september",
  "october", "november", "december", "monday", "friday", "tidegate", "company", "server", "deploy", "kubernetes",
  "docker", "abcdefghijkl", "abcdefgh", "abcdef", "abcd", "abc", "please", "my", "me", "the", "is", "new", "you", "i",
];

/** Letters that digits and signs are used for. */
const lookalikes: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
  "!": "i",
};

/** Checks a new password; `names` are those it may not be made of: the user's. */
export function parseNewPassword(
  password: string,
  names: readonly string[],
): Result<string, InvalidInput> {
  const characters = Array.from(password).length;
  if (characters < passwordCharactersMin) {
    const expected = `at least ${passwordCharactersMin} characters; several words are easy to remember`;
    return refused(expected, `${characters} characters long`);
  }
  if (Buffer.byteLength(password.normalize("NFKC")) > passwordBytesMax) {
    return refused(`at most ${passwordBytesMax} bytes`, "longer");
  }
  if (!isEasilyGuessed(password, names)) return ok(password);
  return refused(
    "one that is not among the first that would be tried: several words that do not belong together",
    "made of what many people use, of a run of characters, or of the user's name",
  );
}

/** What was typed is never repeated. */
function refused(expected: string, found: string): Result<never, InvalidInput> {
  return err({ code: "invalid_input", field: "password", expected, found });
}

/** Whether nothing is left of it but common words, the user's names, digits, signs and repetitions. */
export function isEasilyGuessed(password: string, names: readonly string[]): boolean {
  const lower = password.normalize("NFKC").toLowerCase();
  if (new Set(lower).size < 5 || isRun(lower)) return true;
  const words = [...names.map((name) => name.toLowerCase()), ...commonWords]
    .filter((word) => word !== "")
    .toSorted((a, b) => b.length - a.length);
  const spelt = lower.replaceAll(/[013457@$!]/g, (sign) => lookalikes[sign] ?? sign);
  return [lower, spelt].some((text) => ownPart(text, words) < ownMin);
}

/** Less than this beside what is common does not make a password of one's own. */
const ownMin = 4;

/** What is left beside common words: letters, and digits at half, unless they are a run or all the same. */
function ownPart(text: string, words: readonly string[]): number {
  let rest = text;
  for (const word of words) rest = rest.replaceAll(word, "\n");
  rest = rest.replaceAll(/(\d)\1{2,}|0?123456789|0?12345678?|1234?|9876543?2?1?0?/g, "\n");
  const letters = rest.match(/\p{L}/gu)?.length ?? 0;
  const digits = rest.match(/\p{N}/gu)?.length ?? 0;
  return letters + digits / 2;
}

/** A stretch of the alphabet, of the digits or of the keyboard, however often it is repeated. */
function isRun(text: string): boolean {
  const shortest = /^(.{1,6}?)\1+.{0,5}$/u.exec(text);
  if (shortest !== null) return true;
  let steps = 0;
  for (let index = 1; index < text.length; index += 1) {
    if (Math.abs(text.charCodeAt(index) - text.charCodeAt(index - 1)) === 1) steps += 1;
  }
  return steps >= text.length * 0.75;
}
