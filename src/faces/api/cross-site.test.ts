import assert from "node:assert/strict";
import { test } from "node:test";
import { beginningFault, crossSiteFault } from "./cross-site.ts";

const host = "deliver.example.org";
const own = { host, "tidegate-request": "1" };
const get = (headers: Record<string, string>) => ({
  method: "GET",
  headers: { host, ...headers },
  isSecure: true,
});
const post = (headers: Record<string, string>) => ({
  method: "POST",
  headers: { ...own, ...headers },
  isSecure: true,
});
const origin = `https://${host}`;

// oxfmt-ignore
const underASession: readonly (readonly [claim: string, request: Parameters<typeof crossSiteFault>[0], isRefused: boolean])[] = [
  ["our page reads",                              get({ "sec-fetch-site": "same-origin" }), false],
  ["a person types the address",                  get({ "sec-fetch-site": "none" }), false],
  ["an old browser reads without saying whence",  get({}), false],
  ["another site reads, or follows a stream",     get({ "sec-fetch-site": "cross-site" }), true],
  ["an app under the same domain reads",          get({ "sec-fetch-site": "same-site" }), true],
  ["another origin reads, in an old browser",     get({ origin: "https://evil.example" }), true],
  ["our page changes something",                  post({ "sec-fetch-site": "same-origin", origin }), false],
  ["our page does, in an old browser",            post({ origin }), false],
  ["our page forgets the header",                 { ...post({ "sec-fetch-site": "same-origin", origin }), headers: { host, "sec-fetch-site": "same-origin", origin } }, true],
  ["another site changes something",              post({ "sec-fetch-site": "cross-site", origin: "https://evil.example" }), true],
  ["an app under the same domain does",           post({ "sec-fetch-site": "same-site", origin: "https://shop.example.org" }), true],
  ["a page without an origin does",               post({ origin: "null" }), true],
  ["another port does, in an old browser",        post({ origin: `${origin}:8443` }), true],
  ["our own name without TLS does",               post({ origin: `http://${host}` }), true],
  ["somebody changes it from the address bar",    post({ "sec-fetch-site": "none" }), true],
  ["nothing says who does",                       post({}), true],
  ["a header contradicts another",                post({ "sec-fetch-site": "same-origin", origin: "https://evil.example" }), true],
  ["a site that browsers do not know",            post({ "sec-fetch-site": "same-origin, cross-site" }), true],
];
for (const [claim, request, isRefused] of underASession) {
  test(`under a session: ${claim}: ${isRefused ? "refused" : "let through"}`, () => {
    assert.equal(crossSiteFault(request) !== undefined, isRefused);
  });
}

// oxfmt-ignore
const beginnings: typeof underASession = [
  ["a program signs in",                          post({}), false],
  ["our page signs in",                           post({ "sec-fetch-site": "same-origin", origin }), false],
  ["another site signs its visitor in",           post({ "sec-fetch-site": "cross-site", origin: "https://evil.example" }), true],
  ["an app under the same domain does",           post({ "sec-fetch-site": "same-site" }), true],
  ["a form, which cannot send the header",        { method: "POST", headers: { host }, isSecure: true }, true],
];
for (const [claim, request, isRefused] of beginnings) {
  test(`beginning a session: ${claim}: ${isRefused ? "refused" : "let through"}`, () => {
    assert.equal(beginningFault(request) !== undefined, isRefused);
  });
}

test("what another site sent is told with no character that could do harm", () => {
  const fault = crossSiteFault(post({ origin: `https://evil\u001b[2J${"x".repeat(500)}` })) ?? "";
  assert(!fault.includes("\u001b") && fault.length < 200);
});
