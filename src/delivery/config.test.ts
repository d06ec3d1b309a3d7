import assert from "node:assert/strict";
import { test } from "node:test";
import { type App, parseAppName } from "#domain";
import { configOf } from "./config.ts";

const shop = parseAppName("shop");
assert(shop.ok);
const app: App = {
  name: shop.value,
  trackedBranch: "main",
  createdAt: 0,
  createdBy: "admin",
  configVersion: 0,
  nextReleaseNumber: 1,
};

function check(name: string): boolean {
  const asked = { before: undefined, change: { set: { [name]: "v" }, unset: [] }, by: "a", now: 0 };
  const next = configOf(app, asked);
  assert(next.ok || ("field" in next.error && next.error.field.startsWith("config")), name);
  return next.ok;
}

test("a name that only a command line could give to a program is refused", () => {
  for (const name of ["PWD", "OLDPWD", "UID", "EUID", "IFS", "PPID", "OPTIND", "tg_dir"]) {
    assert(!check(name), name);
  }
});

test("a name that the platform sets itself is refused", () => {
  for (const name of ["PORT", "TIDEGATE_URL"]) assert(!check(name), name);
});

test("other names are variables, also those that objects have", () => {
  for (const name of ["DATABASE_URL", "PASSWD", "constructor", "GUID", "_"])
    assert(check(name), name);
});

// oxfmt-ignore
const contradictions: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ["is there",     { COLOUR: "red" }],
  ["is not there", {}],
];
for (const [claim, values] of contradictions) {
  test(`a variable that ${claim} is either set or unset`, () => {
    const before = { app: app.name, version: 1, values, createdAt: 0, createdBy: "a" };
    const change = { set: { COLOUR: "blue" }, unset: ["COLOUR"] };
    const next = configOf(app, { before, change, by: "a", now: 0 });
    assert(!next.ok && next.error.code === "invalid_input");
    assert.equal(next.error.field, "config.COLOUR");
    assert.match(next.error.expected, /either set or unset/);
  });
}
