/** A member only where there is a value: absent and `undefined` are different things in the domain. */
export function some<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- TypeScript widens computed keys
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };
}
