/**
 * From a tree to a plan: what would be installed, built, tested and run, and which file said so.
 *
 * Who wins, from the strongest: `tidegate.yaml`, the Procfile, what detection finds. Detectors are
 * asked in a fixed order; the first that can say how to run the tree decides the stack.
 */
import {
  digestOf,
  noTestsDecided,
  type InvalidInput,
  type Manifest,
  type Plan,
  type PlanStep,
  type ProcessSpec,
  type Reason,
  type RolloutPolicy,
  type SourceTree,
} from "#domain";
import { canonicalJson, err, ok, sha256Hex, some, type Result } from "#std";
import { parseCommandLine } from "./command-line.ts";
import { detectGo } from "./detect/go.ts";
import { detectNode } from "./detect/node.ts";
import { detectPython } from "./detect/python.ts";
import { detectStatic } from "./detect/static.ts";
import type { Draft, NoAppFound, PlanError, StepDraft, Surroundings } from "./draft.ts";
import { filesOf, type Files } from "./files.ts";
import * as limits from "./limits.ts";
import { manifestNames, parseManifest } from "./manifest.ts";
import { parseProcfile } from "./procfile.ts";
import { toolVersions, type Toolchain } from "./toolchain.ts";

/** Decides how to build, test and run a tree. Reads files of the tree and nothing else. */
export async function planTree(
  tree: SourceTree,
  toolchain: Toolchain,
  defaults: RolloutPolicy,
): Promise<Result<Plan, PlanError>> {
  const files = filesOf(tree);
  const around = { files, toolchain };
  const manifest = await readManifest(files, defaults);
  if (!manifest.ok) return manifest;
  const procfile = parseProcfile((await files.text("Procfile")) ?? "");
  if (!procfile.ok) return procfile;
  const said = { ...manifest.value, procfile: procfile.value };

  const detected = await detect(around, said.manifest);
  if (!detected.ok) return detected;
  const isTold = hasMain(said.manifest.processes ?? {}) || hasMain(said.procfile);
  const draft = detected.value ?? (isTold ? custom(toolchain) : undefined);
  if (draft === undefined) return err(noAppFound(files));
  const processes = processesOf(draft, said);
  if (!hasMain(processes)) return err(noAppFound(files));
  return ok(finish({ draft, processes, said, toolchain, defaults }));
}

interface Said {
  readonly manifest: Manifest;
  /** Name of the manifest's file; absent when there is none. */
  readonly file?: string;
  readonly procfile: Readonly<Record<string, string>>;
}

async function readManifest(
  files: Files,
  defaults: RolloutPolicy,
): Promise<Result<Omit<Said, "procfile">, InvalidInput>> {
  const file = files.first(manifestNames);
  if (file === undefined) return ok({ manifest: {} });
  const parsed = parseManifest((await files.text(file)) ?? "", file, defaults);
  return parsed.ok ? ok({ manifest: parsed.value, file }) : parsed;
}

/**
 * Asks the detectors. A program that serves stands before the bundler of its assets: a Go or Python
 * app with a package.json is still Go or Python, while a package.json that starts something is Node.
 */
async function detect(
  around: Surroundings,
  manifest: Manifest,
): Promise<Result<Draft | undefined, PlanError>> {
  if (manifest.static !== undefined && !around.files.has("package.json")) {
    return detectStatic(around, manifest.static.root);
  }
  let incomplete: Draft | undefined;
  for (const detector of [detectGo, detectPython, detectNode]) {
    const found = await detector(around);
    if (!found.ok) return found;
    if (found.value?.web !== undefined) return ok(servedFrom(found.value, manifest, around));
    incomplete ??= found.value;
  }
  if (manifest.static !== undefined && incomplete !== undefined) {
    return ok(servedFrom(incomplete, manifest, around));
  }
  const site = detectStatic(around);
  if (!site.ok || site.value !== undefined) return site;
  return ok(incomplete);
}

/** A `static.root` beside a build serves what the build left. */
function servedFrom(draft: Draft, manifest: Manifest, around: Surroundings): Draft {
  if (manifest.static === undefined) return draft;
  const site = detectStatic(around, manifest.static.root);
  if (!site.ok || site.value?.web === undefined) return draft;
  return {
    ...draft,
    stack: "static",
    web: site.value.web,
    reasons: [...draft.reasons, ...site.value.reasons],
  };
}

function custom(toolchain: Toolchain): Draft {
  const tools = (["node", "npm", "python", "go"] as const).filter(
    (name) => toolchain[name] !== undefined,
  );
  return {
    stack: "custom",
    title: "commands of its own",
    reasons: [],
    tools,
    binDirectories: [],
    install: undefined,
    build: undefined,
    test: undefined,
    testReports: [],
    web: undefined,
    env: {},
  };
}

/** Lines of the manifest stand before those of the Procfile, and both before what was detected. */
function processesOf(draft: Draft, said: Said): Readonly<Record<string, ProcessSpec>> {
  const lines = { ...said.procfile, ...said.manifest.processes };
  const processes = new Map<string, ProcessSpec>();
  for (const [name, line] of Object.entries(lines))
    processes.set(name, { argv: parseCommandLine(line) });
  if (draft.web !== undefined && !processes.has("web")) processes.set("web", { argv: draft.web });
  return Object.fromEntries(processes);
}

function hasMain(processes: Readonly<Record<string, unknown>>): boolean {
  return processes["web"] !== undefined || processes["worker"] !== undefined;
}

interface Finishing {
  readonly draft: Draft;
  readonly processes: Readonly<Record<string, ProcessSpec>>;
  readonly said: Said;
  readonly toolchain: Toolchain;
  readonly defaults: RolloutPolicy;
}

function finish({ draft, processes, said, toolchain, defaults }: Finishing): Plan {
  const { manifest } = said;
  // Relative, as the tree has no place yet; the Runtime adds the tools and the system behind them.
  const PATH = draft.binDirectories.join(":");
  const path = PATH === "" ? {} : { PATH };
  const plan = {
    stack: draft.stack,
    title: draft.title,
    reasons: reasonsOf(draft, said),
    steps: stepsOf(draft, manifest, path),
    processes,
    env: { ...path, ...draft.env },
    health: {
      ...(manifest.health?.path !== undefined && { path: manifest.health.path }),
      timeoutMs: manifest.health?.timeoutMs ?? limits.healthTimeoutMs,
    },
    stopGraceMs: manifest.stop?.graceMs ?? limits.stopGraceMs,
    testReports: manifest.test?.reports ?? draft.testReports,
    gate: manifest.gate ?? {},
    rollout: { ...defaults, ...manifest.rollout },
    ...some("slo", manifest.slo),
    toolchain: toolVersions(toolchain, draft.tools),
  };
  return { digest: digestOf(sha256Hex(canonicalJson(plan))), ...plan };
}

function reasonsOf(draft: Draft, said: Said): readonly Reason[] {
  const file = said.file ?? "tidegate.yaml";
  const { build, test, processes } = said.manifest;
  const overridden = Object.entries({ ...said.procfile, ...processes }).map(([name, line]) => ({
    decided: `${name}: ${line}`,
    because: processes?.[name] === undefined ? "Procfile" : `processes.${name} in ${file}`,
  }));
  const hasWeb = (said.procfile["web"] ?? processes?.["web"]) !== undefined;
  const kept = draft.reasons.filter(
    ({ decided }) =>
      !(hasWeb && /^(?:start|serve)\b/.test(decided)) &&
      !(build?.command !== undefined && decided.startsWith("build:")) &&
      !(test?.command !== undefined && decided.startsWith("test:")),
  );
  const commands = (["install", "command"] as const).flatMap((key) => {
    const line = build?.[key];
    const decided = key === "install" ? "install" : "build";
    return line === undefined
      ? []
      : [{ decided: `${decided}: ${line}`, because: `build.${key} in ${file}` }];
  });
  const because = `test.command in ${file}`;
  const tested =
    test?.command === undefined
      ? []
      : [
          {
            decided: test.command === false ? noTestsDecided : `test: ${test.command}`,
            because,
          },
        ];
  return [...kept, ...commands, ...tested, ...overridden];
}

type Env = Readonly<Record<string, string>>;

function stepsOf(draft: Draft, manifest: Manifest, path: Env): readonly PlanStep[] {
  const { build, test } = manifest;
  const modules = draft.install?.outputs ?? ["node_modules", ".venv"];
  const steps = {
    install: told(draft.install, build?.install, modules),
    build: told(draft.build, build?.command, ["."]),
    test: test?.command === false ? undefined : told(draft.test, test?.command, []),
  };
  return [
    ...step("install", steps.install, { path, timeoutMs: build?.timeoutMs }),
    ...step("build", steps.build, { path, timeoutMs: build?.timeoutMs }),
    ...step("test", steps.test, { path, timeoutMs: test?.timeoutMs, hasNetwork: test?.network }),
  ];
}

/** A command line that was told replaces the detected commands, and may read anything. */
function told(
  draft: StepDraft | undefined,
  line: string | undefined,
  outputs: readonly string[],
): StepDraft | undefined {
  if (line === undefined) return draft;
  const env = draft?.env ?? {};
  return { inputs: ["."], outputs, env, commands: [parseCommandLine(line)] };
}

/** Each package manager keeps what it fetched between the builds of one app, and of no other. */
const caches = {
  npm_config_cache: "{cache}/npm",
  npm_config_update_notifier: "false",
  YARN_CACHE_FOLDER: "{cache}/yarn",
  YARN_ENABLE_GLOBAL_CACHE: "false",
  PIP_CACHE_DIR: "{cache}/pip",
  UV_CACHE_DIR: "{cache}/uv",
  POETRY_CACHE_DIR: "{cache}/poetry",
  GOMODCACHE: "{cache}/go/modules",
  GOCACHE: "{cache}/go/build",
} as const;

const usual = {
  install: { hasNetwork: true, timeoutMs: limits.installTimeoutMs },
  build: { hasNetwork: true, timeoutMs: limits.buildTimeoutMs },
  // Tests that reach out fail when others do; a manifest can give them the network back.
  test: { hasNetwork: false, timeoutMs: limits.testTimeoutMs },
} as const;

function step(
  name: PlanStep["name"],
  draft: StepDraft | undefined,
  settings: {
    readonly path: Env;
    readonly timeoutMs: number | undefined;
    readonly hasNetwork?: boolean | undefined;
  },
): readonly PlanStep[] {
  if (draft === undefined) return [];
  const { commands, inputs, outputs, env } = draft;
  const hasNetwork = settings.hasNetwork ?? usual[name].hasNetwork;
  const timeoutMs = settings.timeoutMs ?? usual[name].timeoutMs;
  const all = { ...caches, ...settings.path, ...env };
  return [{ name, commands, inputs, outputs, env: all, hasNetwork, timeoutMs }];
}

const telling =
  /(?:^|\/)(?:package\.json|requirements\.txt|pyproject\.toml|go\.mod|index\.html|Procfile|Gemfile|pom\.xml|Cargo\.toml|Dockerfile|composer\.json)$/;

function noAppFound(files: Files): NoAppFound {
  const found = files.paths.filter((path) => telling.test(path)).slice(0, 5);
  return {
    code: "no_app_found",
    lookedFor: [
      "tidegate.yaml with processes.web",
      "Procfile with a web line",
      "go.mod with a package main",
      "requirements.txt, uv.lock, poetry.lock or pyproject.toml with an application",
      "package.json with a start script, a main file or a site build",
      "index.html at the root or in public, dist, site or _site",
    ],
    found,
    next:
      "add a file named Procfile that says how to start it, for example `web: node server.js`; " +
      "the process must listen on the port in PORT",
  };
}
