/** Why what is new does not arrive is said as the server says it, and not guessed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Refused, Unreachable } from "../api/refused.ts";
import type { Refusal } from "../api/why-refused.ts";
import { notFollowedWords } from "./not-followed-words.ts";

const refusal = (status: number, code: string, detail: string): Refusal => ({
  isFinal: status < 429,
  error: new Refused({ status, code, detail, title: "No", next: "Look." }),
});

// oxfmt-ignore
const cases: readonly (readonly [string, Refusal, string, boolean])[] = [
  ["too many follow",       refusal(429, "too_many", "20 streams are open"),        "What is new does not arrive at present: 20 streams are open. It is asked again by itself.", false],
  ["nobody answers",        { isFinal: false, error: new Unreachable("no") },       "What is new does not arrive at present: Tidegate does not answer at this address. It is asked again by itself.", false],
  ["nobody knows why",      { isFinal: false },                                     "What is new does not arrive at present. It is asked again by itself.", false],
  ["the session has ended", refusal(401, "unauthenticated", "no token"),            "What is new does not arrive any more: You are not signed in, or your session has ended.", true],
  ["it is gone",            refusal(404, "not_found", 'there is no change "x"'),    'What is new does not arrive any more: there is no change "x".', false],
];
for (const [claim, refused, said, isSignedOut] of cases) {
  test(`console: where ${claim} it is said: ${said}`, () => {
    assert.deepEqual(notFollowedWords(refused), { said, isSignedOut });
  });
}
