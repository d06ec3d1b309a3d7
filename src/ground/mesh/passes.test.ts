/** What opens a rollout to one browser: good for its app, its rollout and its time, and for nothing else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newId, parseAppName, type AppName, type CohortPass } from "#domain";
import { openPasses } from "./passes.ts";

const named = (name: string): AppName => {
  const parsed = parseAppName(name);
  assert.ok(parsed.ok);
  return parsed.value;
};
const [shop, cart] = [named("shop"), named("cart")];
const [rollout, other] = [newId("rol", () => 0.1), newId("rol", () => 0.9)];
const passes = openPasses(Buffer.alloc(32, 1));
const foreign = openPasses(Buffer.alloc(32, 2));
const pass: CohortPass = { app: shop, rollout, to: "candidate", by: "ana", expiresAt: 1_000 };
const text = passes.sign(pass);
const cookie = passes.cookieFor(pass, "candidate");
const [body = "", signature = ""] = text.split(".");
const altered = Buffer.from(JSON.stringify([cart, rollout, "candidate", "ana", 1_000]));

test("passes: what was signed is read until its time is over", () => {
  assert.deepEqual(passes.read(text, 999), pass);
  assert.equal(passes.read(text, 1_000), undefined);
});

// oxfmt-ignore
const forged: readonly (readonly [string, string])[] = [
  ["nothing",                         ""],
  ["no signature",                    body],
  ["an empty signature",              `${body}.`],
  ["a signature that was cut",        text.slice(0, -1)],
  ["another's installation",          foreign.sign(pass)],
  ["a body that was altered",         `${altered.toString("base64url")}.${signature}`],
  ["a third part",                    `${text}.x`],
  ["a cookie, which is no pass",      cookie],
  ["more than any pass has",          `${body}${"A".repeat(3_000)}.${signature}`],
];
for (const [claim, given] of forged) {
  test(`passes: ${claim} opens nothing`, () => assert.equal(passes.read(given, 0), undefined));
}

// oxfmt-ignore
const cookies: readonly (readonly [string, string, Parameters<typeof passes.armOf>[1], string | undefined])[] = [
  ["says its arm for its rollout",       cookie,                                pass,                  "candidate"],
  ["says that one is out",               passes.cookieFor(pass, "baseline"),    pass,                  "baseline"],
  ["says nothing for the next rollout",  cookie,                                { app: shop, rollout: other }, undefined],
  ["says nothing for another app",       cookie,                                { app: cart, rollout }, undefined],
  ["is not another installation's",      foreign.cookieFor(pass, "candidate"),  pass,                  undefined],
  ["does not change its arm",            cookie.replace("candidate", "baseline"), pass,                undefined],
  ["is not made of a pass",              text,                                  pass,                  undefined],
  ["is not empty",                       "",                                    pass,                  undefined],
  ["is no word alone",                   "candidate",                           pass,                  undefined],
];
for (const [claim, value, where, expected] of cookies) {
  test(`the cookie of a hand ${claim}`, () => assert.equal(passes.armOf(value, where), expected));
}
