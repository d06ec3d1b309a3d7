/** The manifests in the guide are read by what reads manifests. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { parseManifest } from "./manifest.ts";
import { usualPolicy } from "./usual-policy.testing.ts";

const guide = new URL("../../../docs/how-to/guard-a-business-metric.md", import.meta.url);
const snippets = [...readFileSync(guide, "utf8").matchAll(/^```yaml\n(.*?)^```$/gms)].map(
  ([, text = ""]) => text,
);

test("the guide has a manifest for each kind of guardrail", () => {
  const kinds = snippets.flatMap((text) => {
    const manifest = parseManifest(text, "tidegate.yaml", usualPolicy);
    assert.ok(manifest.ok, `${text}\n${JSON.stringify(manifest)}`);
    const guardrails = manifest.value.rollout?.guardrails ?? [];
    return guardrails.flatMap(({ metric }) => metric?.from ?? []);
  });
  assert.deepEqual([...new Set(kinds)].toSorted(), ["otlp", "probes", "prometheus"]);
  assert.equal(snippets.length, 5);
});

test("a snippet with a mistake would be found", () => {
  const [first = ""] = snippets;
  const broken = first.replace("events", "event");
  assert.equal(parseManifest(broken, "tidegate.yaml", usualPolicy).ok, false);
});
