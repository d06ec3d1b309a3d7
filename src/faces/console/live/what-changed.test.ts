/** Which answers an event makes stale: too few and a page lies, too many and it asks for everything always. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type AnswerKey, staleness } from "./what-changed.ts";

const entry = {
  type: "dev.tidegate.rollout.advanced",
  app: "shop",
  change: "chg_1",
  data: { rollout: "rol_1" },
};

// oxfmt-ignore
const cases: readonly (readonly [string, AnswerKey, "now" | "soon" | undefined])[] = [
  ["the change it is about, at once",        ["GET /api/v1/changes/:change", { change: "chg_1" }, {}],            "now"],
  ["another change, never",                  ["GET /api/v1/changes/:change", { change: "chg_2" }, {}],            undefined],
  ["a change named by its commit, at once",  ["GET /api/v1/changes/:change", { change: "a41c9d2" }, {}],          "now"],
  ["its rollout by id, at once",             ["GET /api/v1/rollouts/:rollout", { rollout: "rol_1" }, {}],         "now"],
  ["what is dear to answer, soon",           ["GET /api/v1/rollouts/:rollout/series", { rollout: "rol_1" }, {}],  "soon"],
  ["what a rollout does not touch, never",   ["GET /api/v1/changes/:change/diff", { change: "chg_1" }, {}],       undefined],
  ["its rollout by the app, at once",        ["GET /api/v1/rollouts/:rollout", { rollout: "shop" }, {}],          "now"],
  ["another rollout, never",                 ["GET /api/v1/rollouts/:rollout", { rollout: "rol_2" }, {}],         undefined],
  ["its app, at once",                       ["GET /api/v1/apps/:app", { app: "shop" }, {}],                      "now"],
  ["another app, never",                     ["GET /api/v1/apps/:app", { app: "blog" }, {}],                      undefined],
  ["a list of everything, soon",             ["GET /api/v1/changes", {}, { limit: 20 }],                          "soon"],
  ["a list of its app, soon",                ["GET /api/v1/changes", {}, { app: "shop" }],                        "soon"],
  ["a list of another app, never",           ["GET /api/v1/changes", {}, { app: "blog" }],                        undefined],
  ["the overview, soon",                     ["GET /api/v1/overview", {}, {}],                                    "soon"],
  ["what one may do, never",                 ["GET /api/v1/rights", {}, { app: "shop" }],                         undefined],
  ["what is no route, never",                [12, {}, {}],                                                        undefined],
];

test("console: what is granted makes stale what one may do", () => {
  const granted = { type: "dev.tidegate.user.changed", data: {} };
  assert.equal(staleness(["GET /api/v1/rights", {}, { app: "shop" }], granted), "soon");
});

test("console: as a rollout begins it is known with what its change is compared", () => {
  const key = ["GET /api/v1/changes/:change/diff", { change: "chg_1" }, {}];
  assert.equal(staleness(key, { ...entry, type: "dev.tidegate.rollout.started" }), "soon");
});

for (const [claim, key, expected] of cases) {
  test(`console: an event makes stale ${claim}`, () => {
    assert.equal(staleness(key, entry), expected);
  });
}
