/** Whose apps and whose logs somebody may see, by where their role holds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAppName, parseScope, type Actor, type App, type Role, type Store } from "#domain";
import { sure } from "#std/testing";
import { seenApps } from "./sight.ts";

const apps = ["shop", "mail"].map((name): App => {
  const numbers = { createdAt: 1, configVersion: 0, nextReleaseNumber: 1 };
  return { name: sure(parseAppName(name)), createdBy: "a", trackedBranch: "main", ...numbers };
});
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- apps are all that is asked for
const list = (async () =>
  apps.map((body) => ({ id: body.name, version: 1, body }))) as unknown as Store["list"];
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same
const store = { list } as unknown as Store;

const as = (role: Role, on: string): Actor => {
  const scope = sure(parseScope(on));
  return { name: "bo", grants: [{ role, scope }] };
};

function named(seen: readonly App[] | undefined): Names {
  return seen?.map(({ name }) => name);
}

type Names = readonly string[] | undefined;
// oxfmt-ignore
const cases: readonly (readonly [role: Role, on: string, apps: Names, logs: Names])[] = [
  ["developer", "app:shop/production", ["shop"],  ["shop"]],
  ["viewer",    "app:shop/production", ["shop"],  []],
  ["developer", "app:shop",            ["shop"],  ["shop"]],
  ["viewer",    "platform",            undefined, []],
  ["developer", "platform",            undefined, undefined],
];
for (const [role, on, ofApps, ofLogs] of cases) {
  test(`sight: a ${role} on ${on} sees ${ofApps?.join() ?? "all"}, and the logs of ${ofLogs?.join() ?? "all"}`, async () => {
    const seen = await seenApps(as(role, on), { store }, "app.read");
    const read = await seenApps(as(role, on), { store }, "log.read");
    assert.deepEqual([named(seen), named(read)], [ofApps, ofLogs]);
  });
}
