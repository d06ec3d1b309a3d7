/**
 * Strict shapes for a located document: each reader accepts one form and says what it expected of
 * anything else. Unknown keys are refused with the nearest known one, because a misspelt key that
 * is ignored looks like a setting that does not work. A reader carries its JSON Schema, so that what is
 * published about a format is what reads it.
 */
import { parseDurationMs } from "./duration.ts";
import type { Json } from "./json.ts";
import { assert } from "./assert.ts";
import { locatedJson, type Located, type Mismatch } from "./located.ts";
import { err, ok, type Result } from "./result.ts";

export type JsonSchema = Readonly<Record<string, Json>>;

/** Reads one value; `field` is its path, "rollout.warm". */
export interface Reader<T> {
  (node: Located, field: string): Result<T, Mismatch>;
  readonly schema: JsonSchema;
}
/** What a reader gives. */
export type Out<R> = R extends Reader<infer T> ? T : never;

/** A form of one's own, with the JSON Schema that says the same. */
export function reader<T>(
  schema: JsonSchema,
  read: (node: Located, field: string) => Result<T, Mismatch>,
): Reader<T> {
  return Object.assign(read, { schema });
}

/** The same form with a sentence for its readers. */
export function described<T>(description: string, form: Reader<T>): Reader<T> {
  return reader({ description, ...form.schema }, (node, field) => form(node, field));
}

/** A form with what is meant where nothing is written, itself as it would be written. */
export interface Defaulted<T> extends Reader<T> {
  readonly fallback: T;
}

export function defaulted<T>(written: Json, form: Reader<T>): Defaulted<T> {
  const read = form(locatedJson(written, 0), "");
  assert(read.ok, "a default has the form that it stands for");
  const same = reader({ ...form.schema, default: written }, (node, field) => form(node, field));
  return Object.assign(same, { fallback: read.value });
}

/** The same form, read as something else. */
export function converted<T, U>(form: Reader<T>, convert: (value: T) => U): Reader<U> {
  return reader(form.schema, (node, field) => {
    const read = form(node, field);
    return read.ok ? ok(convert(read.value)) : read;
  });
}

export function text(expected: string, pattern = /^[^\0]{1,4096}$/s): Reader<string> {
  return reader({ type: "string", pattern: pattern.source }, (node, field) =>
    node.kind === "scalar" && typeof node.value === "string" && pattern.test(node.value)
      ? ok(node.value)
      : refuse(node, field, expected),
  );
}

export const flag: Reader<boolean> = reader({ type: "boolean" }, (node, field) =>
  node.kind === "scalar" && typeof node.value === "boolean"
    ? ok(node.value)
    : refuse(node, field, "true or false"),
);

/** `false` and nothing else: `true` would say that there is something without saying what. */
export const off: Reader<false> = reader({ const: false }, (node, field) =>
  node.kind === "scalar" && node.value === false ? ok(false) : refuse(node, field, "false"),
);

/** A number in [least, most]; with the unit `%` it may also be written `50%`. */
export function amount(
  range: { readonly least: number; readonly most: number; readonly isWhole?: boolean },
  unit = "",
): Reader<number> {
  const { least, most, isWhole = false } = range;
  const expected = `${isWhole ? "a whole number" : "a number"} from ${least} to ${most}${unit}`;
  const number = { type: isWhole ? "integer" : "number", minimum: least, maximum: most };
  const schema = unit === "%" ? { anyOf: [number, percentSchema] } : number;
  return reader(schema, (node, field) => {
    const value = node.kind === "scalar" ? numberOf(node.value, unit) : undefined;
    const isFit =
      value !== undefined &&
      value >= least &&
      value <= most &&
      (!isWhole || Number.isInteger(value));
    return isFit ? ok(value) : refuse(node, field, expected);
  });
}

/** A share of a whole in [least, most], 0.05 or "5%". */
export function share(
  range: { readonly least: number; readonly most: number } = wholly,
): Reader<number> {
  const { least, most } = range;
  const expected = `a share from ${least} to ${most}, such as 0.05 or 5%`;
  const number = { type: "number", minimum: least, maximum: most };
  return reader({ anyOf: [number, percentSchema] }, (node, field) => {
    const found = node.kind === "scalar" ? node.value : undefined;
    const value = typeof found === "string" ? percentOf(found) : numberOf(found, "");
    return value !== undefined && value >= least && value <= most
      ? ok(value)
      : refuse(node, field, expected);
  });
}

const wholly = { least: 0, most: 1 };
const percentPattern = /^(\d{1,9}(?:\.\d{1,12})?)\s*%$/;
const percentSchema = { type: "string", pattern: percentPattern.source };

function numberOf(value: unknown, unit: string): number | undefined {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (unit !== "%" || typeof value !== "string") return undefined;
  const match = percentPattern.exec(value);
  return match === null ? undefined : Number(match[1]);
}

/** `5%` as 0.05, with no more digits than it was written with. */
function percentOf(written: string): number | undefined {
  const match = percentPattern.exec(written);
  return match === null ? undefined : Number(`${match[1]}e-2`);
}

export function duration(mostMs: number, leastMs = 0): Reader<number> {
  const schema = { type: "string", pattern: "^\\d+(\\.\\d+)?(ms|s|m|h|d)$" };
  return reader(schema, (node, field) => {
    const parsed =
      node.kind === "scalar" && typeof node.value === "string"
        ? parseDurationMs(node.value)
        : err("a duration such as 500ms, 30s, 10m, 1h or 2d");
    if (!parsed.ok) return refuse(node, field, parsed.error);
    if (parsed.value < leastMs) return refuse(node, field, `at least ${leastMs}ms`);
    if (parsed.value <= mostMs) return ok(parsed.value);
    return refuse(node, field, `at most ${Math.round(mostMs / 1000)}s`);
  });
}

export function oneOf<const T extends string>(choices: readonly T[]): Reader<T> {
  return reader({ enum: choices }, (node, field) => {
    const found = choices.find((choice) => node.kind === "scalar" && node.value === choice);
    return found === undefined ? refuse(node, field, orList(choices)) : ok(found);
  });
}

export function either<A, B>(first: Reader<A>, second: Reader<B>): Reader<A | B> {
  return reader<A | B>({ anyOf: [first.schema, second.schema] }, (node, field) => {
    const a = first(node, field);
    if (a.ok) return a;
    const b = second(node, field);
    if (b.ok) return b;
    // A map that the second reader knows how to read deserves its more precise complaint.
    return node.kind === "map"
      ? b
      : refuse(node, field, `${a.error.expected}, or ${b.error.expected}`);
  });
}

export function listOf<T>(item: Reader<T>, itemsMax = 100): Reader<readonly T[]> {
  const list = { type: "array", items: item.schema, maxItems: itemsMax };
  return reader({ anyOf: [list, item.schema] }, (node, field) =>
    readItems(item, { node, field, itemsMax }),
  );
}

/** A list of exactly so many. */
export function rowOf<T>(item: Reader<T>, size: number): Reader<readonly T[]> {
  const schema = { type: "array", items: item.schema, minItems: size, maxItems: size };
  return reader(schema, (node, field) =>
    node.kind === "list" && node.items.length === size
      ? readItems(item, { node, field, itemsMax: size })
      : refuse(node, field, `a list of ${size}`),
  );
}

function readItems<T>(
  item: Reader<T>,
  at: { readonly node: Located; readonly field: string; readonly itemsMax: number },
): Result<readonly T[], Mismatch> {
  const { node, field, itemsMax } = at;
  const items = node.kind === "list" ? node.items : [node];
  if (items.length > itemsMax) return refuse(node, field, `at most ${itemsMax} items`);
  const values: T[] = [];
  for (const [index, entry] of items.entries()) {
    const read = item(entry, `${field}[${index}]`);
    if (!read.ok) return read;
    values.push(read.value);
  }
  return ok(values);
}

export function mapOf<T>(
  key: { readonly pattern: RegExp; readonly expected: string },
  value: Reader<T>,
  entriesMax = 100,
): Reader<Readonly<Record<string, T>>> {
  const schema = {
    type: "object",
    propertyNames: { pattern: key.pattern.source },
    additionalProperties: value.schema,
    maxProperties: entriesMax,
  };
  return reader(schema, (node, field) => {
    if (node.kind !== "map") return refuse(node, field, `a map from ${key.expected}`);
    if (node.entries.length > entriesMax)
      return refuse(node, field, `at most ${entriesMax} entries`);
    const values = new Map<string, T>();
    for (const entry of node.entries) {
      if (!key.pattern.test(entry.key)) {
        const named = `${field}.${entry.key}`;
        return err(wrong(entry.line, { field: named, found: entry.key, expected: key.expected }));
      }
      const read = value(entry.value, `${field}.${entry.key}`);
      if (!read.ok) return read;
      values.set(entry.key, read.value);
    }
    return ok(Object.fromEntries(values));
  });
}

type Shape = Readonly<Record<string, Reader<unknown>>>;
/** Keys that are always there: required, or with a default. */
type Sure<S extends Shape, R extends keyof S> =
  | R
  | { [K in keyof S]: S[K] extends Defaulted<unknown> ? K : never }[keyof S];
type ObjectOf<S extends Shape, R extends keyof S> = {
  readonly [K in Sure<S, R>]: Out<S[K]>;
} & { readonly [K in Exclude<keyof S, Sure<S, R>>]?: Out<S[K]> };

interface ObjectReader<S extends Shape, R extends keyof S> extends Reader<ObjectOf<S, R>> {
  /** The readers of its members. */
  readonly members: S;
}

/**
 * A map with these keys and no others, each of them optional but for those in `required`; what has a default
 * is there.
 */
export function object<S extends Shape, R extends keyof S & string = never>(
  shape: S,
  required: readonly R[] = [],
): ObjectReader<S, R> {
  const keys = Object.keys(shape);
  const schema: JsonSchema = {
    type: "object",
    properties: Object.fromEntries(Object.entries(shape).map(([key, form]) => [key, form.schema])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
  const whole = reader<ObjectOf<S, R>>(schema, (node, field) => {
    if (node.kind !== "map") return refuse(node, field, `a map with ${orList(keys)}`);
    const values: Record<string, unknown> = {};
    for (const entry of node.entries) {
      const form = Object.hasOwn(shape, entry.key) ? shape[entry.key] : undefined;
      const path = field === "" ? entry.key : `${field}.${entry.key}`;
      if (form === undefined) {
        return err(
          wrong(entry.line, { field: path, found: entry.key, expected: nearest(entry.key, keys) }),
        );
      }
      const read = form(entry.value, path);
      if (!read.ok) return read;
      values[entry.key] = read.value;
    }
    for (const [key, form] of Object.entries(shape)) {
      if ("fallback" in form && !Object.hasOwn(values, key)) values[key] = form.fallback;
    }
    const missing = required.find((key) => !Object.hasOwn(values, key));
    if (missing !== undefined) return refuseMissing(node, field, missing);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each key was read by its own reader
    return ok(values as ObjectOf<S, R>);
  });
  return Object.assign(whole, { members: shape });
}

function refuseMissing(node: Located, field: string, key: string): Result<never, Mismatch> {
  const path = field === "" ? key : `${field}.${key}`;
  return err(wrong(node.line, { field: path, found: "nothing", expected: `the key ${key}` }));
}

export function refuse(node: Located, field: string, expected: string): Result<never, Mismatch> {
  return err(wrong(node.line, { field, found: renderFound(node), expected }));
}

function wrong(
  line: number,
  what: { readonly field: string; readonly found: string; readonly expected: string },
): Mismatch {
  const { field, found, expected } = what;
  // Both may hold a key of the input, as long as it likes.
  return {
    code: "invalid_input",
    line,
    field: field.slice(0, 200),
    found: found.slice(0, 100),
    expected,
  };
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
