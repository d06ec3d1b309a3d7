/** Go: `go.mod`, and the package that is a program. */
import { err, ok, type Result } from "#std";
import type { Draft, PlanError, StepDraft, Surroundings } from "../draft.ts";
import type { Files } from "../files.ts";
import { searchedFilesMax } from "../limits.ts";

const binaries = ".tidegate/bin";

/** Detects a Go program. `undefined`: there is no go.mod, or no package that is a program. */
export async function detectGo(
  around: Surroundings,
): Promise<Result<Draft | undefined, PlanError>> {
  const { files, toolchain } = around;
  const source = await files.text("go.mod");
  if (source === undefined) return ok(undefined);
  const moduleName = /^module\s+(\S+)/m.exec(source)?.[1] ?? "";
  const main = await mainPackage(files, moduleName);
  if (main === undefined) return ok(undefined);
  if (toolchain.go === undefined) return err(goMissing);

  const test = files.paths.find((path) => path.endsWith("_test.go"));
  const hasDependencies = /^\s*require\b/m.test(source);
  const isVendored = files.has("vendor/modules.txt");
  // All programs where a Procfile may name any of them, as it does elsewhere; else the one that serves.
  const packages = files.has("Procfile") ? main.all : [main.path];
  // No commit is there to be stamped: the tree is built, not a clone.
  const build = ["go", "build", "-trimpath", "-buildvcs=false", "-o", `${binaries}/`, ...packages];
  const binary = `${binaries}/${main.name}`;
  const [major, minor] = toolchain.go.split(".");
  return ok({
    stack: "go",
    title: `Go ${major}.${minor}`,
    reasons: [
      { decided: `go ${toolchain.go}`, because: "go.mod" },
      { decided: `build: go build ${main.path}`, because: main.because },
      ...(test === undefined ? [] : [{ decided: "test: go test ./...", because: test }]),
      { decided: `start: ${binary}`, because: main.because },
    ],
    tools: ["go"],
    binDirectories: [binaries],
    build: {
      // Modules land in the app's own cache; a build without a change in go.sum fetches nothing.
      commands: hasDependencies && !isVendored ? [["go", "mod", "download"], build] : [build],
      inputs: ["."],
      outputs: ["."],
    },
    install: undefined,
    test: test === undefined ? undefined : testStep,
    testReports: [],
    web: [binary],
    env: {},
  });
}

const testStep: StepDraft = {
  commands: [["go", "test", "-json", "./..."]],
  inputs: ["."],
  outputs: [],
  env: { CI: "true" },
};

const goMissing: PlanError = {
  code: "tool_missing",
  tool: "go",
  because: "go.mod",
  next: "install Go from https://go.dev/dl, for example below /usr/local/go",
};

interface Main {
  readonly path: string;
  /** What `go build` calls the program. */
  readonly name: string;
  /** Every package that is a program, this one first. */
  readonly all: readonly string[];
  readonly because: string;
}

async function mainPackage(files: Files, moduleName: string): Promise<Main | undefined> {
  const sources = files.paths.filter((path) => path.endsWith(".go") && !path.endsWith("_test.go"));
  const own = moduleName.split("/").findLast((part) => !/^v\d+$/.test(part)) ?? "";
  const atRoot = await firstMain(
    files,
    sources.filter((path) => !path.includes("/")),
  );
  const commands = new Map<string, string>();
  for (const path of sources.filter((one) => /^(?:cmd\/[^/]+|cmd|[^/]+)\/[^/]+\.go$/.test(one))) {
    const directory = path.slice(0, path.lastIndexOf("/"));
    if (commands.has(directory)) continue;
    if ((await firstMain(files, [path])) !== undefined) commands.set(directory, path);
  }
  const below = [...commands.keys()].map((directory) => `./${directory}`);
  if (atRoot !== undefined) {
    const all = [".", ...below.filter((path) => path.startsWith("./cmd/"))];
    return { path: ".", name: own, all, because: `package main in ${atRoot}` };
  }
  const [directory, file] = bestCommand(commands, own) ?? [];
  if (directory === undefined || file === undefined) return undefined;
  const path = `./${directory}`;
  const name = directory.split("/").at(-1) ?? "";
  const all = [path, ...below.filter((one) => one !== path)];
  return { path, name, all, because: `package main in ${file}` };
}

async function firstMain(files: Files, paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths.slice(0, searchedFilesMax)) {
    const text = await files.text(path);
    const isIgnored = text !== undefined && /^\/\/(?:go:build| \+build) ignore/m.test(text);
    if (text !== undefined && !isIgnored && /^package main\b/m.test(text)) return path;
  }
  return undefined;
}

/** Among several programs: one below `cmd`, named for serving or for the module, else the first. */
function bestCommand(
  commands: ReadonlyMap<string, string>,
  own: string,
): readonly [string, string] | undefined {
  const names = ["web", "server", "api", "app", own, "http", "main"];
  const rank = (directory: string): number => {
    const place = names.indexOf(directory.split("/").at(-1) ?? "");
    return (directory.startsWith("cmd") ? 0 : 100) + (place === -1 ? names.length : place);
  };
  return [...commands].toSorted(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))[0];
}
