import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAppName, parseNewAppName } from "./ids.ts";
import { appUrl, parseDomain } from "./public-address.ts";
import { previewHostOf } from "./routes.ts";

const longest = `a${"b".repeat(39)}`;

// oxfmt-ignore
const cases: readonly (readonly [name: string, isName: boolean, isFree: boolean])[] = [
  ["shop",            true,  true],
  ["preview",         true,  true],
  ["previews-shop",   true,  true],
  ["preview-shop",    true,  false],
  ["preview-a",       true,  false],
  [longest,           true,  true],
  [`${longest}c`,     false, false],
  ["shop-",           false, false],
  ["a--b",            false, false],
  ["tidegate",        false, false],
  ["Shop",            false, false],
];
for (const [name, isName, isFree] of cases) {
  const claim = isFree
    ? "may be chosen"
    : isName
      ? "is a name, but not to be chosen"
      : "is no name";
  test(`app name: ${name} ${claim}`, () => {
    assert.equal(parseAppName(name).ok, isName);
    assert.equal(parseNewAppName(name).ok, isFree);
  });
}

test("app name: the longest one, as a preview, beneath the longest domain, is a host name", () => {
  const name = parseNewAppName(longest);
  const rest = "d.".repeat(94);
  const domain = parseDomain(`${rest}e`);
  assert.ok(name.ok && domain.ok);
  assert.ok(!parseDomain(`${rest}${"e".repeat(2)}`).ok, "the longest domain there may be");
  const { hostname } = new URL(
    appUrl(previewHostOf(name.value), { domain: domain.value, port: 443 }),
  );
  assert.ok(hostname.length <= 253);
  const labels = hostname.split(".");
  assert.equal(labels[0], `preview-${longest}`);
  assert.ok(labels.every((label) => label.length <= 63));
});
