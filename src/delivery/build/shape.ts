/**
 * Strict shapes for a located document: each reader accepts one form and says what it expected of
 * anything else. Unknown keys are refused with the nearest known one, because a misspelt key that
 * is ignored looks like a setting that does not work.
 */
import type { InvalidInput } from "#domain";
import { err, ok, parseDurationMs, type Result } from "#std";
import type { Located } from "./io/parse-yaml.ts";

/** Reads one value; `field` is its path, "rollout.warm". */
export type Reader<T> = (node: Located, field: string) => Result<T, InvalidInput>;
export type Out<R> = R extends Reader<infer T> ? T : never;

/** A member only where there is a value: absent and `undefined` are different things in the domain. */
export function some<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- TypeScript widens computed keys
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };
}

export function text(expected: string, pattern = /^[^\0]{1,4096}$/s): Reader<string> {
  return (node, field) =>
    node.kind === "scalar" && typeof node.value === "string" && pattern.test(node.value)
      ? ok(node.value)
      : refuse(node, field, expected);
}

export const flag: Reader<boolean> = (node, field) =>
  node.kind === "scalar" && typeof node.value === "boolean"
    ? ok(node.value)
    : refuse(node, field, "true or false");

/** `false` and nothing else: `true` would say that there is something without saying what. */
export const off: Reader<false> = (node, field) =>
  node.kind === "scalar" && node.value === false ? ok(false) : refuse(node, field, "false");

/** A number in [least, most]; with the unit `%` it may also be written `50%`. */
export function amount(
  range: { readonly least: number; readonly most: number; readonly isWhole?: boolean },
  unit = "",
): Reader<number> {
  const kind = range.isWhole === true ? "a whole number" : "a number";
  const expected = `${kind} from ${range.least} to ${range.most}${unit}`;
  return (node, field) => {
    const value = node.kind === "scalar" ? numberOf(node.value, unit) : undefined;
    const isFit =
      value !== undefined &&
      value >= range.least &&
      value <= range.most &&
      (range.isWhole !== true || Number.isInteger(value));
    return isFit ? ok(value) : refuse(node, field, expected);
  };
}

function numberOf(value: unknown, unit: string): number | undefined {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (unit !== "%" || typeof value !== "string") return undefined;
  const match = /^(\d+(?:\.\d+)?)\s*%$/.exec(value);
  return match === null ? undefined : Number(match[1]);
}

export function duration(mostMs: number): Reader<number> {
  return (node, field) => {
    const parsed =
      node.kind === "scalar" && typeof node.value === "string"
        ? parseDurationMs(node.value)
        : err("a duration such as 500ms, 30s, 10m, 1h or 2d");
    if (!parsed.ok) return refuse(node, field, parsed.error);
    if (parsed.value <= mostMs) return ok(parsed.value);
    return refuse(node, field, `at most ${Math.round(mostMs / 1000)}s`);
  };
}

export function oneOf<const T extends string>(choices: readonly T[]): Reader<T> {
  return (node, field) => {
    const found = choices.find((choice) => node.kind === "scalar" && node.value === choice);
    return found === undefined ? refuse(node, field, orList(choices)) : ok(found);
  };
}

export function either<A, B>(first: Reader<A>, second: Reader<B>): Reader<A | B> {
  return (node, field) => {
    const a = first(node, field);
    if (a.ok) return a;
    const b = second(node, field);
    if (b.ok) return b;
    // A map that the second reader knows how to read deserves its more precise complaint.
    return node.kind === "map"
      ? b
      : refuse(node, field, `${a.error.expected}, or ${b.error.expected}`);
  };
}

export function listOf<T>(item: Reader<T>, itemsMax = 100): Reader<readonly T[]> {
  return (node, field) => {
    const items = node.kind === "list" ? node.items : [node];
    if (items.length > itemsMax) return refuse(node, field, `at most ${itemsMax} items`);
    const values: T[] = [];
    for (const [index, entry] of items.entries()) {
      const read = item(entry, `${field}[${index}]`);
      if (!read.ok) return read;
      values.push(read.value);
    }
    return ok(values);
  };
}

export function mapOf<T>(
  key: { readonly pattern: RegExp; readonly expected: string },
  value: Reader<T>,
  entriesMax = 100,
): Reader<Readonly<Record<string, T>>> {
  return (node, field) => {
    if (node.kind !== "map") return refuse(node, field, `a map from ${key.expected}`);
    if (node.entries.length > entriesMax)
      return refuse(node, field, `at most ${entriesMax} entries`);
    const values = new Map<string, T>();
    for (const entry of node.entries) {
      if (!key.pattern.test(entry.key)) {
        return err(wrong(entry.line, { field, found: entry.key, expected: key.expected }));
      }
      const read = value(entry.value, `${field}.${entry.key}`);
      if (!read.ok) return read;
      values.set(entry.key, read.value);
    }
    return ok(Object.fromEntries(values));
  };
}

/** A map with these keys and no others, each of them optional. */
export function object<S extends Readonly<Record<string, Reader<unknown>>>>(
  shape: S,
): Reader<{ readonly [K in keyof S]?: Out<S[K]> }> {
  const keys = Object.keys(shape);
  return (node, field) => {
    if (node.kind !== "map") return refuse(node, field, `a map with ${orList(keys)}`);
    const values: Record<string, unknown> = {};
    for (const entry of node.entries) {
      const reader = Object.hasOwn(shape, entry.key) ? shape[entry.key] : undefined;
      const path = field === "" ? entry.key : `${field}.${entry.key}`;
      if (reader === undefined) {
        return err(
          wrong(entry.line, { field: path, found: entry.key, expected: nearest(entry.key, keys) }),
        );
      }
      const read = reader(entry.value, path);
      if (!read.ok) return read;
      values[entry.key] = read.value;
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each key was read by its own reader
    return ok(values as { readonly [K in keyof S]?: Out<S[K]> });
  };
}

export function refuse(
  node: Located,
  field: string,
  expected: string,
): Result<never, InvalidInput> {
  return err(wrong(node.line, { field, found: renderFound(node), expected }));
}

function wrong(
  line: number,
  what: { readonly field: string; readonly found: string; readonly expected: string },
): InvalidInput {
  return { code: "invalid_input", line, ...what };
}

function renderFound(node: Located): string {
  if (node.kind !== "scalar") return `a ${node.kind}`;
  return node.value === null || node.value === undefined
    ? "nothing"
    : JSON.stringify(node.value).slice(0, 100);
}

function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** Names the known key that a misspelt one comes closest to, else all of them. */
function nearest(word: string, known: readonly string[]): string {
  const ranked = known
    .map((candidate) => ({
      candidate,
      edits: editDistance(word.toLowerCase(), candidate.toLowerCase()),
    }))
    .toSorted((a, b) => a.edits - b.edits);
  const [best] = ranked;
  if (best !== undefined && best.edits <= Math.max(2, Math.floor(best.candidate.length / 3))) {
    return `a known key; did you mean ${best.candidate}?`;
  }
  return `one of the keys ${orList(known)}`;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      const substitution = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
