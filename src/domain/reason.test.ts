import assert from "node:assert/strict";
import { test } from "node:test";
import {
  forecastBegins,
  forecastBeginsInSteps,
  forecastEnds,
  tooFewToForecast,
  noForecast,
  reasonBeside,
  reasonNow,
  withoutForecast,
} from "./reason.ts";

const sentence = "errors: 3 of 90 failed, tolerance 1.5x";
// oxfmt-ignore
const cases: readonly (readonly [reason: string, expected: string])[] = [
  ["nobody has met it yet",                       "nobody has met it yet"],
  [sentence,                                      ""],
  [`step 1 of 3 is over: ${sentence}`,            "step 1 of 3 is over"],
  [`no counts for 9 s; ${sentence}`,              "no counts for 9 s"],
  [`no verdict in 1 h: ${sentence}; so it ends`,  "no verdict in 1 h; so it ends"],
  [`${sentence}; waits until it is ready`,        "waits until it is ready"],
];
for (const [reason, expected] of cases) {
  test(`a reason beside its verdict: "${reason}"`, () => {
    assert.equal(reasonBeside(reason, sentence), expected);
  });
}

test("a reason beside no verdict is said as it is", () => {
  assert.equal(reasonBeside("as told: so", ""), "as told: so");
});

// oxfmt-ignore
const held: readonly (readonly [claim: string, rollout: Parameters<typeof reasonNow>[0], expected: string])[] = [
  ["found safe since is told so",        { state: "held", reason: "no verdict within 15 s", verdict: { kind: "safe" } },                 "no verdict within 15 s; by now it is found safe"],
  ["not judged yet stays as it was",     { state: "held", reason: "no verdict within 15 s", verdict: { kind: "not_enough_evidence" } },  "no verdict within 15 s"],
  ["held for something else, too",       { state: "held", reason: "data missing", verdict: { kind: "safe" } },                           "data missing"],
  ["let in since then, too",             { state: "promoted", reason: "no verdict within 15 s", verdict: { kind: "safe" } },             "no verdict within 15 s"],
];
for (const [claim, rollout, expected] of held) {
  test(`a reason as it is now: one that was ${claim}`, () => {
    assert.equal(reasonNow(rollout), expected);
  });
}

const forecast = `${forecastBegins} 4 min ${forecastEnds}`;
// oxfmt-ignore
const overs: readonly (readonly [sentence: string, expected: string])[] = [
  [`not enough evidence yet on errors: 1 of 9; ${forecast}`, "not enough evidence on errors: 1 of 9"],
  [`not enough evidence yet on errors: 1 of 9; ${forecastBeginsInSteps} 4 min ${forecastEnds}`, "not enough evidence on errors: 1 of 9"],
  [`no verdict within 1 h: 1 of 9; ${forecast}; the policy is to let everybody in then`, "no verdict within 1 h: 1 of 9; the policy is to let everybody in then"],
  [`step 2: promoted by ana: so; 1 of 9; ${noForecast}`,     "step 2: promoted by ana: so; 1 of 9"],
  [`not enough evidence yet on errors: 0 of 1; ${tooFewToForecast}`, "not enough evidence on errors: 0 of 1"],
  ["no traffic: so nothing can be said yet",                 "no traffic: so nothing can be said"],
  ["promoted by ana: seen it",                               "promoted by ana: seen it"],
  ["aborted by ana: not enough evidence yet",                "aborted by ana: not enough evidence yet"],
  ["step 1 of 2: approved by ana: nothing can be said yet",  "step 1 of 2: approved by ana: nothing can be said yet"],
];
for (const [said, expected] of overs) {
  test(`a sentence of what is over: "${expected}"`, () => {
    assert.equal(withoutForecast(said), expected);
  });
}
