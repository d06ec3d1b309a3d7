/** The guide to exposure policies says what the manifest reads: each of its snippets, and each key. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import type { RolloutPolicy } from "#domain";
import { exposureKeys } from "./exposure-keys.ts";
import { parseManifest } from "./manifest.ts";

const root = path.join(import.meta.dirname, "..", "..", "..");
const guide = await readFile(path.join(root, "docs/how-to/choose-an-exposure-policy.md"), "utf8");
const snippets = [...guide.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = ""]) => yaml);
const defaults: RolloutPolicy = {
  strategy: "adaptive",
  harmBudgetRequests: 50,
  alpha: 0.05,
  guardrails: [],
  exposureMaxPercent: 50,
  maxDurationMs: 3_600_000,
  atMaxDuration: "hold",
  userKey: { from: "edge_cookie" },
  warmMs: 600_000,
};

test("the guide: there are snippets, or the tests below say nothing", () => {
  assert.ok(snippets.length >= 8, `${snippets.length} snippets`);
});

for (const [index, yaml] of snippets.entries()) {
  test(`the guide: snippet ${index + 1} is a manifest`, () => {
    const parsed = parseManifest(yaml, "tidegate.yaml", defaults);
    assert.ok(parsed.ok, JSON.stringify(parsed));
    assert.ok(Object.keys(parsed.value.rollout ?? {}).length > 0, "and sets something");
  });
}

test("the guide: every key is in a snippet, and every key of its members", () => {
  const { steps: _steps, ...flat } = exposureKeys;
  const nested = [exposureKeys.shadow, exposureKeys.windows, exposureKeys.bake].flatMap((form) =>
    Object.keys(form.members),
  );
  const lists = [
    "weight",
    "until",
    "header",
    "cookie",
    "value",
    "users",
    "percent",
    "days",
    "timeZone",
  ];
  const text = snippets.join("\n");
  const missing = [...Object.keys(flat), "steps", ...nested, ...lists].filter(
    (key) => !new RegExp(`\\b${key}:`).test(text),
  );
  assert.deepEqual(missing, []);
});
