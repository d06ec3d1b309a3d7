import assert from "node:assert/strict";
import { test } from "node:test";
import { passwordBytesMax, passwordCharactersMin } from "./limits.ts";
import { parseNewPassword } from "./password-rules.ts";

const names = ["ana", "ana.silva", "example.org"];

// oxfmt-ignore
const cases: readonly (readonly [claim: string, password: string, isTaken: boolean])[] = [
  ["four words are taken",                        "correct horse battery staple", true],
  ["twelve characters are enough",                "kVz82 pqLw!x",                 true],
  ["eleven are not",                              "kVz82 pqLw!",                  false],
  ["characters are counted, not bytes",           "ÄÖÜßéèñçøåæ",                  false],
  ["any script will do",                          "пять жёлтых слонов",           true],
  ["digits alone will do when they are no run",   "4839201748302948",             true],
  ["no kind of character is asked for",           "zebramangolampe",              true],
  ["the most common word is refused",             "passwordpassword",             false],
  ["also with a year and a sign behind",          "Password2026!!",               false],
  ["also spelt with digits",                      "P4ssw0rd!P4ssw0rd!",           false],
  ["also two of them",                            "qwertyletmein",                false],
  ["a season and a year are refused",             "Summer2026Summer",             false],
  ["a run of digits is refused",                  "123456789012",                 false],
  ["a run of letters is refused",                 "abcdefghijklmnop",             false],
  ["a row of the keyboard is refused",            "qwertyuiop12",                 false],
  ["one character many times is refused",         "aaaaaaaaaaaaaaaa",             false],
  ["a few characters many times are refused",     "abcabcabcabcabc",              false],
  ["the user's name is refused",                  "ana.silva-2026",               false],
  ["the user's name in a sentence is taken",      "ana eats purple tigers",       true],
  ["as long as the bound is taken",               "kV82pq w".repeat(64).slice(0, passwordBytesMax - 4) + "Zu9!", true],
  ["longer than the bound is refused",            `${"kV82pq w".repeat(64)}Zu9!`, false],
];

for (const [claim, password, isTaken] of cases) {
  test(`new passwords: ${claim}`, () => {
    const parsed = parseNewPassword(password, names);
    assert.equal(parsed.ok, isTaken);
    if (parsed.ok) return;
    assert.equal(parsed.error.field, "password");
    assert(!JSON.stringify(parsed.error).includes(password), "what was typed is not repeated");
  });
}

test("new passwords: the bound is the one that is documented", () => {
  assert.equal(passwordCharactersMin, 12);
});
