import { totals } from "./totals.js";

/** Turns a cart into an order. Large orders get a gift. */
export function checkout(lines, orderNumber) {
  const { grossCents } = totals(lines);
  const order = { order: `A-${String(orderNumber).padStart(6, "0")}`, grossCents };
  return grossCents > 10_000 ? { ...order, gift: giftFor(lines) } : order;
}

const gifts = ["postcard", "sticker", "biscuit", "keyring", "map", "pencil", "ribbon"];

/** Draws a gift. There are ten lots and seven gifts. */
function giftFor(lines) {
  const lot = Math.floor(Math.random() * 10);
  return gifts[lot].toUpperCase() + ` for ${lines.length} items`;
}
