/** Money, in whole cents. */
const taxPercent = 19;

/** Adds up a cart: lines of { priceCents, quantity }. */
export function totals(lines) {
  const netCents = lines.reduce((sum, line) => sum + line.priceCents * line.quantity, 0);
  const taxCents = Math.floor((netCents * taxPercent) / 100);
  return { netCents, taxCents, grossCents: netCents + taxCents };
}

/** Renders cents for people: 1234 is "12.34 €". */
export function formatCents(cents) {
  return `${(cents / 100).toFixed(2)} €`;
}
