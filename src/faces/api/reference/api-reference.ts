/** The reference of the API as Markdown, from the table of routes that is served. */
import { z } from "zod";
import { routes, type RouteSpec } from "#faces/api/contract";

export function apiReference(): string {
  const entries = Object.entries<RouteSpec>(routes);
  const groups = [...new Set(entries.map(([key]) => groupOf(key)))];
  const parts = [
    "# The API",
    "<!-- Made from the contract by: npm run docs -->",
    "JSON over HTTP under `/api/v1`. A running instance serves the same as an OpenAPI document at `/api/v1/openapi.json`. Instants are epoch milliseconds in UTC, durations milliseconds, ratios 0 to 1.",
    "A request says who it is with `Authorization: Bearer TOKEN`. Whatever fails is a problem by RFC 9457, whose `code` and `next` are ours: see [errors](errors.md). A stream is Server-Sent Events; it is taken up where it broke off with `Last-Event-ID`, and `event: end` says that no more will come.",
    ...groups.flatMap((group) => [
      `## ${group}`,
      ...entries
        .filter(([key]) => groupOf(key) === group)
        .flatMap(([key, spec]) => section(key, spec)),
    ]),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** "/api/v1/apps/:app/config" belongs to "apps". */
function groupOf(key: string): string {
  return /\/api\/v1\/([a-z-]+)/.exec(key)?.[1] ?? "";
}

function section(key: string, spec: RouteSpec): readonly string[] {
  const inputs = [
    ["path", spec.params],
    ["query", spec.query],
    ["body", spec.body],
  ] as const;
  const rows = inputs.flatMap(([where, schema]) =>
    schema === undefined ? [] : rowsOf(where, schema),
  );
  const answer = spec.kind === "json" ? "Answers" : "Each event is";
  return [
    `### ${key}`,
    spec.summary,
    ...(rows.length === 0
      ? []
      : [["| in | name | takes |", "| --- | --- | --- |", ...rows].join("\n")]),
    `${answer} with status ${spec.status}:`,
    `\`\`\`text\n${shapeOf(jsonSchemaOf(spec.response, "output"), "")}\n\`\`\``,
  ];
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
}

function jsonSchemaOf(schema: z.ZodType, io: "input" | "output"): Schema {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON Schema, as far as it is read here
  return z.toJSONSchema(schema, { io, reused: "inline", unrepresentable: "any" }) as Schema;
}

function rowsOf(where: string, schema: z.ZodType): readonly string[] {
  const { properties = {}, required = [] } = jsonSchemaOf(schema, "input");
  return Object.entries(properties).map(([name, value]) => {
    const usual = value.default === undefined ? "" : `; default ${JSON.stringify(value.default)}`;
    const must = required.includes(name) ? "" : " (may be left out)";
    return `| ${where} | \`${name}\` | ${wordOf(value).replaceAll("|", "\\|")}${usual}${must} |`;
  });
}

function wordOf(schema: Schema): string {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map((each) => wordOf(each)))].join(" | ");
  if (schema.enum !== undefined) return schema.enum.map((each) => JSON.stringify(each)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === "array") return `${wordOf(schema.items ?? {})}[]`;
  if (schema.type === "object") return "object";
  if (schema.type === "integer" && schema.minimum !== undefined) {
    return `whole number from ${schema.minimum} to ${schema.maximum ?? ""}`;
  }
  return typeof schema.type === "string" ? schema.type : "any";
}

/** The shape as it reads: a member a line, with `?` for what may be absent. */
function shapeOf(schema: Schema, indent: string): string {
  const { properties, required = [], items, additionalProperties } = schema;
  if (schema.type === "array" && items !== undefined) {
    const item = shapeOf(items, indent);
    return item.includes("|") && !item.startsWith("{") ? `(${item})[]` : `${item}[]`;
  }
  if (properties !== undefined) {
    const lines = Object.entries(properties).map(([name, value]) => {
      const mark = required.includes(name) ? "" : "?";
      return `${indent}  ${name}${mark}: ${shapeOf(value, `${indent}  `)}`;
    });
    return `{\n${lines.join("\n")}\n${indent}}`;
  }
  if (typeof additionalProperties === "object") {
    return `{ [name]: ${shapeOf(additionalProperties, indent)} }`;
  }
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return choices.map((each) => shapeOf(each, indent)).join(" | ");
  return wordOf(schema);
}
