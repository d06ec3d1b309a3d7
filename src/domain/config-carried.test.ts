import assert from "node:assert/strict";
import { test } from "node:test";
import { isConfigCarried } from "./config-carried.ts";

type At = Parameters<typeof isConfigCarried>[1];
const old = { configVersion: 2 };
// oxfmt-ignore
const cases: readonly (readonly [string, At, boolean])[] = [
  ["what is live has it",            { live: { configVersion: 3 }, newest: { configVersion: 3, state: "live" } }, true],
  ["nothing is live to carry it",    { live: undefined, newest: undefined },                                      true],
  ["its release is being started",   { live: old, newest: { configVersion: 3, state: "starting" } },              true],
  ["its release was taken away",     { live: old, newest: { configVersion: 3, state: "stopped" } },               false],
  ["its release still runs, unused", { live: old, newest: { configVersion: 3, state: "warm" } },                  false],
  ["its release did not start",      { live: old, newest: { configVersion: 3, state: "failed" } },                false],
  ["another release went back",      { live: old, newest: { configVersion: 2, state: "live" } },                  false],
];
for (const [claim, at, expected] of cases) {
  test(`configuration: ${claim}`, () => assert.equal(isConfigCarried(3, at), expected));
}
