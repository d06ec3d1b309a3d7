/** Node: `package.json` and what stands beside it. */
import type { Reason } from "#domain";
import { err, ok, type Result } from "#std";
import { parseCommandLine } from "../command-line.ts";
import type { Draft, PlanError, StepDraft, Surroundings } from "../draft.ts";
import type { Files } from "../files.ts";
import { packageManager, type PackageManager } from "./node-package-manager.ts";
import { parsePackageJson, type PackageJson } from "./package-json.ts";
import { singlePageRoot, staticServer, type StaticRoot } from "./single-page.ts";

const entryNames = [
  "server",
  "index",
  "app",
  "main",
  "src/server",
  "src/index",
  "src/app",
  "src/main",
];
const entryEndings = [".js", ".mjs", ".cjs"];
export const nodeEntries: readonly string[] = entryNames.flatMap((name) =>
  entryEndings.map((ending) => name + ending),
);

/** Detects a Node app. `undefined`: there is no package.json, or nothing in it that could be run. */
export async function detectNode(
  around: Surroundings,
): Promise<Result<Draft | undefined, PlanError>> {
  const { files, toolchain } = around;
  const source = await files.text("package.json");
  if (source === undefined) return ok(undefined);
  const parsed = parsePackageJson(source);
  if (!parsed.ok) return parsed;
  const manifest = parsed.value;
  if (toolchain.node === undefined) return err(nodeMissing);

  const manager = await packageManager(files, manifest);
  if (manager.install !== undefined && toolchain.npm === undefined) {
    return err(npmMissing(manager));
  }
  const web = await startOf(files, manifest);
  const build = buildOf(manifest, manager);
  const test = testOf(manifest, manager);
  const { install, name } = manager;
  const found = [build, test, web].filter((one) => one !== undefined);
  const title = `Node ${toolchain.node.split(".")[0]}`;
  return ok({
    stack: web?.isStatic === true ? "static" : "node",
    title: install === undefined ? title : `${title}, ${name}`,
    reasons: [
      { decided: `node ${toolchain.node}`, because: "package.json" },
      manager.reason,
      ...found.map((one) => one.reason),
    ],
    tools: install === undefined ? ["node"] : ["node", "npm"],
    binDirectories: ["node_modules/.bin"],
    install,
    ...settled({ build, test, web }),
    env: { NODE_ENV: "production" },
  });
}

function settled(found: {
  readonly build: Detected | undefined;
  readonly test: Detected | undefined;
  readonly web: Start | undefined;
}) {
  const { build, test, web } = found;
  return { build: build?.step, test: test?.step, testReports: test?.reports ?? [], web: web?.argv };
}

const nodeMissing: PlanError = {
  code: "tool_missing",
  tool: "node",
  because: "package.json",
  next: "install Node where every user can run it, for example: apt-get install nodejs npm",
};

/** Also for the others, which it fetches in the version that a project wants. */
function npmMissing({ name, reason }: PackageManager): PlanError {
  const because = name === "npm" ? reason.because : `${reason.because}: npm fetches ${name}`;
  const next = "install npm where every user can run it, for example: apt-get install npm";
  return { code: "tool_missing", tool: "npm", because, next };
}

interface Start {
  readonly argv: readonly string[];
  readonly reason: Reason;
  readonly isStatic?: boolean;
}

/** Start scripts that only start a development server; what they serve is built instead. */
const developmentServers =
  /^(?:npx )?(?:vite(?: dev| serve| preview)?|react-scripts start|ng serve|vue-cli-service serve|parcel|astro (?:dev|preview)|webpack(?:-dev-server| serve)|gatsby develop)(?:\s|$)/;

async function startOf(files: Files, manifest: PackageJson): Promise<Start | undefined> {
  const { scripts, dependencies } = manifest;
  const root = scripts["build"] === undefined ? undefined : await singlePageRoot(files, manifest);
  return (
    fromScripts(manifest, root !== undefined) ??
    (root === undefined ? fromMain(files, manifest) : undefined) ??
    (dependencies.has("next") && root === undefined
      ? script("start", "next start", "next in package.json")
      : undefined) ??
    (dependencies.has("nuxt")
      ? entry(".output/server/index.mjs", "nuxt in package.json")
      : undefined) ??
    (root === undefined ? fromEntry(files) : fromSite(root))
  );
}

function fromScripts({ scripts }: PackageJson, isSite: boolean): Start | undefined {
  const { start, "start:prod": production } = scripts;
  if (start === undefined || (isSite && developmentServers.test(start))) return undefined;
  // Nest's template gives `start` to its compiler and `start:prod` to what was compiled.
  if (production !== undefined && start.startsWith("nest start")) {
    return script("start:prod", production);
  }
  return script("start", start);
}

function fromMain(files: Files, { main }: PackageJson): Start | undefined {
  if (main === undefined) return undefined;
  const file = files.first([main, `${main}.js`, `${main}/index.js`]);
  return file === undefined ? undefined : entry(file, "main in package.json");
}

function fromEntry(files: Files): Start | undefined {
  const file = files.first(nodeEntries);
  return file === undefined ? undefined : entry(file, file);
}

function fromSite(root: StaticRoot): Start {
  const argv = staticServer(root.directory, { isSinglePage: true });
  return {
    argv,
    isStatic: true,
    reason: { decided: `serve ${root.directory}`, because: root.because },
  };
}

function script(name: string, body: string, because = `scripts.${name} in package.json`): Start {
  return { argv: parseCommandLine(body), reason: { decided: `start: ${body}`, because } };
}

function entry(file: string, because: string): Start {
  return { argv: ["node", file], reason: { decided: `start: node ${file}`, because } };
}

interface Detected {
  readonly step: StepDraft;
  readonly reason: Reason;
  readonly reports?: readonly string[];
}

/**
 * Builds run the script's body, not `npm run`, which costs 0.4 s each time. `prestart` belongs to
 * the build as well: a release is read-only, so what prepares it cannot run when it starts.
 */
function buildOf(manifest: PackageJson, manager: PackageManager): Detected | undefined {
  const names = [...manager.rootScripts, "prebuild", "build", "postbuild", "prestart"].filter(
    (name) => manifest.scripts[name] !== undefined,
  );
  const [decisive] = names.includes("build") ? ["build"] : names;
  if (decisive === undefined) return undefined;
  return {
    step: {
      commands: names.map((name) => manager.shell(manifest.scripts[name] ?? "")),
      inputs: ["."],
      outputs: ["."],
      env: {
        NODE_ENV: "production",
        npm_package_name: manifest.name,
        npm_package_version: manifest.version,
      },
    },
    reason: {
      decided: `build: ${manifest.scripts[decisive]}`,
      because: `scripts.${decisive} in package.json`,
    },
  };
}

const placeholder = /no test specified/;
const nodeTestReport = ".tidegate/reports/node.xml";

function testOf(manifest: PackageJson, manager: PackageManager): Detected | undefined {
  const body = manifest.scripts["test"];
  if (body === undefined || body.trim() === "" || placeholder.test(body)) return undefined;
  const names = ["pretest", "test", "posttest"].filter(
    (name) => manifest.scripts[name] !== undefined,
  );
  const hasNodeReporter =
    /\bnode\b[^|;&]*--test(?:\s|$)/.test(body) && !/--test-reporter/.test(body);
  return {
    step: {
      commands: names.map((name) => manager.shell(manifest.scripts[name] ?? "")),
      inputs: ["."],
      outputs: [],
      env: {
        NODE_ENV: "test",
        CI: "true",
        // Node adds a report to what people read; the script itself stays as its authors wrote it.
        ...(hasNodeReporter && {
          NODE_OPTIONS:
            "--test-reporter=spec --test-reporter-destination=stdout " +
            `--test-reporter=junit --test-reporter-destination=${nodeTestReport}`,
        }),
      },
    },
    reports: hasNodeReporter ? [nodeTestReport] : [],
    reason: { decided: `test: ${body}`, because: "scripts.test in package.json" },
  };
}
