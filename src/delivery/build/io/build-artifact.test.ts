import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";
import {
  newId,
  parseAppName,
  parseObjectId,
  type Change,
  type ObjectId,
  type RolloutPolicy,
  type Runtime,
  type StepOutcome,
  type StepSpec,
} from "#domain";
import { ok } from "#std";
import { planTree } from "../plan.ts";
import { buildArtifact, type BuildPorts, type Built } from "./build-artifact.ts";
import { directoryTree } from "./directory-tree.ts";
import { leaveRunning } from "./problem.ts";

const run = promisify(execFile);
const rollout: RolloutPolicy = {
  strategy: "adaptive",
  harmBudgetRequests: 50,
  alpha: 0.01,
  guardrails: [],
  exposureMaxPercent: 50,
  maxDurationMs: 1,
  atMaxDuration: "hold",
  userKey: { from: "edge_cookie" },
  warmMs: 1,
};

type Sources = Readonly<Record<string, string>>;

/** A platform in a temporary directory: real files and processes, without a sandbox. */
async function open(context: TestContext) {
  const home = await mkdtemp(join(tmpdir(), "tidegate-build-"));
  context.after(async () => await rm(home, { recursive: true, force: true }));
  const dataDir = join(home, "data");
  const sources = join(home, "source");
  const started: string[] = [];
  const runtime = plainRuntime(started);
  const ports: BuildPorts = {
    dataDir,
    clock: { now: () => 1_000, random: Math.random },
    registry: { env: {}, readOnly: [] },
    runtime,
    repositories: {
      tree: async () => {
        const tree = await directoryTree(sources);
        assert(tree.ok);
        return tree.value;
      },
      checkout: async (_app, _tree, directory) => {
        await cp(sources, directory, { recursive: true, verbatimSymlinks: true });
        return ok(undefined);
      },
    },
  };
  const write = async (files: Sources): Promise<void> => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(sources, path)), { recursive: true });
      // Only what changed: object ids of a directory stand for its times.
      const before = await readFile(join(sources, path), "utf8").catch(() => undefined);
      if (before !== text) await writeFile(join(sources, path), text);
    }
  };
  const build = async (signal = new AbortController().signal, lines: string[] = []) => {
    const tree = await ports.repositories.tree(change.app, change.tree);
    const plan = await planTree(tree, { node: process.versions.node, npm: "11.0.0" }, rollout);
    assert(plan.ok, JSON.stringify(plan));
    const onLine = (line: string): void => void lines.push(line);
    return await buildArtifact({ change, plan: plan.value, signal, onLine }, ports);
  };
  return { dataDir, sources, ports, started, write, build };
}

const change = changeOf();

function changeOf(): Change {
  const app = parseAppName("shop");
  assert(app.ok);
  return {
    id: newId("chg", Math.random),
    app: app.value,
    environment: "production",
    branch: "main",
    commit: oid("commit"),
    tree: oid("tree"),
    subject: "s",
    author: { name: "a", email: "a@example.com" },
    committedAt: 0,
    receivedAt: 0,
    pushedBy: "admin",
    trailers: [],
    expectations: [],
    state: "delivering",
    stages: [],
  };
}

function oid(text: string): ObjectId {
  const parsed = parseObjectId(createHash("sha1").update(text).digest("hex"));
  assert(parsed.ok);
  return parsed.value;
}

/** Steps as plain processes; an id that was started before is adopted, running or over. */
function plainRuntime(started: string[]): Pick<Runtime, "step"> {
  const known = new Map<string, ReturnType<typeof launch>>();
  return {
    step: (spec) => {
      const found = known.get(spec.id);
      const step = found ?? launch(spec);
      if (found === undefined) started.push(spec.id);
      known.set(spec.id, step);
      return Promise.resolve({
        ...step,
        outcome: step.outcome.then((outcome) => ({ ...outcome, isAdopted: found !== undefined })),
      });
    },
  };
}

function launch(spec: StepSpec) {
  const script = spec.commands
    .map((argv) => argv.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(" "))
    .join(" && ");
  const PATH = `${spec.env["PATH"] ?? ""}:${dirname(process.execPath)}:/usr/bin:/bin`;
  const child = spawn("/bin/sh", ["-c", script], {
    cwd: spec.workDir,
    detached: true,
    env: { ...spec.env, PATH, HOME: spec.workDir },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const printed: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on("line", (line) => printed.push(line));
  const closed = once(child, "close");
  const outcome = closed.then(([code, signal]): StepOutcome => ({
    end: signal === null ? { kind: "exited", code: Number(code) } : { kind: "cancelled" },
    startedAt: 0,
    finishedAt: 1,
    sandboxLevel: 0,
    isAdopted: false,
  }));
  return {
    outcome,
    logFile: "",
    lines: async function* (signal: AbortSignal) {
      await Promise.race([closed, once(signal, "abort")]);
      yield* printed;
    },
    tail: (count: number) => Promise.resolve(printed.slice(-count)),
    cancel: async () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
      await closed;
    },
  };
}

function built(result: Awaited<ReturnType<typeof buildArtifact>>): Built {
  assert(result.ok, JSON.stringify(result));
  return result.value;
}

async function names(directory: string): Promise<readonly string[]> {
  return (await readdir(directory)).toSorted();
}

const plain = { "package.json": '{"scripts":{"start":"node server.js"}}', "server.js": "// 1\n" };
const install =
  "mkdir -p node_modules/dep && echo one > node_modules/dep/index.js && echo installed";
const withInstall = {
  "package.json": '{"dependencies":{"dep":"1"},"scripts":{"start":"node server.js"}}',
  "server.js": "// 1\n",
  "tidegate.yaml": `build: { install: "${install}" }\n`,
};

test("an app without dependencies is sealed without running anything", async (context) => {
  const { dataDir, build, write, started } = await open(context);
  await write(plain);
  const { artifact, isCached } = built(await build());
  assert.equal(isCached, false);
  assert.deepEqual(started, []);
  assert.deepEqual(await names(join(dataDir, artifact.directory)), ["package.json", "server.js"]);
  assert.deepEqual(await names(join(dataDir, "tmp")), []);
});

test("the same tree and plan give the same artifact without any work", async (context) => {
  const { build, write } = await open(context);
  await write(plain);
  const first = built(await build());
  const second = built(await build());
  assert.deepEqual(second, { artifact: first.artifact, isCached: true });
  await write({ "server.js": "// 22\n" });
  assert.notEqual(built(await build()).artifact.digest, first.artifact.digest);
});

test("a build step's result is the artifact, and its cache is not written to", async (context) => {
  const { dataDir, build, write, started } = await open(context);
  const command = "echo two > node_modules/dep/index.js && echo built > out.txt";
  await write({
    ...withInstall,
    "package.json": `{"dependencies":{"dep":"1"},"scripts":{"start":"node .","build":"${command}"}}`,
    // The project's install reads only these, so that the build's files do not start it again.
    "tidegate.yaml": `build: { install: "${install}", command: "${command}" }\n`,
  });
  const { artifact } = built(await build());
  const directory = join(dataDir, artifact.directory);
  assert.equal(await readFile(join(directory, "out.txt"), "utf8"), "built\n");
  assert.equal(await readFile(join(directory, "node_modules/dep/index.js"), "utf8"), "two\n");
  assert.equal(started.length, 2);
  const cache = join(dataDir, "cache/steps/shop");
  const [kept = ""] = (await names(cache)).filter((name) => !name.endsWith(".json"));
  assert.equal(await readFile(join(cache, kept, "node_modules/dep/index.js"), "utf8"), "one\n");
  assert.deepEqual(await names(join(dataDir, "work/shop")), []);
});

test("an unchanged install is linked and not run again", async (context) => {
  const { dataDir, build, write, started } = await open(context);
  const { "tidegate.yaml": _, ...files } = withInstall;
  // npm itself, on a dependency that is in the tree: nothing is fetched.
  await write({
    ...files,
    "dep/package.json": '{"name":"dep","version":"1.0.0"}',
    "package.json": '{"dependencies":{"dep":"file:./dep"},"scripts":{"start":"node server.js"}}',
  });
  const first = built(await build());
  await write({ "server.js": "// 22\n" });
  const second = built(await build());
  assert.equal(started.length, 1);
  assert.deepEqual(
    [first, second].map(({ artifact }) => artifact.steps[0]?.isCached),
    [false, true],
  );
  const linked = [first, second].map(({ artifact }) =>
    join(dataDir, artifact.directory, "node_modules/.package-lock.json"),
  );
  const [a, b] = await Promise.all(linked.map(async (file) => (await stat(file)).ino));
  assert.equal(a, b);
});

test("a link that an install leaves is never followed by us", async (context) => {
  const outside = await mkdtemp(join(tmpdir(), "tidegate-outside-"));
  context.after(async () => await rm(outside, { recursive: true, force: true }));
  const precious = join(outside, "lib", "node_modules", "npm.js");
  const server = join(outside, "static-server.mjs");
  // Where the directory of a member was, where one is inside an output, and where a file of ours goes.
  const traps = [
    `rm -rf lib; ln -s ${outside}/lib lib`,
    `rm -rf node_modules; ln -s ${outside} node_modules`,
  ];
  for (const trap of traps) {
    const { build, write, sources } = await open(context);
    await mkdir(dirname(precious), { recursive: true });
    await writeFile(precious, "precious");
    await write({
      "package.json": '{"workspaces":["*"],"dependencies":{"dep":"1"}}',
      "lib/package.json": "{}",
      "node_modules/lib/package.json": "{}",
      "tidegate.yaml": `build: { install: "/bin/sh -c '${trap}'" }\nprocesses: { web: "node .tidegate/static-server.mjs ." }\n`,
    });
    await symlink("node_modules", join(sources, ".tidegate"));
    await run("git", ["init", "--quiet", sources]); // so that node_modules is listed
    for (const commit of ["first", "second"]) {
      await write({ "server.js": `// ${commit}\n` });
      built(await build());
    }
    assert.equal(await readFile(precious, "utf8"), "precious", trap);
    await assert.rejects(readFile(server), { code: "ENOENT" }, trap);
  }
});

test("a failed step says why, and leaves nothing in a cache", async (context) => {
  const { dataDir, build, write, started } = await open(context);
  await write({
    ...withInstall,
    "tidegate.yaml": 'build: { install: "mkdir node_modules && echo no such package && exit 3" }\n',
  });
  const lines: string[] = [];
  const failed = await build(undefined, lines);
  assert(!failed.ok);
  assert.equal(failed.error.code, "install_failed");
  assert.equal(failed.error.message, "install failed: exit code 3");
  assert.deepEqual(failed.error.log, ["no such package"]);
  assert(lines.includes("no such package"), lines.join("\n"));
  assert.deepEqual(await names(join(dataDir, "cache/steps/shop")), []);
  assert.deepEqual(await names(join(dataDir, "work/shop")), []);
  await build();
  assert.equal(started.length, 2, "a second try runs again");
});

test("builds of one key at the same time do the work once", async (context) => {
  const { build, write, started } = await open(context);
  await write(withInstall);
  const all = await Promise.all([build(), build(), build()]);
  const digests = new Set(all.map((result) => built(result).artifact.digest));
  assert.deepEqual([digests.size, started.length], [1, 1]);
});

test("a server that comes back adopts the step that runs", async (context) => {
  const { dataDir, build, write, started } = await open(context);
  const gate = join(dataDir, "..", "gate");
  await mkdir(join(dataDir, ".."), { recursive: true });
  await run("mkfifo", [gate]);
  const waiting = `mkdir node_modules; read line < ${gate}; echo $line`;
  await write({ ...withInstall, "tidegate.yaml": `build: { install: "${waiting}" }\n` });
  const stopping = new AbortController();
  const before = build(stopping.signal);
  while (started.length === 0) await new Promise(setImmediate);
  stopping.abort(leaveRunning);
  const stopped = await before;
  assert(!stopped.ok && stopped.error.code === "cancelled");
  const after = build();
  await writeFile(gate, "go on\n");
  built(await after);
  assert.equal(started.length, 1);
});

test("an abort ends the step", async (context) => {
  const { dataDir, build, write, started } = await open(context);
  const gate = join(dataDir, "..", "gate");
  await run("mkfifo", [gate]);
  await write({ ...withInstall, "tidegate.yaml": `build: { install: "read line < ${gate}" }\n` });
  const superseded = new AbortController();
  const pending = build(superseded.signal);
  while (started.length === 0) await new Promise(setImmediate);
  superseded.abort();
  const result = await pending;
  assert(!result.ok && result.error.code === "cancelled");
});
