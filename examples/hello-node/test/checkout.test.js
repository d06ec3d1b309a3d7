import assert from "node:assert/strict";
import { test } from "node:test";
import { checkout } from "../lib/checkout.js";

test("an order has a number and what it costs", () => {
  const order = checkout([{ priceCents: 1000, quantity: 1 }], 7);
  assert.deepEqual(order, { order: "A-000007", grossCents: 1190 });
});
