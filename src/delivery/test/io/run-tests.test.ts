import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import {
  digestOf,
  newId,
  parseAppName,
  parseObjectId,
  type Artifact,
  type Change,
  type Plan,
  type PlanStep,
} from "#domain";
import { sha256Hex } from "#std";
import { createProcessRuntime } from "#ground/platform";
import { runTests, type TestInput, type TestPorts } from "./run-tests.ts";

type Sources = Readonly<Record<string, string>>;

const quiet = (): void => undefined;

/** A sealed artifact in a data directory of its own, and the real process runtime. */
async function open(context: TestContext, files: Sources, step: Partial<PlanStep> | undefined) {
  const dataDir = await mkdtemp(join(tmpdir(), "tidegate-test-"));
  const clock = {
    now: () => Date.now(),
    random: Math.random,
    sleep: () => Promise.reject(new Error("no test of this file waits")),
  };
  const log = { error: quiet, warn: quiet, info: quiet, debug: quiet };
  const runtime = await createProcessRuntime({ dataDir, clock, log, allowUnsandboxed: true });
  context.after(async () => {
    await runtime[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  });
  const sealed = join(dataDir, "artifacts", "a");
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(sealed, path)), { recursive: true });
    await writeFile(join(sealed, path), text);
  }
  await mkdir(join(dataDir, "tmp"), { recursive: true });
  const plan = planOf(step);
  const lines: string[] = [];
  const artifact = artifactOf(plan);
  const input: TestInput = {
    change,
    plan,
    artifact,
    signal: new AbortController().signal,
    onLine: (line) => void lines.push(line),
  };
  const ports: TestPorts = { runtime, clock, dataDir };
  return { input, ports, lines, sealed, dataDir };
}

const reports = ".tidegate/reports/node.xml";
const nodeTest: Partial<PlanStep> = {
  commands: [["node", "--test"]],
  env: {
    NODE_OPTIONS:
      "--test-reporter=spec --test-reporter-destination=stdout " +
      `--test-reporter=junit --test-reporter-destination=${reports}`,
  },
};

function planOf(step: Partial<PlanStep> | undefined): Plan {
  const usual: PlanStep = {
    name: "test",
    commands: [],
    inputs: ["."],
    outputs: [],
    env: {},
    hasNetwork: false,
    timeoutMs: 60_000,
  };
  return {
    digest: digestOf(sha256Hex("plan")),
    stack: "node",
    title: "Node",
    reasons: [],
    steps: step === undefined ? [] : [{ ...usual, ...step }],
    processes: {},
    env: {},
    health: { timeoutMs: 1 },
    stopGraceMs: 1,
    testReports: [reports],
    gate: {},
    rollout: {
      strategy: "adaptive",
      harmBudgetRequests: 1,
      alpha: 0.01,
      guardrails: [],
      exposureMaxPercent: 50,
      maxDurationMs: 1,
      atMaxDuration: "hold",
      userKey: { from: "edge_cookie" },
      warmMs: 1,
    },
    toolchain: {},
  };
}

const app = parseAppName("shop");
const commit = parseObjectId("a".repeat(40));
assert(app.ok && commit.ok);
const change: Change = {
  id: newId("chg", Math.random),
  app: app.value,
  environment: "production",
  branch: "main",
  commit: commit.value,
  tree: commit.value,
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

function artifactOf(plan: Plan): Artifact {
  return {
    digest: digestOf(sha256Hex("artifact")),
    app: change.app,
    change: change.id,
    commit: change.commit,
    tree: change.tree,
    plan,
    steps: [],
    directory: "artifacts/a",
    sizeBytes: 0,
    createdAt: 0,
  };
}

const add = "export const add = (a, b) => a + b;\n";
const header = 'import { test } from "node:test";\nimport assert from "node:assert";\n';
const good = `${header}import { add } from "./add.mjs";\ntest("adds", () => assert.equal(add(1, 1), 2));\n`;
const bad = `${good}test("rounds half up", () => assert.equal(add(1, 1), 3, "1 + 1 is not 3"));\n`;

test("a project without tests has the outcome none", async (context) => {
  const { input, ports } = await open(context, { "a.js": "" }, undefined);
  const report = await runTests(input, ports);
  assert(report.ok);
  assert.deepEqual([report.value.outcome, report.value.source], ["none", "none"]);
});

test("passed tests are kept for the same artifact", async (context) => {
  const { input, ports, lines, dataDir } = await open(
    context,
    { "add.mjs": add, "add.test.mjs": good },
    nodeTest,
  );
  const first = await runTests(input, ports);
  assert(first.ok, JSON.stringify(first));
  assert.deepEqual(
    [first.value.outcome, first.value.source, first.value.counts.passed],
    ["passed", "junit", 1],
    lines.join("\n"),
  );
  const second = await runTests(input, ports);
  assert(second.ok);
  assert.deepEqual(second.value, { ...first.value, isCached: true });
  assert.deepEqual(await readdir(join(dataDir, "work", "shop")), []);
});

test("a failing test is named with its file and the first lines of its message", async (context) => {
  const { input, ports } = await open(context, { "add.mjs": add, "add.test.mjs": bad }, nodeTest);
  const report = await runTests(input, ports);
  assert(report.ok, JSON.stringify(report));
  const { outcome, counts, cases } = report.value;
  assert.deepEqual([outcome, counts], ["failed", { passed: 1, failed: 1, skipped: 0 }]);
  assert.deepEqual([cases[0]?.name, cases[0]?.file], ["rounds half up", "add.test.mjs"]);
  assert.match(cases[0]?.message ?? "", /1 \+ 1 is not 3/);
  const again = await runTests(input, ports);
  assert(again.ok && !again.value.isCached, "a failure is run again");
});

test("tests cannot change the artifact, and have no network", async (context) => {
  const script =
    "echo changed > a.txt; node -e 'require(`net`).connect(80, `192.0.2.1`).on(`error`, (e) => console.log(e.code))'";
  const step = { commands: [["/bin/sh", "-c", script]] };
  const { input, ports, lines, sealed } = await open(context, { "a.txt": "sealed\n" }, step);
  const report = await runTests(input, ports);
  assert(report.ok, JSON.stringify(report));
  assert.equal(await readFile(join(sealed, "a.txt"), "utf8"), "sealed\n");
  if ((await levelOf(ports)) < 2) context.diagnostic("no sandbox here: the network was not tried");
  else assert(lines.includes("ENETUNREACH"), lines.join("\n"));
});

async function levelOf(ports: TestPorts): Promise<number> {
  return "sandboxLevel" in ports.runtime && typeof ports.runtime.sandboxLevel === "function"
    ? Number(await ports.runtime.sandboxLevel())
    : 0;
}

test("a crash is a failure, also when a report says that all is well", async (context) => {
  const xml = '<testsuites><testcase name="fine"/></testsuites>';
  const script = `mkdir -p .tidegate/reports; echo '${xml}' > ${reports}; kill -ABRT $$`;
  const { input, ports } = await open(
    context,
    { "a.js": "" },
    { commands: [["/bin/sh", "-c", script]] },
  );
  const report = await runTests(input, ports);
  assert(report.ok, JSON.stringify(report));
  assert.deepEqual(
    [report.value.outcome, report.value.source, report.value.counts],
    ["failed", "junit", { passed: 1, failed: 1, skipped: 0 }],
  );
});

test("a report that is a link out of the tree is not read", async (context) => {
  const xml = '<testsuites><testcase name="outside"/></testsuites>';
  const outside = await mkdtemp(join(tmpdir(), "tidegate-outside-"));
  context.after(async () => await rm(outside, { recursive: true, force: true }));
  await writeFile(join(outside, "node.xml"), xml);
  const script = `rm -rf .tidegate/reports; ln -s ${outside} .tidegate/reports`;
  const { input, ports } = await open(
    context,
    { "a.js": "" },
    { commands: [["/bin/sh", "-c", script]] },
  );
  const report = await runTests(input, ports);
  assert(report.ok, JSON.stringify(report));
  assert.deepEqual([report.value.source, report.value.cases], ["exit-code", []]);
});

test("nothing outside the tree is read or made, whatever a pattern spells", async (context) => {
  const outside = await mkdtemp(join(tmpdir(), "tidegate-outside-"));
  context.after(async () => await rm(outside, { recursive: true, force: true }));
  const { input, ports, dataDir, sealed } = await open(
    context,
    { "a.js": "" },
    { commands: [["/bin/sh", "-c", "exit 0"]] },
  );
  await writeFile(join(dataDir, "key.xml"), '<testsuites><testcase name="key"/></testsuites>');
  await symlink(outside, join(sealed, "link"));
  const up = "{.,}./{.,}./{.,}./{.,}./";
  const testReports = [`${up}key.xml`, "link/made/node.xml"];
  const report = await runTests({ ...input, plan: { ...input.plan, testReports } }, ports);
  assert(report.ok, JSON.stringify(report));
  assert.deepEqual([report.value.source, report.value.cases], ["exit-code", []]);
  assert.deepEqual(await readdir(outside), []);
});

test("tests that run for ever are a problem that names the limit", async (context) => {
  const step = { commands: [["/bin/sh", "-c", "echo begun; exec sleep 600"]], timeoutMs: 300 };
  const { input, ports } = await open(context, { "a.js": "" }, step);
  const report = await runTests(input, ports);
  assert(!report.ok);
  assert.equal(report.error.code, "test_limit");
  assert.equal(report.error.log?.[0], "begun");
});

test("an abort ends the tests", async (context) => {
  const superseded = new AbortController();
  const step = { commands: [["/bin/sh", "-c", "echo begun; exec sleep 600"]] };
  const { input, ports } = await open(context, { "a.js": "" }, step);
  const onLine = (line: string): void => {
    if (line === "begun") superseded.abort();
  };
  const report = await runTests({ ...input, onLine, signal: superseded.signal }, ports);
  assert(!report.ok);
  assert.equal(report.error.code, "cancelled");
});
