/**
 * The tasks behind the npm scripts, each a list of parts: an argv and what it is called. Parts run one
 * after the other, cheapest first, each with the time it took; the first that fails ends the task.
 */
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { seconds } from "./demo/narrator.ts";

interface Part {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
}

const root = join(import.meta.dirname, "..");
const node = [process.execPath, "--conditions=source"] as const;

/** What is fast and needs no process, socket or database: for `check`, which is to stay under a minute. */
const quickTests = [
  "src/*.test.ts",
  "src/std/**/*.test.ts",
  "src/domain/**/*.test.ts",
  "src/delivery/**/*.test.ts",
  "src/faces/api/contract/**/*.test.ts",
  "src/faces/console/**/*.test.ts",
  "tools/**/*.test.ts",
  "bench/**/*.test.ts",
];
const quickTestsExcept = /\/io\/|simulat|\.slow\./;
/** Tests that compare what is made from the code with what is kept; told to, they write it anew. */
const generated = "src/**/generated.test.ts";
const allTests = [
  "src/**/*.test.ts",
  "tools/**/*.test.ts",
  "bench/**/*.test.ts",
  "journeys/**/*.test.ts",
];
/** Fewer files than this and a glob has lost its way: zero tests would pass. */
const floors = { quick: 15, all: 45 };
const testTimeoutMs = 300_000;
/** Hundreds of processes load the same files: each is stripped of its types once, as `bin/tidegate` does it. */
const compileCache = join(root, "node_modules", ".cache", "tidegate");

const format: Part = { name: "format", argv: ["oxfmt", "--check", "."] };
const types: Part = { name: "types", argv: ["tsc"] };
const consoleTypes: Part = { name: "types", argv: ["tsc", "-p", "src/faces/console"] };
const lint: Part = {
  name: "lint",
  argv: ["oxlint", "--type-aware", "--deny-warnings", "--report-unused-disable-directives", "."],
};
/** The root's tsconfig has no outDir, without which knip cannot follow `#` back from dist. */
const unused: Part = { name: "unused", argv: ["knip", "--tsConfig", "tsconfig.build.json"] };

/** What the server gives to a browser; done in no time when it is built already. */
const built: Part = { name: "build", argv: ["tsc", "-p", "tsconfig.build.json"] };
/** What was built of sources that are gone would be packed with the rest. */
const cleaned: Part = { name: "clean", argv: [...node, "tools/clean-dist.ts"] };
const builtConsole: Part = { name: "console", argv: [...node, "tools/build-console.ts"] };

/** Taken of a real platform in a real browser; told to, the journey keeps them. */
const pictures: readonly Part[] = [
  builtConsole,
  {
    name: "pictures",
    argv: ["env", "TIDEGATE_PICTURES=write", ...node, "--test", "journeys/pictures.test.ts"],
  },
];

type Task = (words: readonly string[]) => readonly Part[];

const tasks: Readonly<Record<string, Task>> = {
  demo: (words) => [builtConsole, { name: "demo", argv: [...node, "tools/demo.ts", ...words] }],
  format: () => [format],
  "format:write": () => [{ name: "format:write", argv: ["oxfmt", "."] }],
  types: () => [types, consoleTypes],
  lint: () => [lint],
  unused: () => [unused],
  unit: (words) => [tests("unit", words.length === 0 ? found("all") : words)],
  check: () => [format, types, consoleTypes, lint, tests("tests", found("quick"))],
  test: () => [
    format,
    types,
    consoleTypes,
    lint,
    unused,
    builtConsole,
    tests("tests", found("all")),
  ],
  docs: (words) => [
    {
      name: "docs",
      argv: [...node, "--test", "--test-update-snapshots", ...globSync(generated, { cwd: root })],
    },
    ...(words.includes("--pictures") ? pictures : []),
  ],
  build: () => [built, builtConsole],
  // What `npm pack` runs before it takes `dist`.
  prepack: () => [cleaned, built, builtConsole],
  bench: (words) => [builtConsole, { name: "bench", argv: [...node, "bench/run.ts", ...words] }],
};

process.exitCode = await main(process.argv.slice(2));

async function main([name = "", ...words]: readonly string[]): Promise<number> {
  const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
  if (task === undefined) {
    console.error(`no task "${name}"; there are: ${Object.keys(tasks).join(", ")}`);
    return 2;
  }
  const parts = task(words);
  const startedAt = performance.now();
  for (const part of parts) {
    const begunAt = performance.now();
    const code = await run(part);
    if (parts.length > 1) report(part.name, code, performance.now() - begunAt);
    if (code !== 0) return code;
  }
  // A part that is called like its task has said it.
  if (parts.length > 1 && parts.at(-1)?.name !== name) {
    report(name, 0, performance.now() - startedAt);
  }
  return 0;
}

function report(name: string, code: number, elapsedMs: number): void {
  const outcome = code === 0 ? "ok" : `failed with exit code ${code}`;
  console.error(`${name.padEnd(8)} ${seconds(elapsedMs).padStart(8)}  ${outcome}`);
}

function tests(name: string, files: readonly string[]): Part {
  // One more than there are cores: a journey waits for half of its time.
  const concurrency = Math.max(3, Math.min(4, availableParallelism() + 1));
  const flags = ["--test", `--test-concurrency=${concurrency}`, `--test-timeout=${testTimeoutMs}`];
  return { name, argv: ["env", `NODE_COMPILE_CACHE=${compileCache}`, ...node, ...flags, ...files] };
}

function found(which: keyof typeof floors): readonly string[] {
  const files = globSync(which === "all" ? allTests : quickTests, { cwd: root }).toSorted();
  const kept = which === "all" ? files : files.filter((file) => !quickTestsExcept.test(file));
  if (kept.length >= floors[which]) return kept;
  throw new Error(`found ${kept.length} test files; expected at least ${floors[which]}`);
}

/** Runs one part to its end; Ctrl-C reaches it by itself, other signals are passed on. */
async function run({ argv: [file, ...args] }: Part): Promise<number> {
  const child = spawn(file, args, { cwd: root, stdio: "inherit" });
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, pass);
  try {
    return await new Promise((resolve) => {
      child.once("error", (error) => {
        console.error(`cannot run ${file}: ${error.message}`);
        resolve(1);
      });
      child.once("exit", (code) => resolve(code ?? 1));
    });
  } finally {
    for (const signal of signals) process.off(signal, pass);
  }
}
