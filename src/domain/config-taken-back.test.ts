import assert from "node:assert/strict";
import { test } from "node:test";
import { sure } from "#std/testing";
import type { App } from "./app.ts";
import { appOnConfig, appWithConfig, configWords, nextConfigVersion } from "./config-taken-back.ts";
import { parseAppName } from "./ids.ts";

const shop: App = {
  name: sure(parseAppName("shop")),
  createdAt: 0,
  createdBy: "ana",
  trackedBranch: "main",
  configVersion: 0,
  nextReleaseNumber: 1,
};
const why = { by: "ana", reason: "loses orders", at: 7 };

/** Sets as many, and goes to where the numbers say. */
function after(set: number, ...ways: readonly number[]): App {
  let app = shop;
  for (let each = 0; each < set; each += 1) app = appWithConfig(app, nextConfigVersion(app));
  for (const to of ways) app = appOnConfig(app, to, why);
  return app;
}

// oxfmt-ignore
const cases: readonly (readonly [claim: string, app: App, version: number, takenBack: number | undefined, next: number])[] = [
  ["what is set is what comes next",                     after(2),                            2, undefined, 3],
  ["what is taken back is not, and keeps its number",    after(2, 0),                         0, 2,         3],
  ["what stays where it is takes back nothing",          after(2, 2),                         2, undefined, 3],
  ["it is brought back",                                 after(2, 0, 2),                      2, undefined, 3],
  ["a part of it is brought back",                       after(3, 1, 2),                      2, 3,         4],
  ["one step further back, the last is told",            after(3, 2, 1),                      1, 2,         4],
  ["another is set, and what was taken back is history", appWithConfig(after(2, 0), 3),       3, undefined, 4],
];
for (const [claim, app, version, takenBack, next] of cases) {
  test(`configuration taken back: ${claim}`, () => {
    assert.deepEqual(
      [app.configVersion, app.configTakenBack?.version, nextConfigVersion(app)],
      [version, takenBack, next],
    );
  });
}

const back = { version: 2, ...why };
// oxfmt-ignore
const words: readonly (readonly [Parameters<typeof configWords>[0], string])[] = [
  [{ version: 0, isRolledOut: false },                                     "none"],
  [{ version: 2, isRolledOut: false },                                     "version 2"],
  [{ version: 2, live: 2, isRolledOut: false },                            "version 2"],
  [{ version: 2, live: 0, isRolledOut: true },                             "version 2, being rolled out; live: none"],
  [{ version: 3, live: 1, isRolledOut: false },                            "version 3, which the next release gets; live: version 1"],
  [{ version: 0, live: 0, isRolledOut: false, takenBack: back },           "none; version 2 was taken back by ana: loses orders"],
  [{ version: 1, live: 1, isRolledOut: false, takenBack: { version: 2, reason: "" } }, "version 1; version 2 was taken back by its own rollout"],
];
for (const [standing, expected] of words) {
  test(`configuration in words: ${expected}`, () => assert.equal(configWords(standing), expected));
}
