import assert from "node:assert/strict";
import { test } from "node:test";

import { customGuardrailsMax, metricExpressionCharsMax, probesMax } from "./limits.ts";
import { parseManifest } from "./manifest.ts";
import { usualPolicy } from "./usual-policy.testing.ts";

function read(rollout: string) {
  const indented = rollout.trimEnd().replaceAll(/^/gm, "  ");
  return parseManifest(`rollout:\n${indented}\n`, "tidegate.yaml", usualPolicy);
}

function own(rollout: string): unknown {
  const manifest = read(rollout);
  assert.ok(manifest.ok, manifest.ok ? "" : JSON.stringify(manifest.error));
  const usual = new Set(usualPolicy.guardrails.map(({ name }) => name));
  const guardrails = manifest.value.rollout?.guardrails ?? [];
  assert.ok(guardrails.length > usual.size, "the usual ones stay");
  return guardrails.filter(({ name }) => !usual.has(name));
}

const usual = { ratio: 1.5, absolute: 0.005 };

// oxfmt-ignore
const good: readonly (readonly [claim: string, rollout: string, expected: unknown])[] = [
  ["counters of the app", "guardrails:\n  checkout:\n    otlp: { events: payment_failures, of: payments }\n", [{ name: "checkout", tolerance: usual, metric: { from: "otlp", events: "payment_failures", sample: "payments" } }]],
  ["the arm's requests as the sample", "guardrails: { checkout: { otlp: { events: payment_failures } } }", [{ name: "checkout", tolerance: usual, metric: { from: "otlp", events: "payment_failures" } }]],
  ["attributes", `guardrails: { checkout: { otlp: { events: 'payments{outcome="failed"}', of: payments }, tolerance: 2 } }`, [{ name: "checkout", tolerance: { ratio: 2, absolute: 0.005 }, metric: { from: "otlp", events: `payments{outcome="failed"}`, sample: "payments" } }]],
  ["good events", "guardrails: { orders: { otlp: { events: orders, of: visits }, worse: lower } }", [{ name: "orders", tolerance: { ratio: 1.05, absolute: 0.02 }, metric: { from: "otlp", events: "orders", sample: "visits", worse: "lower" } }]],
  ["queries", `guardrails:\n  checkout:\n    prometheus:\n      server: main\n      events: sum(f{release="$release"})\n      of: sum(p{release="$release"})\n    tolerance: { ratio: 1.2, absolute: 0.01 }\n`, [{ name: "checkout", tolerance: { ratio: 1.2, absolute: 0.01 }, metric: { from: "prometheus", events: `sum(f{release="$release"})`, sample: `sum(p{release="$release"})`, server: "main" } }]],
  ["probes", "probes:\n  - { path: /, every: 1s }\n  - { path: /checkout, expect: { status: 204 }, timeout: 500ms }\n", [{ name: "probes", tolerance: usual, metric: { from: "probes", events: "failed", sample: "asked" } }]],
  ["probes with a tolerance", "probes: { requests: [{ path: / }], tolerance: 3 }", [{ name: "probes", tolerance: { ratio: 3, absolute: 0.005 }, metric: { from: "probes", events: "failed", sample: "asked" } }]],
];
for (const [claim, rollout, expected] of good) {
  test(`a manifest names guardrails of its own: ${claim}`, () => {
    assert.deepEqual(own(rollout), expected);
  });
}

test("probes have a rate, a time-out and a status of their own, or the usual ones", () => {
  const manifest = read(
    "probes:\n  - path: /\n  - { path: /a, every: 1s, timeout: 1s, expect: { status: 204 } }\n",
  );
  assert.deepEqual(manifest.ok && manifest.value.rollout?.probes, [
    { path: "/", everyMs: 5_000, timeoutMs: 2_000 },
    { path: "/a", everyMs: 1_000, timeoutMs: 1_000, expectStatus: 204 },
  ]);
});

const many = (count: number): string =>
  `guardrails:\n${Array.from({ length: count }, (_, index) => `  g${index}: { otlp: { events: e } }\n`).join("")}`;
const probes = (count: number): string => `probes:\n${"  - { path: / }\n".repeat(count)}`;

test("as many guardrails and probes as are allowed are read", () => {
  assert.equal(read(many(customGuardrailsMax)).ok, true);
  assert.equal(read(probes(probesMax)).ok, true);
});

// oxfmt-ignore
const bad: readonly (readonly [claim: string, rollout: string, line: number, expected: RegExp])[] = [
  ["a misspelt guardrail", "guardrails:\n  latency: { tolerance: 2 }\n  erors: { tolerance: 2 }\n", 4, /did you mean errors/],
  ["no counters", "guardrails:\n  checkout:\n    worse: higher\n", 4, /otlp or prometheus/],
  ["both", `guardrails:\n  checkout: { otlp: { events: a }, prometheus: { events: 'a{b="$release"}', of: 'a{b="$release"}' } }\n`, 3, /not both/],
  ["no events", "guardrails:\n  checkout: { otlp: { of: payments } }\n", 3, /events: the counter/],
  ["a counter that is none", "guardrails:\n  checkout:\n    otlp:\n      events: sum(payments)\n", 5, /name of a counter/],
  ["a query of one number for both arms", "guardrails:\n  checkout:\n    prometheus:\n      events: sum(payments)\n      of: sum(payments)\n", 5, /\$release or \$instance/],
  ["a query without its sample", `guardrails:\n  checkout:\n    prometheus: { events: 'sum(a{release="$release"})' }\n`, 4, /of: the query/],
  ["an address for Prometheus", "guardrails:\n  checkout:\n    prometheus:\n      url: http://169.254.169.254\n", 5, /events, of or server/],
  ["an address as a server", "guardrails:\n  checkout:\n    prometheus:\n      server: http://169.254.169.254\n", 5, /a server's name/],
  ["fewer orders of requests that came later", "guardrails:\n  orders: { otlp: { events: orders }, worse: lower }\n", 3, /of: with worse: lower/],
  ["a name that is taken", "guardrails:\n  probes: { otlp: { events: a } }\n", 3, /other than errors/],
  ["a name with capitals", "guardrails:\n  Checkout: { otlp: { events: a } }\n", 3, /a name of a-z/],
  ["one guardrail too many", many(customGuardrailsMax + 1), 3, /at most 10/],
  ["an endless name", `guardrails:\n  a: { otlp: { events: ${"e".repeat(metricExpressionCharsMax + 1)} } }\n`, 3, /at most 2000/],
  ["a probe without a path", "probes:\n  - { every: 1s }\n", 3, /path: what is asked/],
  ["a probe of another host", "probes:\n  - { path: 'http://other/' }\n", 3, /starts with \//],
  ["a probe too often", "probes:\n  - { path: /, every: 100ms }\n", 3, /at least 500ms/],
  ["a status that is none", "probes:\n  - { path: /, expect: { status: 20 } }\n", 3, /200 to 599/],
  ["a status that ends no answer", "probes:\n  - { path: /, expect: { status: 101 } }\n", 3, /200 to 599/],
  ["one probe too many", probes(probesMax + 1), 3, /at most 8/],
];
for (const [claim, rollout, line, expected] of bad) {
  test(`a manifest is refused with the line: ${claim}`, () => {
    const manifest = read(rollout);
    assert.ok(!manifest.ok);
    assert.equal(manifest.error.file, "tidegate.yaml");
    assert.match(manifest.error.expected, expected);
    assert.equal(manifest.error.line, line);
  });
}
