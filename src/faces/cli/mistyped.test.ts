import assert from "node:assert/strict";
import { test } from "node:test";
import { Argument, Command, Option } from "commander";
import { missingIn, mistyped } from "./mistyped.ts";

/** What the library really says, so that another version of it that says something else is noticed. */
function saidOf(words: readonly string[]): string {
  let said = "";
  const command = new Command("make")
    .exitOverride()
    .configureOutput({ writeErr: (text) => (said += text) })
    .addArgument(new Argument("<what>", "x").choices(["a", "b", "c"]))
    .addOption(new Option("-r, --role <role>", "x").choices(["one", "two"]))
    .requiredOption("--on <scope>", "x", undefined)
    .action(() => undefined);
  try {
    command.parse(words, { from: "user" });
  } catch {
    // It is said on standard error.
  }
  return said.replace(/^error: /, "").trim();
}

// oxfmt-ignore
const cases: readonly (readonly [words: readonly string[], expected: string])[] = [
  [["a", "--on", "x", "--role", "king"], '--role is "king"; expected one or two'],
  [["d", "--on", "x"],                   'what is "d"; expected a, b or c'],
  [["a"],                                "--on is missing; expected --on <scope>"],
  [["a", "--on"],                        "--on has no value; expected --on <scope>"],
  [["--on", "x"],                        "the what is missing; expected a, b or c"],
  [["a", "b", "--on", "x"],              "2 words; expected at most 1"],
  [["a", "--on", "x", "--no"],           "unknown option '--no'\n(Did you mean --on?)"],
];
for (const [words, expected] of cases) {
  test(`mistyped: make ${words.join(" ")}`, () => {
    assert.equal(mistyped(saidOf(words), { what: ["a", "b", "c"] }), expected);
  });
}

test("mistyped: one word too many is one", () => {
  const said = "too many arguments for 'status'. Expected 0 arguments but got 1.";
  assert.equal(mistyped(said), "1 word after status; expected none");
});

// oxfmt-ignore
const missing: readonly (readonly [words: readonly string[], expected: string | undefined])[] = [
  [["a"],                     "tidegate make a --on SCOPE"],
  [["a", "--role", "one"],    "tidegate make a --role one --on SCOPE"],
  [["a", "--on", "x", "b"],   undefined],
];
for (const [words, expected] of missing) {
  test(`mistyped: what to type instead of make ${words.join(" ")}`, () => {
    assert.equal(missingIn(saidOf(words), ["make", ...words]), expected);
  });
}

test("mistyped: what is given back to type is one word where one was typed", () => {
  const said = "required option '--reason <text>' not specified";
  assert.equal(
    missingIn(said, ["go", "it's so"]),
    String.raw`tidegate go 'it'\''s so' --reason "…"`,
  );
});
