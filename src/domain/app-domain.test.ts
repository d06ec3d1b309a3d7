import assert from "node:assert/strict";
import { test } from "node:test";
import { hostsAbove, parseAppDomain } from "./app-domain.ts";

const at = { domain: "example.org" };

// oxfmt-ignore
const taken: readonly (readonly [text: string, host: string])[] = [
  ["www.shop.test",      "www.shop.test"],
  ["Shop.TEST",          "shop.test"],
  ["xn--caf-dma.test",   "xn--caf-dma.test"],
  ["4.shop4.test",       "4.shop4.test"],
  // The platform is beside it, not on it.
  ["example.org",        "example.org"],
  ["a.shop.example.org", "a.shop.example.org"],
];
for (const [text, host] of taken) {
  test(`app domain: ${text} is taken`, () =>
    assert.deepEqual(parseAppDomain(text, at), { ok: true, value: host }));
}

// oxfmt-ignore
const refused: readonly (readonly [text: string, expected: RegExp])[] = [
  ["",                        /whole name/],
  ["shop",                    /whole name/],
  ["*.shop.test",             /whole name/],
  ["192.0.2.7",               /whole name/],
  ["2001:db8::7",             /whole name/],
  ["shop.0x7f.7",             /whole name/],
  ["shop.0x7f",               /whole name/],
  ["shop.4test",              /whole name/],
  ["a.b.c.d.e.f.g.h.shop.example.test", /up to 10 parts/],
  ["login.tidegate.example.org", /beneath tidegate\.example\.org, where the console is/],
  ["a.b.TideGate.example.org",   /beneath tidegate\.example\.org, where the console is/],
  ["shop.test:8080",          /whole name/],
  ["shop.test.",              /whole name/],
  ["-shop.test",              /whole name/],
  ["shop..test",              /whole name/],
  ["café.test",               /whole name/],
  ["shop.test/x",             /whole name/],
  [`${"a".repeat(64)}.test`,  /whole name/],
  [`${"a.".repeat(126)}test`, /whole name/],
  ["blog.localhost",          /beneath \.localhost/],
  ["tidegate.example.org",    /directly beneath example\.org/],
  ["blog.example.org",        /directly beneath example\.org/],
];
for (const [text, expected] of refused) {
  test(`app domain: "${text.slice(0, 30)}" is refused`, () => {
    const parsed = parseAppDomain(text, at);
    assert.ok(!parsed.ok);
    assert.match(parsed.error.expected, expected);
  });
}

test("app domain: while the platform has no domain, none but this machine's is its own", () => {
  assert.ok(parseAppDomain("blog.example.org", undefined).ok);
  assert.ok(!parseAppDomain("blog.localhost", undefined).ok);
});

// oxfmt-ignore
const above: readonly (readonly [host: string, names: readonly string[]])[] = [
  ["shop.test",         []],
  ["a.shop.test",       ["shop.test"]],
  ["a.b.shop.test",     ["b.shop.test", "shop.test"]],
];
for (const [host, names] of above) {
  test(`app domain: above ${host} are ${names.join(" and ") || "none"}`, () =>
    assert.deepEqual(hostsAbove(host), names));
}
