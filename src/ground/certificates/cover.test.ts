import assert from "node:assert/strict";
import { test } from "node:test";
import type { NameCover } from "#domain";
import { coverOf, type CoverFacts } from "./cover.ts";
import { makeSelfSigned } from "./self-signed.ts";

const { certificate: served } = await makeSelfSigned("example.org", Date.UTC(2027, 2, 1));
const left = { name: "www.shop.test", reason: "no answer", againAt: 7 };
const refused: NameCover = { kind: "refused", reason: "no answer", againAt: 7 };

// oxfmt-ignore
const cases: readonly (readonly [claim: string, host: string, facts: Partial<CoverFacts>, NameCover])[] = [
  ["one that is named is covered",           "shop.example.org", { served },                           { kind: "covered" }],
  ["deeper than the star is not",            "a.b.example.org",  { served },                           { kind: "missing" }],
  ["another name is missing",                "www.shop.test",    { served },                           { kind: "missing" }],
  ["with an authority it is awaited",        "www.shop.test",    { served, isAcme: true },             { kind: "awaited" }],
  ["unless that said no",                    "www.shop.test",    { served, isAcme: true, leftOut: [left] }, refused],
  ["a no to several is told without the others' names", "www.shop.test", { isAcme: true, leftOut: [{ ...left, reason: 'no for "www.shop.test", "blog.test"' }, { ...left, name: "blog.test" }] }, { ...refused, reason: "it does not lead here, as far as the authority can see" }],
  ["the same reason of another one is no secret",  "www.shop.test", { isAcme: true, leftOut: [left, { ...left, name: "blog.test" }] }, refused],
  ["its own name in it is none, nor what ends alike", "www.shop.test", { isAcme: true, leftOut: [{ ...left, reason: "none at www.shop.test." }, { ...left, name: "shop.test" }] }, { ...refused, reason: "none at www.shop.test." }],
  ["with no room it is not asked for", "www.shop.test", { served, isAcme: true, full: new Set(["shop.test"]) },      { kind: "no_room" }],
  ["what has its place is awaited",    "www.shop.test", { served, isAcme: true, full: new Set(["www.shop.test"]) },  { kind: "awaited" }],
  ["another name's no is not its own",       "shop.test",        { served, isAcme: true, leftOut: [left] }, { kind: "awaited" }],
  ["what is covered was refused before",     "shop.example.org", { served, leftOut: [{ ...left, name: "shop.example.org" }] }, { kind: "covered" }],
  ["nothing served covers nothing",          "shop.example.org", {},                                   { kind: "missing" }],
  ["what is no certificate covers nothing",  "shop.example.org", { served: "hello" },                  { kind: "missing" }],
];
for (const [claim, host, facts, expected] of cases) {
  test(`cover: ${claim}`, () => {
    const all: CoverFacts = { served: undefined, leftOut: [], isAcme: false, ...facts };
    assert.deepEqual(coverOf(host, all), expected);
  });
}
