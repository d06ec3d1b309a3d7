import assert from "node:assert/strict";
import { test } from "node:test";
import type { DomainResource } from "#faces/api/contract";
import { coverWords } from "./domain.ts";

type Cover = NonNullable<DomainResource["cover"]>;
const covered: Cover = { kind: "covered" };
const missing: Cover = { kind: "missing" };
const awaited: Cover = { kind: "awaited" };
const noRoom: Cover = { kind: "no_room" };
const refused: Cover = {
  kind: "refused",
  reason: "no answer",
  againAt: Date.UTC(2027, 1, 3, 4, 5),
};

// oxfmt-ignore
const cases: readonly (readonly [DomainResource["certificate"], Cover | undefined, string])[] = [
  [undefined,     undefined, "none: plain http"],
  ["acme",        covered,   "is for it"],
  ["acme",        awaited,   "asked for by itself"],
  ["acme",        refused,   "refused by the authority: no answer; asked for again at 2027-02-03T04:05Z"],
  ["acme",        noRoom,    "no room: one holds 100 names; remove a domain or an app that is not used"],
  ["files",       covered,   "is for it"],
  ["files",       missing,   "yours is not for it"],
  ["self_signed", covered,   "self-signed: browsers refuse it"],
  ["self_signed", missing,   "self-signed: browsers refuse it"],
];
for (const [certificate, cover, words] of cases) {
  test(`domain: ${certificate ?? "no certificate"}, ${cover?.kind ?? "no TLS"}: ${words}`, () => {
    const domain = { host: "www.shop.test", url: "https://www.shop.test" };
    const given = { ...domain, ...(certificate && { certificate }), ...(cover && { cover }) };
    assert.equal(coverWords(given), words);
  });
}
