/** The parts of package.json that a plan rests on. What has the wrong type is treated as absent. */
import type { InvalidInput } from "#domain";
import { err, ok, type Result } from "#std";

export interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly main?: string;
  /** "pnpm@9.1.0". */
  readonly packageManager?: string;
  readonly scripts: Readonly<Record<string, string>>;
  /** Names of all dependencies of every kind. */
  readonly dependencies: ReadonlySet<string>;
  readonly hasWorkspaces: boolean;
}

export function parsePackageJson(source: string): Result<PackageJson, InvalidInput> {
  const value = parseJson(source.replace(/^\uFEFF/, ""));
  if (!isRecord(value)) {
    const expected = "a JSON object";
    return err({ code: "invalid_input", field: "package.json", file: "package.json", expected });
  }
  const groups = ["dependencies", "devDependencies", "optionalDependencies"];
  const dependencies = new Set(groups.flatMap((group) => Object.keys(stringsOf(value[group]))));
  const { name, version, main, packageManager } = stringsOf(value);
  return ok({
    name: name ?? "",
    version: version ?? "",
    ...(main !== undefined && { main: main.replace(/^\.\//, "") }),
    ...(packageManager !== undefined && { packageManager }),
    scripts: stringsOf(value["scripts"]),
    dependencies,
    hasWorkspaces: value["workspaces"] !== undefined,
  });
}

function parseJson(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return undefined; // the caller says what was expected; JSON's own words name no line
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function stringsOf(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) return {};
  const strings = Object.entries(value).flatMap(([key, member]) =>
    typeof member === "string" ? [[key, member] as const] : [],
  );
  return Object.fromEntries(strings);
}
