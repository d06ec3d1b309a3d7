import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type InstanceId,
  newId,
  parseMetricSelector,
  promQueryProblem,
  renderPromQuery,
} from "#domain";

// oxfmt-ignore
const selectors: readonly (readonly [string, unknown])[] = [
  ["payments", { name: "payments", where: {} }],
  ["shop.payments/failed-1", { name: "shop.payments/failed-1", where: {} }],
  [`payments{outcome="failed"}`, { name: "payments", where: { outcome: "failed" } }],
  [`payments{ outcome = "failed", http.route="/pay" }`, { name: "payments", where: { outcome: "failed", "http.route": "/pay" } }],
  [`payments{__proto__="x"}`, { name: "payments", where: Object.fromEntries([["__proto__", "x"]]) }],
  [`payments{}`, { name: "payments", where: {} }],
  ["", undefined],
  ["1payments", undefined],
  ["payments{outcome=failed}", undefined],
  [`payments{outcome="failed"`, undefined],
  [`payments{outcome="a"b"}`, undefined],
  [`sum(payments)`, undefined],
];
for (const [text, expected] of selectors) {
  test(`a selector is read or refused: ${text}`, () => {
    const read = parseMetricSelector(text);
    assert.deepEqual(read.ok ? read.value : undefined, expected);
  });
}

// oxfmt-ignore
const queries: readonly (readonly [string, RegExp | undefined])[] = [
  [`sum(payments_total{release="$release"})`, undefined],
  [`sum(payments_total{instance=~"$instance",app='$app'})`, undefined],
  [`sum(payments_total{path=~"/pay$",release=\`$release\`})`, undefined],
  [`sum(payments_total{note="a \\" $release"})`, undefined],
  [`sum(payments_total)`, /\$release or \$instance/],
  [`sum(payments_total{app="$app"})`, /\$release or \$instance/],
  [`sum(payments_total{release=$release})`, /inside quoted/],
  [`sum(payments_$release{release="$release"})`, /inside quoted/],
  [`sum(payments_total{release="$release",env="$env"})`, /not \$env/],
  [`sum(payments_total{release="$release)`, /quotes are closed/],
];
for (const [query, expected] of queries) {
  test(`a query is good or its problem is said: ${query}`, () => {
    const problem = promQueryProblem(query);
    if (expected === undefined) assert.equal(problem, undefined);
    else assert.match(problem ?? "", expected);
  });
}

test("a query is rendered with the arm's names, and matches nothing when it has no instance", () => {
  const instances: readonly InstanceId[] = [newId("ins", () => 0), newId("ins", () => 0.5)];
  const names = { app: "shop", release: "v12", instances };
  const query = `a{r="$release",i=~"$instance",a="$app",x="5$"}`;
  const [one, two] = instances;
  assert.equal(renderPromQuery(query, names), `a{r="v12",i=~"${one}|${two}",a="shop",x="5$"}`);
  assert.equal(
    renderPromQuery(query, { ...names, instances: [] }),
    `a{r="v12",i=~"none",a="shop",x="5$"}`,
  );
});
