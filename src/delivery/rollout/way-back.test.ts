/** Where a way back leads: of releases told newest first, as "v3 is B, published, restores v1". */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TakenBack } from "#domain";
import { wayBack } from "./way-back.ts";

interface Listed {
  readonly id: string;
  readonly number: number;
  readonly artifact: string;
  readonly configVersion: number;
  readonly publishedAt?: number;
  readonly restores?: string;
  readonly takenBack?: TakenBack;
}

/**
 * `A A=1 B- C?` oldest first: code A; A again, restoring v1; B, taken back; C, which nobody had. A digit behind
 * the letter is the configuration: `A2`.
 */
function releases(told: string): readonly Listed[] {
  return told
    .split(" ")
    .map((word, index): Listed => {
      const [, letter = "", config = "1", mark = "", restores] =
        /^([A-Z])(\d?)([-?]?)(?:=(\d+))?$/.exec(word) ?? assert.fail(word);
      return {
        id: `r${index + 1}`,
        number: index + 1,
        artifact: letter,
        configVersion: config === "" ? 1 : Number(config),
        ...(mark === "?" ? {} : { publishedAt: index }),
        ...(restores === undefined ? {} : { restores: `r${restores}` }),
        ...(mark === "-" ? { takenBack: { by: "ana", reason: "it loses orders" } } : {}),
      };
    })
    .toReversed();
}

/** The newest is live, unless said otherwise. */
// oxfmt-ignore
const cases: readonly (readonly [claim: string, told: string, to: number | undefined, expected: number | RegExp, live?: number])[] = [
  ["to what was live before",                              "A B",                undefined, 1],
  ["past what nobody had",                                 "A B? C",             undefined, 1],
  ["past what is the same code and configuration",         "A B B",              undefined, 1],
  ["to the configuration before, of the same code",        "A A2",               undefined, 1],
  ["from what was restored, to before what it restored",   "A B C- B=2",         undefined, 1],
  ["never to what was gone back from",                     "A B- A=1 C",         undefined, 3],
  ["also when asked twice",                                "A B- A=1 C- A=3",    undefined, /^live release v5: the oldest that was not taken back; v4 was taken back by ana: it loses orders$/],
  ["past it to what is older",                             "A B C- B=2 D- B=4",  undefined, 1],
  ["also where it is the configuration that was left",     "A A2 A=1",           undefined, /^live release v3: the oldest code and configuration: nothing was live before it$/],
  ["nowhere from the first",                               "A",                  undefined, /^live release v1: the oldest code and configuration: nothing was live before it$/],
  ["nowhere past what nobody had",                         "A? B",               undefined, /: nothing was live before it$/],
  ["by its number, though it was taken back",              "A B- A=1",           2,         2],
  ["by its number to a newer one",                         "A B C",              3,         3, 2],
  ["not to what there is not",                             "A B",                9,         /^not_found v9$/],
  ["not to what nobody had",                               "A B? C",             2,         /^release v2: one that was never let in$/],
  ["not to what is live",                                  "A B",                2,         /^release v2: live already$/],
  ["not to what is the same by another number",            "A B- A=1",           1,         /^release v1: the code and configuration of v3, which is live: nothing to do$/],
];
for (const [claim, told, to, expected, liveNumber] of cases) {
  test(`way back: ${claim}`, () => {
    const listed = releases(told);
    const live = listed.find(({ number }) => number === (liveNumber ?? listed.length));
    assert.ok(live !== undefined);
    const found = wayBack(live, listed, to);
    if (typeof expected === "number") {
      assert.ok(found.ok, JSON.stringify(found));
      assert.equal(found.value.number, expected);
      return;
    }
    assert.ok(!found.ok, JSON.stringify(found));
    const { error } = found;
    const said =
      error.code === "not_found" ? `not_found ${error.name}` : `${error.what}: ${error.state}`;
    assert.match(said, expected);
  });
}

test("way back: who has nowhere to go is told how to name what was taken back", () => {
  const listed = releases("A B- A=1");
  const found = wayBack(listed[0] ?? assert.fail(), listed, undefined);
  assert.ok(!found.ok && found.error.code === "wrong_state");
  assert.match(
    found.error.next,
    /tidegate release list, then such as tidegate release rollback v2$/,
  );
});
