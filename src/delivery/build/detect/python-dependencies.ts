/** Where a Python project says what it needs, and the names in it. */
import { parseToml } from "../io/parse-toml.ts";
import type { InvalidInput } from "#domain";
import { ok, type Result } from "#std";
import type { Files } from "../files.ts";

export interface PythonDependencies {
  readonly kind: "pip" | "uv" | "poetry" | "pyproject";
  /** The file that decided. */
  readonly file: string;
  readonly inputs: readonly string[];
  /** For pip, the files; for pyproject, the requirements themselves. */
  readonly requirements: readonly string[];
  /** Normalised names (PEP 503) of direct dependencies, and for a lock of all. */
  readonly names: ReadonlySet<string>;
}

const testRequirements = [
  "requirements-dev.txt",
  "requirements-test.txt",
  "dev-requirements.txt",
  "test-requirements.txt",
  "requirements/dev.txt",
  "requirements/test.txt",
];
const requirementsFiles = [
  "requirements.txt",
  "requirements/prod.txt",
  "requirements/production.txt",
  "requirements/base.txt",
];

export async function pythonDependencies(
  files: Files,
): Promise<Result<PythonDependencies | undefined, InvalidInput>> {
  for (const [lockfile, kind] of [
    ["uv.lock", "uv"],
    ["poetry.lock", "poetry"],
  ] as const) {
    const lock = await files.text(lockfile);
    if (lock === undefined || !files.has("pyproject.toml")) continue;
    const names = new Set(
      [...lock.matchAll(/^name = "([^"]+)"$/gm)].map(([, name = ""]) => normalised(name)),
    );
    const inputs = files.paths.filter((path) => /(?:^|\/)pyproject\.toml$/.test(path));
    return ok({ kind, file: lockfile, inputs: [...inputs, lockfile], requirements: [], names });
  }
  const requirements = files.first(requirementsFiles);
  if (requirements !== undefined) return ok(await fromRequirements(files, requirements));
  return await fromPyproject(files);
}

async function fromRequirements(files: Files, file: string): Promise<PythonDependencies> {
  const main = await files.text(file);
  const names = namesIn(main ?? "");
  const chosen = [file];
  const inputs = files.paths.filter((path) =>
    /(?:^|\/)(?:requirements|constraints)[^/]*\.txt$|^requirements\//.test(path),
  );
  // The tests' own requirements are installed where they bring the runner; they end in the artifact.
  if (!names.has("pytest")) {
    for (const candidate of testRequirements) {
      const extra = namesIn((await files.text(candidate)) ?? "");
      if (!extra.has("pytest")) continue;
      chosen.push(candidate);
      for (const name of extra) names.add(name);
      break;
    }
  }
  const all = [...new Set([...chosen, ...inputs])].toSorted();
  return { kind: "pip", file, inputs: all, requirements: chosen, names };
}

async function fromPyproject(
  files: Files,
): Promise<Result<PythonDependencies | undefined, InvalidInput>> {
  const source = await files.text("pyproject.toml");
  if (source === undefined) return ok(undefined);
  const document = parseToml(source, "pyproject.toml");
  if (!document.ok) return document;
  const project = record(document.value["project"]);
  const groups = {
    ...record(project["optional-dependencies"]),
    ...record(document.value["dependency-groups"]),
  };
  const wanted = ["dev", "test", "tests"].flatMap((name) => strings(groups[name]));
  const poetry = record(record(document.value["tool"])["poetry"]);
  const requirements = [
    ...strings(project["dependencies"]),
    ...wanted,
    ...poetryRequirements(record(poetry["dependencies"])),
    ...poetryTestGroups(poetry).flatMap((group) => poetryRequirements(group)),
  ].filter((one) => !one.startsWith("-"));
  if (requirements.length === 0) return ok(undefined);
  return ok({
    kind: "pyproject",
    file: "pyproject.toml",
    inputs: ["pyproject.toml"],
    requirements,
    names: namesIn(requirements.join("\n")),
  });
}

/** Where Poetry keeps what tests need: in groups, or under its older name. */
function poetryTestGroups(
  poetry: Readonly<Record<string, unknown>>,
): readonly Readonly<Record<string, unknown>>[] {
  const groups = record(poetry["group"]);
  const named = ["dev", "test", "tests"].map((name) =>
    record(record(groups[name])["dependencies"]),
  );
  return [record(poetry["dev-dependencies"]), ...named];
}

/** Poetry's dependencies as requirements that pip knows; one that only an extra brings is left out. */
function poetryRequirements(dependencies: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(dependencies).flatMap(([name, wanted]) => {
    const table = typeof wanted === "string" ? { version: wanted } : record(wanted);
    if (name === "python" || table["optional"] === true) return [];
    const extras = strings(table["extras"]);
    const full = extras.length === 0 ? name : `${name}[${extras.join(",")}]`;
    const { version, git } = table;
    if (typeof git === "string") return [`${full} @ git+${git}${pinOf(table)}`];
    if (typeof version !== "string" || version === "*") return [full];
    return [`${full}${version.split(",").map(comparison).join(",")}`];
  });
}

function pinOf(table: Readonly<Record<string, unknown>>): string {
  const pin = table["rev"] ?? table["tag"] ?? table["branch"];
  return typeof pin === "string" ? `@${pin}` : "";
}

/** Poetry's caret keeps the first number that is not zero; its tilde the second number, if there is one. */
function comparison(constraint: string): string {
  const text = constraint.trim();
  const [, sign = "", version = ""] = /^([\^~])(\d[\d.]*)$/.exec(text) ?? [];
  if (sign === "") return /^\d/.test(text) ? `==${text}` : text;
  const numbers = version.split(".").map(Number);
  const first = numbers.findIndex((number) => number > 0);
  const caretAt = first < 0 ? numbers.length - 1 : first;
  const at = sign === "^" ? caretAt : Math.min(1, numbers.length - 1);
  const next = [...numbers.slice(0, at), (numbers[at] ?? 0) + 1];
  return `>=${version},<${next.join(".")}`;
}

/** Names in requirement lines: before any version, extra, marker or comment. */
export function namesIn(requirements: string): Set<string> {
  const names = new Set<string>();
  for (const line of requirements.split(/\r?\n/)) {
    const name = /^\s*([A-Za-z0-9][\w.-]*)/.exec(line)?.[1];
    if (name !== undefined) names.add(normalised(name));
    // "uvicorn[standard]" is uvicorn; "fastapi[standard]" brings uvicorn with it.
    if (/^\s*fastapi\[(?:standard|all)/i.test(line)) names.add("uvicorn");
  }
  return names;
}

function normalised(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, "-");
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value));
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
