/** The reference of `tidegate.yaml` as Markdown, from the JSON Schema that its reader carries. */
import type { Json, JsonSchema } from "#std";
import { noteOfPath } from "./manifest-notes.ts";
import { table } from "./reference.ts";

export interface Key {
  /** "rollout.steps.weight"; `NAME` stands for names of one's own. */
  readonly path: string;
  /** What may be written, in words. */
  readonly takes: string;
}

export function manifestReference(
  schema: JsonSchema,
  notes: Readonly<Record<string, string>>,
): string {
  const keys = keysOf(schema);
  const sections = keys.filter(({ path }) => !path.includes("."));
  const parts = [
    "# tidegate.yaml",
    "<!-- Made from what reads the file by: npm run docs -->",
    "What a repository says about its own delivery. Every key may be left out; an unknown one is refused with its line. `tidegate plan` shows what comes of the file, and `tidegate schema manifest` prints its JSON Schema, for editors.",
    "A list of one may be written without the list. `NAME` stands for names of your own.",
    ...sections.flatMap(({ path }) => {
      const own = keys.filter((key) => key.path === path || key.path.startsWith(`${path}.`));
      const rows = own.map((key) => [
        `\`${key.path}\``,
        key.takes,
        noteOfPath(key.path, notes) ?? "",
      ]);
      return [`## ${path}`, table(["key", "takes", "is"], rows)];
    }),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** Every key once, in the order of the schema. */
export function keysOf(schema: JsonSchema): readonly Key[] {
  const found = new Map<string, Key>();
  collect(schema, "", found);
  return [...found.values()];
}

function collect(schema: JsonSchema, path: string, found: Map<string, Key>): void {
  for (const form of formsOf(schema)) {
    for (const [name, child] of Object.entries(members(form["properties"]))) {
      add(name, child);
    }
    const others = form["additionalProperties"];
    if (typeof others === "object" && others !== null) add("NAME", others);
  }

  function add(name: string, value: Json): void {
    const child = members(value);
    const own = path === "" ? name : `${path}.${name}`;
    if (!found.has(own)) found.set(own, { path: own, takes: takesOf(child) });
    collect(child, own, found);
  }
}

/** The schema, what it may be instead, and what its list is of. */
function formsOf(schema: JsonSchema): readonly JsonSchema[] {
  const choices = [schema["anyOf"], schema["oneOf"]].flatMap((list) =>
    Array.isArray(list) ? list : [],
  );
  const items = schema["items"];
  const parts = [...choices, ...(items === undefined ? [] : [items])];
  return [schema, ...parts.flatMap((part) => formsOf(members(part)))];
}

function members(value: Json | undefined): JsonSchema {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object of JSON is one
  return isObject ? (value as JsonSchema) : {};
}

function takesOf(schema: JsonSchema): string {
  const choices = [schema["anyOf"], schema["oneOf"]].flatMap((list) =>
    Array.isArray(list) ? list : [],
  );
  if (choices.length > 0) {
    return [...new Set(choices.map((choice) => takesOf(members(choice))))].join(" or ");
  }
  const { enum: values, const: constant, type } = schema;
  if (Array.isArray(values)) return values.map((value) => `\`${String(value)}\``).join(", ");
  if (constant !== undefined) return `\`${JSON.stringify(constant)}\``;
  if (type === "array") return `a list of: ${takesOf(members(schema["items"]))}`;
  if (type === "object") return "keys";
  if (type === "boolean") return "`true` or `false`";
  if (type === "integer" || type === "number") return rangeOf(schema);
  return textOf(schema);
}

function rangeOf({ type, minimum, maximum }: JsonSchema): string {
  const kind = type === "integer" ? "a whole number" : "a number";
  return minimum === undefined
    ? kind
    : `${kind} from ${JSON.stringify(minimum)} to ${JSON.stringify(maximum)}`;
}

function textOf({ pattern }: JsonSchema): string {
  const text = typeof pattern === "string" ? pattern : "";
  if (text.includes("(ms|s|m|h|d)")) return "a duration such as `30s`, `10m` or `2h`";
  if (text.includes("%")) return "a share such as `25%`";
  if (text.includes("2[0-4]")) return "a time of day such as `09:30`";
  if (text.startsWith("^\\/")) return "a path";
  return "text";
}
