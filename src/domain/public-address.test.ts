import assert from "node:assert/strict";
import { test } from "node:test";
import { appUrl, consoleUrl, localHostOf, parseDomain } from "./public-address.ts";

const at443 = { domain: "example.org", port: 443 };

test("names outside and inside", () => {
  assert.equal(consoleUrl(at443), "https://tidegate.example.org");
  assert.equal(consoleUrl({ ...at443, port: 8443 }), "https://tidegate.example.org:8443");
  assert.equal(appUrl("shop.localhost", at443), "https://shop.example.org");
  assert.equal(appUrl("www.shop.test", { ...at443, port: 8443 }), "https://www.shop.test:8443");
  assert.equal(localHostOf("shop.example.org", at443), "shop.localhost");
  assert.equal(localHostOf("shop.dev.localhost", { domain: "dev.localhost" }), "shop.localhost");
});

const foreign = [
  "example.org",
  ".example.org",
  "shop.example.com",
  "shopexample.org",
  "a.shop.example.org",
  "shop.localhost",
  "",
];
for (const host of foreign) {
  test(`"${host}" is not ours`, () => assert.equal(localHostOf(host, at443), undefined));
}

// oxfmt-ignore
const domains: readonly (readonly [string, RegExp | string])[] = [
  ["Example.ORG", "example.org"],
  ["dev.localhost", "dev.localhost"],
  ["xn--bcher-kva.example", "xn--bcher-kva.example"],
  ["localhost", /dev\.localhost/],
  ["intranet", /with a dot/],
  ["bücher.example", /in ASCII/],
  ["https://example.org", /such as example\.org/],
  ["example.org:443", /such as/],
  ["*.example.org", /such as/],
  ["example.org.", /such as/],
  ["-a.example", /such as/],
  ["192.0.2.1", /such as/],
  [`${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.${"d".repeat(20)}`, /at most/],
];
for (const [text, expected] of domains) {
  test(`--domain ${text}`, () => {
    const parsed = parseDomain(text);
    if (typeof expected === "string") assert.deepEqual(parsed, { ok: true, value: expected });
    else assert.match(parsed.ok ? "accepted" : parsed.error, expected);
  });
}
