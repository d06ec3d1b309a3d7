/** npm, pnpm or yarn: which one, how it installs, and what its result depends on. */
import type { Reason } from "#domain";
import { parseCommandLine } from "../command-line.ts";
import type { StepDraft } from "../draft.ts";
import type { Files } from "../files.ts";
import type { PackageJson } from "./package-json.ts";

export interface PackageManager {
  readonly name: string;
  readonly reason: Reason;
  /** Absent when there is nothing to install. */
  readonly install?: StepDraft;
  /** Scripts of the project's own that belong after the install but read the whole tree. */
  readonly rootScripts: readonly string[];
  /** Runs a script's body in a shell in which this package manager can be called. */
  readonly shell: (body: string) => readonly string[];
}

type Name = "npm" | "pnpm" | "yarn";

interface Choice {
  readonly name: Name;
  readonly lockfile?: string;
  /** What `npm exec` fetches when the program is not npm: "pnpm@9". */
  readonly fetched?: string;
  readonly because: string;
}

/** Scripts after an install that only set up an author's git hooks. */
const gitHooks =
  /^(?:(?:is-ci|node [\w./-]+) \|\| )?(?:husky(?: install)?|simple-git-hooks|lefthook install)(?: \|\| true)?$/;
const lifecycle = ["preinstall", "install", "postinstall", "prepare"];

export async function packageManager(files: Files, manifest: PackageJson): Promise<PackageManager> {
  const choice = await choose(files, manifest);
  const scripts = lifecycle.filter((name) => {
    const body = manifest.scripts[name];
    return body !== undefined && !gitHooks.test(body.trim());
  });
  const hasWork = manifest.dependencies.size > 0 || manifest.hasWorkspaces;
  const base = { name: choice.name, shell: shellOf(choice) };
  if (!hasWork) {
    const reason = { decided: "nothing to install", because: "no dependencies in package.json" };
    return { ...base, reason, rootScripts: scripts };
  }
  const reason = { decided: choice.name, because: choice.because };
  // The project's own scripts may read any file. npm can leave them for the build, so that its
  // install depends on the lockfile alone; the others cannot, so theirs depends on the whole tree.
  const isSplit = choice.name === "npm";
  const inputs = scripts.length > 0 && !isSplit ? ["."] : installInputs(files, choice);
  const install: StepDraft = {
    commands: installCommands(choice, scripts.length > 0),
    inputs,
    outputs: moduleDirectories(files, manifest),
    env: { HUSKY: "0", CI: "true", ...(choice.name === "pnpm" && pnpmSettings) },
  };
  return { ...base, reason, install, rootScripts: isSplit ? scripts : [] };
}

// Copied, as a hard link would let an install script of one version change another's files.
const pnpmSettings = {
  npm_config_store_dir: "{cache}/pnpm",
  npm_config_package_import_method: "copy",
};

async function choose(files: Files, manifest: PackageJson): Promise<Choice> {
  const [, name, version] =
    /^(npm|pnpm|yarn)@(\d[\w.-]*)/.exec(manifest.packageManager ?? "") ?? [];
  const isDeclared = name !== undefined;
  const pnpm = await files.text("pnpm-lock.yaml");
  const yarn = await files.text("yarn.lock");
  if (name === "pnpm" || (!isDeclared && pnpm !== undefined)) {
    return choicePnpm(pnpm, version);
  }
  if (name === "yarn" || (!isDeclared && yarn !== undefined)) {
    return choiceYarn(yarn, version);
  }
  const lockfile = files.first(["package-lock.json", "npm-shrinkwrap.json"]);
  if (lockfile === undefined) return { name: "npm", because: "package.json without a lockfile" };
  return { name: "npm", lockfile, because: lockfile };
}

const declaredIn = "packageManager in package.json";

function choicePnpm(lock: string | undefined, version: string | undefined): Choice {
  return {
    name: "pnpm",
    fetched: `pnpm@${version ?? pnpmVersion(lock ?? "")}`,
    ...(lock !== undefined && { lockfile: "pnpm-lock.yaml" }),
    because: version === undefined ? "pnpm-lock.yaml" : declaredIn,
  };
}

function choiceYarn(lock: string | undefined, declared: string | undefined): Choice {
  const isModern = lock?.includes("__metadata:") === true;
  const version = declared ?? (isModern ? "4" : "1");
  return {
    name: "yarn",
    fetched: version.startsWith("1") ? `yarn@${version}` : `@yarnpkg/cli-dist@${version}`,
    ...(lock !== undefined && { lockfile: "yarn.lock" }),
    because: declared === undefined ? "yarn.lock" : declaredIn,
  };
}

/** The version of pnpm that wrote a lockfile of this form, so that it is read as it was meant. */
function pnpmVersion(lockfile: string): string {
  const form = /^lockfileVersion:\s*'?(\d+)/.exec(lockfile)?.[1];
  return form === "5" ? "7" : form === "6" ? "8" : "9";
}

function installCommands(choice: Choice, hasRootScripts: boolean): readonly (readonly string[])[] {
  const { name, fetched = "", lockfile } = choice;
  const exec = ["npm", "exec", "--yes", `--package=${fetched}`, "--"];
  if (name === "pnpm") {
    return [
      [...exec, "pnpm", "install", lockfile === undefined ? "--no-lockfile" : "--frozen-lockfile"],
    ];
  }
  if (name === "yarn") {
    const isModern = fetched.startsWith("@yarnpkg");
    const frozen = isModern ? "--immutable" : "--frozen-lockfile";
    return [[...exec, "yarn", "install", ...(lockfile === undefined ? [] : [frozen])]];
  }
  const quiet = ["--no-audit", "--no-fund"];
  const install = lockfile === undefined ? ["install", "--no-package-lock"] : ["ci"];
  return hasRootScripts
    ? [
        ["npm", ...install, ...quiet, "--ignore-scripts"],
        ["npm", "rebuild"],
      ]
    : [["npm", ...install, ...quiet]];
}

function installInputs(files: Files, choice: Choice): readonly string[] {
  const settings = [".npmrc", ".yarnrc", ".yarnrc.yml", ".pnpmfile.cjs", "pnpm-workspace.yaml"];
  const manifests = files.paths.filter((path) => /(?:^|\/)package\.json$/.test(path));
  const shipped = files.paths.filter((path) => /^(?:\.yarn|patches)\//.test(path));
  const lockfile = choice.lockfile === undefined ? [] : [choice.lockfile];
  const present = settings.filter((path) => files.has(path));
  return [...new Set([...lockfile, ...manifests, ...present, ...shipped])].toSorted();
}

function moduleDirectories(files: Files, manifest: PackageJson): readonly string[] {
  const isWorkspace = manifest.hasWorkspaces || files.has("pnpm-workspace.yaml");
  if (!isWorkspace) return ["node_modules"];
  const members = files.paths.filter((path) => path.endsWith("/package.json"));
  return ["node_modules", ...members.map((path) => path.replace(/package\.json$/, "node_modules"))];
}

function shellOf(choice: Choice): (body: string) => readonly string[] {
  const { name, fetched } = choice;
  if (fetched === undefined) return parseCommandLine;
  // Only a script that calls its package manager pays for fetching it.
  return (body) =>
    new RegExp(`\\b${name}\\b`).test(body)
      ? ["npm", "exec", "--yes", `--package=${fetched}`, "-c", body]
      : parseCommandLine(body);
}
