import assert from "node:assert/strict";
import { test } from "node:test";
import type { RolloutPolicy } from "#domain";
import { parseManifest } from "./manifest.ts";

const defaults: RolloutPolicy = {
  strategy: "adaptive",
  harmBudgetRequests: 50,
  alpha: 0.05,
  guardrails: [
    { name: "errors", tolerance: { ratio: 1.5, absolute: 0.005 } },
    { name: "latency", tolerance: { ratio: 1.5, absolute: 0.01 } },
  ],
  exposureMaxPercent: 50,
  maxDurationMs: 3_600_000,
  atMaxDuration: "hold",
  userKey: { from: "edge_cookie" },
  warmMs: 600_000,
};

const minute = 60_000;
// oxfmt-ignore
const accepted: readonly (readonly [claim: string, yaml: string, Partial<RolloutPolicy>])[] = [
  ["steps; the last lasts until the verdict, and the largest is the most that is exposed",
    "strategy: steps\n  steps:\n    - { weight: 1%, for: 5m }\n    - { weight: 75%, until: approval }\n    - { weight: 75%, for: 10m }",
    { strategy: "steps", exposureMaxPercent: 75, steps: [
      { weightPercent: 1, forMs: 5 * minute, until: "time" },
      { weightPercent: 75, forMs: 0, until: "approval" },
      { weightPercent: 75, forMs: 10 * minute, until: "safe" },
    ] }],
  ["steps that take long get twice their time",
    "strategy: steps\n  steps: [{ weight: 5%, for: 2h }]",
    { strategy: "steps", exposureMaxPercent: 5, maxDurationMs: 240 * minute, steps: [{ weightPercent: 5, forMs: 120 * minute, until: "safe" }] }],
  ["how long latency is not judged", "guardrails: { latency: { warmUp: 90s } }", { guardrails: [
    { name: "errors", tolerance: { ratio: 1.5, absolute: 0.005 } },
    { name: "latency", tolerance: { ratio: 1.5, absolute: 0.01 }, warmUpMs: 90_000 },
  ] }],
  ["a harm budget in users", "harmBudget: { users: 20 }", { harmBudgetUsers: 20 }],
  ["a harm budget in requests", "harmBudget: { requests: 20 }", { harmBudgetRequests: 20 }],
  ["blue-green, with a preview", "strategy: blue-green\n  autoPromote: 10m",
    { strategy: "blue-green", hasPreview: true, autoPromoteMs: 10 * minute }],
  ["a shadow with what is usual", "strategy: shadow", { strategy: "shadow", shadow: { requests: 200, sharePercent: 10 }, guardrails: [...defaults.guardrails, { name: "shadow", tolerance: { ratio: 1.5, absolute: 0.005 } }] }],
  ["a shadow before anything else", "shadow: { requests: 500, share: 25% }", { shadow: { requests: 500, sharePercent: 25 }, guardrails: [...defaults.guardrails, { name: "shadow", tolerance: { ratio: 1.5, absolute: 0.005 } }] }],
  ["cohorts",
    "userKey: { header: x-user }\n  cohorts:\n    rules:\n      - { header: X-Beta, value: \"1\" }\n      - { cookie: plan, value: gold, percent: 20% }\n      - { users: [ana, ben] }\n    for: 5m\n    until: approval",
    { userKey: { from: "header", name: "x-user" }, cohorts: { aloneMs: 5 * minute, until: "approval", rules: [
      { match: { kind: "header", name: "x-beta", value: "1" } },
      { match: { kind: "cookie", name: "plan", value: "gold" }, percent: 20 },
      { match: { kind: "user", keys: ["ana", "ben"] } },
    ] } }],
  ["windows",
    "windows:\n    notBefore: 2026-12-01T08:00:00Z\n    freezes:\n      - { from: 2026-12-20T00:00Z, to: 2027-01-04T00:00+01:00, reason: Christmas }\n    daily:\n      - { days: [mon, fri], from: \"08:30\", to: \"24:00\", timeZone: Europe/Berlin }",
    { windows: {
      notBeforeAt: Date.parse("2026-12-01T08:00:00Z"),
      freezes: [{ fromAt: Date.parse("2026-12-20T00:00:00Z"), toAt: Date.parse("2027-01-03T23:00:00Z"), reason: "Christmas" }],
      daily: [{ days: [1, 5], fromMinute: 510, toMinute: 1440, timeZone: "Europe/Berlin" }],
    } }],
  ["another app to go together with", "together: web", { together: { apps: ["web"], waitMs: 10 * minute } }],
  ["several, each once, and how long it waits",
    "together: { apps: [web, mail, web], wait: 20m }", { together: { apps: ["mail", "web"], waitMs: 20 * minute } }],
  ["a bake with a control", "bake: { for: 1h, control: 2% }", { bake: { forMs: 60 * minute, controlPercent: 2 } }],
];
for (const [claim, yaml, expected] of accepted) {
  test(`rollout keys: ${claim}`, () => {
    const parsed = parseManifest(`rollout:\n  ${yaml}\n`, "tidegate.yaml", defaults);
    assert.ok(parsed.ok, JSON.stringify(parsed));
    assert.deepEqual(parsed.value.rollout, expected);
  });
}

// oxfmt-ignore
const refused: readonly (readonly [claim: string, yaml: string, line: number, field: string, expected: RegExp])[] = [
  ["steps without one",           "strategy: steps", 2, "rollout.steps", /at least one step/],
  ["steps of another strategy",   "strategy: hold\n  steps: [{ weight: 5% }]", 3, "rollout.steps", /strategy: steps/],
  ["a step without weight",       "strategy: steps\n  steps:\n    - { for: 5m }", 4, "rollout.steps[0]", /a weight/],
  ["weights that fall",           "strategy: steps\n  steps:\n    - { weight: 10% }\n    - { weight: 5% }", 5, "rollout.steps[1].weight", /at least 10%/],
  ["a weight of everybody",       "strategy: steps\n  steps:\n    - { weight: 100% }", 4, "rollout.steps[0].weight", /less than 100%/],
  ["a weight above the cap",      "strategy: steps\n  exposureMax: 20%\n  steps:\n    - { weight: 30% }", 5, "rollout.steps[0].weight", /at most exposureMax, 20%/],
  ["a verdict on nobody",         "strategy: steps\n  steps:\n    - { weight: 0%, for: 1m }", 4, "rollout.steps[0].weight", /never ends/],
  ["less time than its steps",    "strategy: steps\n  maxDuration: 10m\n  steps:\n    - { weight: 1%, for: 30m }", 3, "rollout.maxDuration", /more than 1800s/],
  ["an approval of nobody's",     "strategy: steps\n  steps:\n    - { weight: 1%, until: monday }", 4, "rollout.steps[0].until", /approval/],
  ["cohorts without rules",       "cohorts: { for: 5m }", 2, "rollout.cohorts", /rules/],
  ["a rule without value",        "cohorts:\n    rules:\n      - { header: x-beta }", 4, "rollout.cohorts.rules[0]", /header and value/],
  ["a rule of two kinds",         "cohorts:\n    rules:\n      - { header: x, cookie: y, value: z }", 4, "rollout.cohorts.rules[0]", /one of/],
  ["users whom nothing names",    "cohorts:\n    rules:\n      - { users: [ana] }", 4, "rollout.cohorts.rules[0]", /userKey/],
  ["a freeze that ends before",   "windows:\n    freezes:\n      - { from: 2026-12-20T00:00Z, to: 2026-12-19T00:00Z, reason: x }", 4, "rollout.windows.freezes[0].to", /after from/],
  ["a freeze without reason",     "windows:\n    freezes:\n      - { from: 2026-12-20T00:00Z, to: 2026-12-21T00:00Z }", 4, "rollout.windows.freezes[0]", /reason/],
  ["a day that does not exist",   "windows: { notBefore: 2026-02-30T00:00Z }", 2, "rollout.windows.notBefore", /an instant such as/],
  ["windows that never open",     "windows: { daily: [] }", 2, "rollout.windows.daily", /never opens/],
  ["a window on no day",          "windows:\n    daily:\n      - { days: [] }", 4, "rollout.windows.daily[0].days", /never opens/],
  ["a window over midnight",      "windows:\n    daily:\n      - { from: \"22:00\", to: \"06:00\" }", 4, "rollout.windows.daily[0].to", /two windows/],
  ["a minute after the day",      "windows:\n    daily:\n      - { from: \"24:01\" }", 4, "rollout.windows.daily[0].from", /time of the day/],
  ["a zone that does not exist",  "windows:\n    daily:\n      - { timeZone: Mars/Olympus }", 4, "rollout.windows.daily[0].timeZone", /IANA time zone/],
  ["autoPromote elsewhere",       "autoPromote: 5m", 2, "rollout.autoPromote", /blue-green/],
  ["a bake without time",         "bake: { control: 2% }", 2, "rollout.bake", /for, such as 1h/],
  ["a control of most users",     "bake: { for: 1h, control: 60% }", 2, "rollout.bake.control", /0 to 50%/],
  ["a budget in both units",      "harmBudget: { users: 1, requests: 1 }", 2, "rollout.harmBudget", /either/],
  ["a tolerance below one",       "guardrails: { errors: { tolerance: 0.5 } }", 2, "rollout.guardrails.errors.tolerance", /1 to 1000/],
  ["a tolerance of nothing",      "guardrails: { errors: { tolerance: { ratio: 1, absolute: 0 } } }", 2, "rollout.guardrails.errors.tolerance", /never proven/],
];
for (const [claim, yaml, line, field, expected] of refused) {
  test(`rollout keys: refuses ${claim}`, () => {
    const parsed = parseManifest(`rollout:\n  ${yaml}\n`, "tidegate.yaml", defaults);
    assert.ok(!parsed.ok, JSON.stringify(parsed));
    assert.deepEqual(
      [parsed.error.file, parsed.error.line, parsed.error.field],
      ["tidegate.yaml", line, field],
    );
    assert.match(parsed.error.expected, expected);
  });
}
