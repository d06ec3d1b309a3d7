import { totals } from "./totals.js";

/** Turns a cart into an order. */
export function checkout(lines, orderNumber) {
  const { grossCents } = totals(lines);
  return { order: `A-${String(orderNumber).padStart(6, "0")}`, grossCents };
}
