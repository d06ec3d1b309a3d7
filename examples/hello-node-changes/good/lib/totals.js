/** Money, in whole cents. */
const taxPercent = 19;
const amounts = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** Adds up a cart: lines of { priceCents, quantity }. */
export function totals(lines) {
  const netCents = lines.reduce((sum, line) => sum + line.priceCents * line.quantity, 0);
  const taxCents = Math.round((netCents * taxPercent) / 100);
  return { netCents, taxCents, grossCents: netCents + taxCents };
}

/** Renders cents for people: 123456 is "1,234.56 €". */
export function formatCents(cents) {
  return `${amounts.format(cents / 100)} €`;
}
