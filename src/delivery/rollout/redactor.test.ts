import assert from "node:assert/strict";
import { test } from "node:test";
import { redactor } from "./redactor.ts";

const redact = redactor([
  ["DATABASE_URL", "postgres://shop:hunter22@db/shop"],
  ["DATABASE_PASSWORD", "hunter22"],
  ["LOG_LEVEL", "debug"],
]);

// oxfmt-ignore
const cases: readonly (readonly [string, string])[] = [
  ["cannot reach postgres://shop:hunter22@db/shop",   "cannot reach [DATABASE_URL]"],
  ["wrong password hunter22",                         "wrong password [DATABASE_PASSWORD]"],
  ["debug is on",                                     "debug is on"],
  ["GET /login?token=abc123def",                      "GET /login?token=[secret]"],
  ['{"password":"x9!kk"}',                            '{"password":[secret]"}'],
  ["authorization: Bearer abcdef0123",                "authorization: [secret]"],
  ["sent Bearer abcdef0123 twice",                    "sent Bearer [secret] twice"],
  ["redis://user:pw@cache:6379 is gone",              "redis://[secret]@cache:6379 is gone"],
  ["TypeError: token is not a function",              "TypeError: token is not a function"],
  ["the password is missing",                         "the password is missing"],
];
for (const [text, expected] of cases) {
  test(`redacted: ${expected}`, () => assert.equal(redact(text), expected));
}
