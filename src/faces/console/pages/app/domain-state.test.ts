import assert from "node:assert/strict";
import { test } from "node:test";
import type { DomainResource } from "#faces/api/contract";
import { domainShown } from "./domain-state.ts";

const here = { host: "www.shop.test", url: "https://www.shop.test" };
const open = { ...here, pointTo: "tidegate.example.org" };
const refused = { kind: "refused", reason: "no answer", againAt: 7 } as const;
const record = "www.shop.test. CNAME tidegate.example.org.";

// oxfmt-ignore
const cases: readonly (readonly [claim: string, DomainResource, word: string, next: RegExp | undefined, string | undefined])[] = [
  ["of a closed Tidegate",        here,                                                                   "here only",   /own machine only/,      undefined],
  ["self-signed",                 { ...open, certificate: "self_signed", cover: { kind: "missing" } },    "self-signed", /Browsers refuse/,       record],
  ["self-signed, and named",      { ...open, certificate: "self_signed", cover: { kind: "covered" } },    "self-signed", /Browsers refuse/,       record],
  ["of an authority, there",      { ...open, certificate: "acme", cover: { kind: "covered" } },           "ready",       undefined,               undefined],
  ["of an authority, to come",    { ...open, certificate: "acme", cover: { kind: "awaited" } },           "waiting",     /within ten minutes/,    record],
  ["of an authority, refused",    { ...open, certificate: "acme", cover: refused },                       "refused",     /: no answer\.$/,        record],
  ["of an authority, too many",   { ...open, certificate: "acme", cover: { kind: "no_room" } },           "no room",     /one holds 100 names/,   record],
  ["of the operator, there",      { ...open, certificate: "files", cover: { kind: "covered" } },          "ready",       /The certificate is for it; its DNS/, record],
  ["of the operator, not for it", { ...open, certificate: "files", cover: { kind: "missing" } },          "not covered", /Put one in its place/,  record],
];
for (const [claim, domain, word, next, wanted] of cases) {
  test(`domain ${claim}: ${word}`, () => {
    const shown = domainShown(domain);
    assert.equal(shown.state.word, word);
    if (next === undefined) assert.equal(shown.next, undefined);
    else assert.match(shown.next ?? "", next);
    assert.equal(shown.record, wanted);
    assert.equal(shown.againAt, word === "refused" ? 7 : undefined);
  });
}
