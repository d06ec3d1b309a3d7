import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import type { Trailer } from "#domain";
import { trailersMax, trailerValueCharsMax } from "./limits.ts";
import { parseTrailers } from "./trailers.ts";

type Case = readonly [claim: string, message: string, expected: readonly (readonly string[])[]];

// oxfmt-ignore
const cases: readonly Case[] = [
  ["the last paragraph is read",        "Fix\n\nBody\n\nExpect: a up\nRefs: 7\n", [["Expect", "a up"], ["Refs", "7"]]],
  ["a title is never a trailer",        "Fix: the cart\n",                        []],
  ["a paragraph of prose has none",     "Fix\n\nNote: this\nis prose\n",          []],
  ["git's own line lets prose in",      "Fix\n\nprose\nSigned-off-by: A <a@b>\n", [["Signed-off-by", "A <a@b>"]]],
  ["continuations are unfolded",        "Fix\n\nExpect: a up\n  unit=user\n",     [["Expect", "a up unit=user"]]],
  ["an empty value stays",              "Fix\n\nExpect:\n",                       [["Expect", ""]]],
  ["blank lines at the end are passed", "Fix\n\nA: 1\n\n\n",                      [["A", "1"]]],
  ["an empty message has none",         "",                                       []],
];

for (const [claim, message, expected] of cases) {
  test(`trailers: ${claim}`, () => {
    assert.deepEqual(
      parseTrailers(message).map(({ key, value }) => [key, value]),
      expected,
    );
    assert.deepEqual(byGit(message), parseTrailers(message).map(line), "git says the same");
  });
}

const line = ({ key, value }: Trailer): string => `${key}: ${value}`.trim();

function byGit(message: string): readonly string[] {
  const argv = ["interpret-trailers", "--parse", "--no-divider"];
  const env = {
    PATH: process.env["PATH"],
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
  };
  const output = execFileSync("git", argv, { input: message, env, cwd: "/", encoding: "utf8" });
  return output
    .split("\n")
    .map((text) => text.trim())
    .filter((text) => text !== "");
}

const messageLine = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom("Expect: a up", "Refs: #7", "Key :value", "a-b:c", "X:"),
  },
  { weight: 2, arbitrary: fc.constantFrom("", "", "  ", "\t") },
  {
    weight: 2,
    arbitrary: fc.constantFrom("some prose", "see http://x.org: there", "# note", ": odd"),
  },
  { weight: 2, arbitrary: fc.constantFrom(" continued", "\tunit=user", "  more: text") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("Signed-off-by: A <a@b>", "(cherry picked from commit 1)"),
  },
);

test("trailers: so many are read, and of each value so much", () => {
  const long = "x".repeat(trailerValueCharsMax);
  const lines = Array.from({ length: trailersMax + 1 }, (_, index) => `Key-${index}: ${long}y`);
  const read = parseTrailers(`Fix\n\n${lines.join("\n")}\n`);
  assert.deepEqual([read.length, read.at(-1)?.key], [trailersMax, `Key-${trailersMax - 1}`]);
  assert.ok(read.every(({ value }) => value === long));
});

test("trailers: any message gives what git interpret-trailers gives", () => {
  fc.assert(
    fc.property(fc.array(messageLine, { minLength: 1, maxLength: 12 }), (lines) => {
      const message = `Title\n${lines.join("\n")}\n`;
      assert.deepEqual(parseTrailers(message).map(line), byGit(message));
    }),
    { numRuns: 200 },
  );
});

test("trailers: any text at all is read without an exception", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      assert.ok(Array.isArray(parseTrailers(text)));
    }),
  );
});
