import assert from "node:assert/strict";
import { test } from "node:test";
import { formatCents, totals } from "../lib/totals.js";

test("an empty cart costs nothing", () => {
  assert.deepEqual(totals([]), { netCents: 0, taxCents: 0, grossCents: 0 });
});

test("totals count every piece and add the tax", () => {
  const lines = [
    { priceCents: 1000, quantity: 2 },
    { priceCents: 500, quantity: 1 },
  ];
  assert.deepEqual(totals(lines), { netCents: 2500, taxCents: 475, grossCents: 2975 });
});

test("totals round half a cent up", () => {
  assert.equal(totals([{ priceCents: 50, quantity: 1 }]).taxCents, 10);
});

test("amounts have two decimals", () => {
  assert.equal(formatCents(1205), "12.05 €");
});
