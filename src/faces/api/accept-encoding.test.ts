import assert from "node:assert/strict";
import { test } from "node:test";
import { takesCoding } from "./accept-encoding.ts";

// oxfmt-ignore
const rows: readonly (readonly [header: string | undefined, takesBrotli: boolean])[] = [
  [undefined,               false],
  ["",                      false],
  ["br",                    true],
  ["gzip, deflate, BR",     true],
  ["gzip;q=1.0, br;q=0.5",  true],
  ["br ; q=0.001",          true],
  ["br;q=0",                false],
  ["gzip, br; q=0.000",     false],
  ["br;q=",                 false],
  ["br;q=much",             false],
  ["x-br",                  false],
  ["br-2",                  false],
  ["gzip",                  false],
  ["*",                     false],
];
for (const [header, takesBrotli] of rows) {
  test(`accept-encoding: ${header ?? "none"} ${takesBrotli ? "takes" : "does not take"} brotli`, () =>
    assert.equal(takesCoding(header, "br"), takesBrotli));
}
