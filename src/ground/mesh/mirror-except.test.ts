import assert from "node:assert/strict";
import { test } from "node:test";
import { exceptedPaths, isExcepted } from "./mirror-except.ts";

const paths = exceptedPaths(["/login", "/one-time/*", "/reset*", "/Zurück"]);
// oxfmt-ignore
const cases: readonly (readonly [target: string, isLeftOut: boolean])[] = [
  ["/login",                         true],
  ["/login?next=/",                  true],
  ["/login/",                        true],
  ["//login",                        true],
  ["/LogIn",                         true],
  ["/%6Cogin",                       true],
  ["/%256Cogin",                     true],
  ["/shop/../login",                 true],
  ["/shop/%2e%2e/login",             true],
  ["/shop%2F..%2Flogin",             true],
  ["/\\login",                       true],
  ["/zur%C3%BCck",                   true],
  ["http://shop.localhost/login",    true],
  ["/one-time/abc",                  true],
  ["/one-time/",                     true],
  ["/one-time",                      true],
  ["/reset-password?token=1",        true],
  ["/%E0%A4%A",                      true],
  ["/%ff",                           true],
  ["/",                              false],
  ["/logins",                        false],
  ["/shop/login",                    false],
  ["/one-timer",                     false],
  ["/search?q=/login",               false],
  ["/preset",                        false],
];
for (const [target, isLeftOut] of cases) {
  test(`mirror: ${target} is ${isLeftOut ? "left out" : "copied"}`, () => {
    assert.ok(paths !== undefined);
    assert.equal(isExcepted(paths, target), isLeftOut);
  });
}

test("mirror: without exceptions there is nothing to look up", () => {
  assert.equal(exceptedPaths([]), undefined);
  assert.equal(exceptedPaths(), undefined);
});
