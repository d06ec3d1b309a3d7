import assert from "node:assert/strict";
import { test } from "node:test";
import { illWords, nextWhenIll, restartsOf } from "./restarts.ts";

const now = 10_000_000;
const minute = 60_000;
const lastExit = "exit code 3";

// oxfmt-ignore
const cases: readonly (readonly [string, readonly number[] | undefined, boolean, string | undefined])[] = [
  ["one that never ended",          undefined,                                                   false, undefined],
  ["ends of long ago",              [now - 11 * minute, now - 10 * minute],                      false, undefined],
  ["an end of ten minutes ago",     [now - 10 * minute],                                         false, undefined],
  ["an end within ten minutes",     [now - 10 * minute + 1],                                     false, "v12 restarted once in the last 10 min, exit code 3 (9 min ago)"],
  ["a loop that is over",           [now - 12 * minute, now - 11 * minute, now - 9 * minute],    false, "v12 restarted once in the last 10 min, exit code 3 (9 min ago)"],
  ["one accident",                  [now - 12 * minute, now - 2 * minute],                       false, "v12 restarted once in the last 10 min, exit code 3 (2 min ago)"],
  ["two of them",                   [now - 2 * minute, now - minute],                            false, "v12 restarted 2 times in the last 10 min, exit code 3 (last 1 min ago)"],
  ["one that ends again and again", [now - 9 * minute, now - 4 * minute, now - 20_000],          true,  "v12 restarted 3 times in the last 10 min, exit code 3 (last 20 s ago)"],
];
for (const [claim, exitsAt, isRestarting, words] of cases) {
  test(`restarts: of ${claim} is told ${words ?? "nothing"}`, () => {
    const restarts = restartsOf(exitsAt && { exitsAt, lastExit }, now);
    assert.equal(restarts?.isRestarting ?? false, isRestarting);
    assert.equal(restarts && illWords({ number: 12, restarts, isDown: false }, now), words);
    const down = words && `${words}; none of its instances answers`;
    assert.equal(restarts && illWords({ number: 12, restarts, isDown: true }, now), down);
  });
}

// oxfmt-ignore
const downs: readonly (readonly [isDown: boolean, words: string | undefined])[] = [
  [true,  "none of the instances of v12 answers"],
  [false, undefined],
];
for (const [isDown, words] of downs) {
  test(`restarts: of one that never ended and ${isDown ? "does not answer" : "answers"} is told ${words ?? "nothing"}`, () => {
    assert.equal(illWords({ number: 12, isDown }, now), words);
  });
}

test("restarts: before the first release there is nothing to go back to, and before another one perhaps", () => {
  assert.match(
    nextWhenIll("shop", 2),
    /logs --app shop .*release rollback --app shop brings back .*, if anything was$/,
  );
  assert.doesNotMatch(nextWhenIll("shop", 1), /rollback/);
});
