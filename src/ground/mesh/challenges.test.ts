import assert from "node:assert/strict";
import { test } from "node:test";
import { challengeAnswer, parseChallenges } from "./challenges.ts";

const challenges = parseChallenges(JSON.stringify({ "to-k_en": "to-k_en.thumb" }));

// oxfmt-ignore
const paths: readonly (readonly [path: string, expected: string | undefined])[] = [
  ["/.well-known/acme-challenge/to-k_en",    "to-k_en.thumb"],
  ["/.well-known/acme-challenge/other",      undefined],
  ["/.well-known/acme-challenge/",           undefined],
  ["/.well-known/acme-challenge/to-k_en/",   undefined],
  ["/.well-known/acme-challenge/to-k_en?a",  undefined],
  ["/x/.well-known/acme-challenge/to-k_en",  undefined],
  ["/.well-known/acme-challenge/__proto__",  undefined],
  ["/",                                      undefined],
];
for (const [path, expected] of paths) {
  test(`a challenge at ${path} is ${expected === undefined ? "not answered" : "answered"}`, () => {
    assert.equal(challengeAnswer(challenges, path), expected);
  });
}

// oxfmt-ignore
const files: readonly (readonly [claim: string, text: string, size: number])[] = [
  ["a whole one is read",                  `{"a":"a.b"}`,                1],
  ["one that is half written holds none",  `{"a":"a.`,                   0],
  ["nothing holds none",                   "",                           0],
  ["another type holds none",              `"text"`,                     0],
  ["a number holds none",                  "7",                          0],
  ["null holds none",                      "null",                       0],
  ["markup is no answer",                  `{"a":"<b>a.b</b>"}`,         0],
  ["a path is no token",                   `{"../a":"a.b"}`,             0],
  ["an answer is text",                    `{"a":["a.b"]}`,              0],
];
for (const [claim, text, size] of files) {
  test(`challenges: ${claim}`, () => assert.equal(parseChallenges(text).size, size));
}
