/** The push output without a terminal's columns: broken lines are joined, and nothing else is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { unwrap } from "./unwrap.ts";

const indent = " ".repeat(19);
const head = "rollout      2.3 s   ";

// oxfmt-ignore
const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["a line that fits stays",        ["test         3.0 s   5 passed in 2.3 s"], ["5 passed in 2.3 s"]],
  ["a broken line is one again",    [`${head}50 % of users: nothing is known yet; with the traffic there is,`, `${indent}that stays within the harm budget`], ["50 % of users: nothing is known yet; with the traffic there is, that stays within the harm budget"]],
  ["a detail is a line of its own", [`${head}v2 runs`, `${indent}http://shop.localhost`], ["v2 runs", "http://shop.localhost"]],
  ["a quote is never joined",       [`${head}${"x".repeat(60)}`, `${indent}| ${"y".repeat(40)}`], ["x".repeat(60), `| ${"y".repeat(40)}`]],
  ["nothing is joined to a quote",  [`${indent}| ${"y".repeat(62)}…`, `${indent}next: tidegate change show chg_1`], [`| ${"y".repeat(62)}…`, "next: tidegate change show chg_1"]],
  ["facts stay apart",              [`${indent}errors           ${"z".repeat(48)}`, `${indent}latency          ${"w".repeat(40)}`], [`errors  ${"z".repeat(48)}`, `latency  ${"w".repeat(40)}`]],
];
for (const [claim, lines, expected] of cases) {
  test(`console: ${claim}`, () => assert.deepEqual(unwrap(lines).lines, expected));
}

test("console: the stage is told apart, whatever the time looks like", () => {
  for (const time of ["0.1 s", "99.9 s", "1m 51s", "2h 05m"]) {
    const told = unwrap([`rollout  ${time.padStart(7)}   everybody has v2`]);
    assert.deepEqual(told, { stage: "rollout", lines: ["everybody has v2"] });
  }
});

test("console: lines without a stage have none", () => {
  assert.equal(unwrap([`${indent}next: tidegate status`]).stage, undefined);
});
