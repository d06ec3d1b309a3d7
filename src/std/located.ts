/** Values from a document together with the line they stand on, so that a wrong one can be pointed at. */

export type Located =
  | { readonly kind: "scalar"; readonly line: number; readonly value: unknown }
  | { readonly kind: "list"; readonly line: number; readonly items: readonly Located[] }
  | { readonly kind: "map"; readonly line: number; readonly entries: readonly LocatedEntry[] };

export interface LocatedEntry {
  readonly key: string;
  readonly line: number;
  readonly value: Located;
}

/** Something in a document that is not what it must be; an operating error of any room that reads one. */
export interface Mismatch {
  readonly code: "invalid_input";
  readonly field: string;
  /** Completes the sentence "expected …". */
  readonly expected: string;
  readonly found?: string;
  readonly file?: string;
  readonly line?: number;
}

const depthMax = 16;

/**
 * A parsed JSON value as a document whose every value stands on `line`. What is nested deeper than any form
 * reads is left out, so that no input can exhaust the stack.
 */
export function locatedJson(value: unknown, line: number, depth = 0): Located {
  if (typeof value !== "object" || value === null) return { kind: "scalar", line, value };
  if (depth > depthMax) return { kind: "scalar", line, value: undefined };
  const inside = (item: unknown) => locatedJson(item, line, depth + 1);
  if (Array.isArray(value)) return { kind: "list", line, items: value.map(inside) };
  const entries = Object.entries(value).map(([key, entry]: [string, unknown]) => ({
    key,
    line,
    value: inside(entry),
  }));
  return { kind: "map", line, entries };
}
