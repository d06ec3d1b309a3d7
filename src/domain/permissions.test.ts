import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import fc from "fast-check";
import { sure } from "#std/testing";
import { parseAppName } from "./ids.ts";
import {
  machineActor,
  nobody,
  parseScope,
  parseTeamName,
  parseUserName,
  renderScope,
  roles,
  type Actor,
  type Role,
} from "./people.ts";
import {
  isAllowed,
  isVisible,
  permissions,
  rolesThatMay,
  wordsOf,
  type Permission,
  type Resource,
} from "./permissions.ts";

const shop = sure(parseAppName("shop"));
const crew = sure(parseTeamName("crew"));
const platform: Resource = { kind: "platform" };
const production: Resource = { kind: "app", app: shop, team: crew, environment: "production" };

const grant = (role: Role, scope: string): Actor => ({
  name: "ana",
  grants: [{ role, scope: sure(parseScope(scope)) }],
});

/** The table once more, as a second entry: what each role has beyond everybody's. */
// oxfmt-ignore
const beyond: Readonly<Record<Role, readonly Permission[]>> = {
  viewer:    [],
  developer: ["source.push", "app.create", "log.read", "config.read", "rollout.stop", "rollout.join", "cohort.read"],
  approver:  ["log.read", "rollout.stop", "rollout.join", "cohort.read", "rollout.approve"],
  operator:  ["source.push", "app.create", "log.read", "config.read", "rollout.stop", "rollout.join", "cohort.read", "rollout.approve", "rollout.steer", "release.restore", "config.write", "domain.write", "audit.read", "people.read"],
  admin:     permissions,
};
const everybody: readonly Permission[] = ["app.read", "source.read", "team.read", "platform.read"];

for (const role of roles) {
  test(`permissions: ${role} has what the second entry of the table says`, () => {
    const actor = grant(role, "platform");
    const has = permissions.filter((permission) => isAllowed(actor, permission, platform));
    const expected = permissions.filter((each) => [...everybody, ...beyond[role]].includes(each));
    assert.deepEqual(has, expected);
  });
}

test("permissions: an admin has them all, and nobody has none", () => {
  for (const permission of permissions) {
    assert.ok(rolesThatMay(permission).includes("admin"), permission);
    assert.ok(isAllowed(machineActor, permission, production), permission);
    assert.ok(!isAllowed(nobody, permission, production), permission);
  }
});

// oxfmt-ignore
const covering: readonly (readonly [scope: string, on: Resource, may: boolean, sees: boolean])[] = [
  ["platform",            production,                                true,  true],
  ["team:crew",           production,                                true,  true],
  ["team:crew",           { kind: "app", app: shop },                false, false],
  ["team:crew",           { kind: "team", team: crew },              true,  true],
  ["team:crew",           platform,                                  false, true],
  ["team:others",         production,                                false, false],
  ["app:shop",            production,                                true,  true],
  ["app:shop",            { kind: "team", team: crew },              false, false],
  ["app:blog",            production,                                false, false],
  ["app:shop/production", production,                                true,  true],
  ["app:shop/production", { kind: "app", app: shop, team: crew },    false, true],
  ["app:blog/production", production,                                false, false],
];
for (const [scope, on, may, sees] of covering) {
  const where = JSON.stringify(on);
  test(`permissions: an operator on ${scope} ${may ? "may" : "may not"} push to ${where}`, () => {
    const actor = grant("operator", scope);
    assert.deepEqual([isAllowed(actor, "source.push", on), isVisible(actor, on)], [may, sees]);
  });
}

test("permissions: no token gives what its owner has not", () => {
  const scopes = ["platform", "team:crew", "app:shop", "app:blog", "app:shop/production"];
  const resources: readonly Resource[] = [platform, production, { kind: "team", team: crew }];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...roles), fc.constantFrom(...scopes)), { maxLength: 3 }),
      fc.constantFrom(...permissions),
      fc.constantFrom(...resources),
      fc.constantFrom<NonNullable<Actor["reach"]>>(
        { kind: "all" },
        { kind: "read" },
        { kind: "push", app: shop },
      ),
      // One argument per random value: fast-check's own shape.
      // oxlint-disable-next-line max-params
      (held, permission, on, reach) => {
        const owner: Actor = {
          name: "ana",
          grants: held.map(([role, scope]) => ({ role, scope: sure(parseScope(scope)) })),
        };
        const withToken = { ...owner, reach };
        if (isAllowed(withToken, permission, on)) assert.ok(isAllowed(owner, permission, on));
        if (isVisible(withToken, on)) assert.ok(isVisible(owner, on));
      },
    ),
  );
});

for (const scope of ["platform", "team:crew", "app:shop", "app:shop/production"]) {
  test(`scopes: ${scope} is read as it is written`, () => {
    assert.equal(renderScope(sure(parseScope(scope))), scope);
  });
}

for (const scope of [
  "",
  "app",
  "app:",
  "app:Shop",
  "app:shop/",
  "app:shop/staging",
  "team:a/b",
  "user:x",
]) {
  test(`scopes: "${scope}" is none`, () => assert.ok(!parseScope(scope).ok));
}

// oxfmt-ignore
const names: readonly (readonly [string, boolean])[] = [
  ["a", true], ["ana", true], ["ana.b-c_9", true], [`a${"b".repeat(39)}`, true], [`a${"b".repeat(40)}`, false],
  ["", false], ["Ana", false], ["9ana", false], ["ana-", false], ["ana b", false], ["admin", false], ["rollout", false],
  ["ana@example.com", false], ["../etc", false],
];
for (const [name, isName] of names) {
  test(`users: "${name.slice(0, 20)}" ${isName ? "can" : "cannot"} be one's name`, () => {
    assert.equal(parseUserName(name).ok, isName);
  });
}

test("permissions: the table in docs/how-to/let-people-in.md is the one that is used", async () => {
  const page = new URL("../../docs/how-to/let-people-in.md", import.meta.url);
  const rows = (await readFile(page, "utf8")).split("\n").filter((line) => line.startsWith("| `"));
  const told = rows.map((row) =>
    row
      .split("|")
      .map((cell) => cell.trim())
      .slice(1, -1),
  );
  const used = permissions.map((permission) => [
    `\`${permission}\``,
    wordsOf(permission),
    ...roles.map((role) => (rolesThatMay(permission).includes(role) ? "yes" : "")),
  ]);
  assert.deepEqual(told, used);
});
