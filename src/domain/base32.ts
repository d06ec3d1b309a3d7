/** Crockford base 32: no i, l, o, u to misread. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** The first digits of a number in hex, 5 bits each. */
export function base32(hex: string, digits: number): string {
  const bits = Array.from(hex, (digit) => Number.parseInt(digit, 16).toString(2).padStart(4, "0"));
  const all = bits.join("").padEnd(digits * 5, "0");
  return Array.from({ length: digits }, (_, index) => {
    const value = Number.parseInt(all.slice(index * 5, index * 5 + 5), 2);
    return alphabet[value] ?? "";
  }).join("");
}
