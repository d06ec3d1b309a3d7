import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { InstanceSpec, StepSpec } from "#domain";
import { whyNothingRuns } from "./fenced.test-kit.ts";
import {
  identityOf,
  isAlive,
  readStat,
  signalPid,
  type ProcessIdentity,
} from "./process-identity.ts";
import { createProcessRuntime } from "./process-runtime.ts";
import { quietLog, realClock } from "./real.test-kit.ts";
import { appName, instanceSpec, serverProgram, stepSpec } from "./runtime.conformance.ts";

const app = appName("orphan");
const skip = await whyNothingRuns();

async function directory(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "tidegate-adoption-"));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A server in a process of its own that starts these, says so, and is killed without warning. */
async function killedServer(
  dataDir: string,
  work: { readonly steps?: readonly StepSpec[]; readonly instances?: readonly InstanceSpec[] },
): Promise<void> {
  const script = `
    const { createProcessRuntime } = await import(${at("process-runtime.ts")});
    const { quietLog, realClock } = await import(${at("real.test-kit.ts")});
    const runtime = await createProcessRuntime({ dataDir: ${JSON.stringify(dataDir)}, clock: realClock, log: quietLog });
    for (const spec of ${JSON.stringify(work.steps ?? [])}) await runtime.step(spec);
    for (const spec of ${JSON.stringify(work.instances ?? [])}) {
      const result = await runtime.start(spec);
      if (!result.ok) throw new Error(JSON.stringify(result));
    }
    process.stdout.write("started");
    setInterval(() => {}, 1000);`;
  const args = ["--conditions=source", "--input-type=module-typescript", "-e", script];
  const host = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise((done) => host.once("exit", done));
  await Promise.race([new Promise((done) => host.stdout.once("data", done)), exited]);
  host.kill("SIGKILL");
  await exited;
}

test("adoption: a step goes on without its server and is not run again", { skip }, async (t) => {
  const dataDir = await directory(t);
  const program = `const fs = require("fs"); fs.appendFileSync("trace", "x"); console.log("begun");
    setInterval(() => { if (fs.existsSync("go")) { console.log("done"); process.exit(5); } }, 10);`;
  const spec = stepSpec({ dataDir, app, id: "long" }, program, {});
  await killedServer(dataDir, { steps: [spec] });
  await using runtime = await createProcessRuntime({ dataDir, clock: realClock, log: quietLog });
  const step = await runtime.step(spec);
  const lines: string[] = [];
  for await (const line of step.lines(AbortSignal.timeout(20_000))) {
    lines.push(line);
    if (line === "begun") await writeFile(join(spec.workDir, "go"), "");
  }
  const outcome = await step.outcome;
  assert.deepEqual([outcome.end, outcome.isAdopted], [{ kind: "exited", code: 5 }, true]);
  assert.deepEqual(lines, ["begun", "done"]);
  assert.equal(await readFile(join(spec.workDir, "trace"), "utf8"), "x");
});

test("adoption: a wall limit holds while no server lives", { skip }, async (t) => {
  const dataDir = await directory(t);
  const spec = stepSpec({ dataDir, app, id: "endless" }, "setInterval(() => {}, 1000)", {});
  const short = { ...spec, limits: { ...spec.limits, wallMs: 700 } };
  await killedServer(dataDir, { steps: [short] });
  const claim = (await readFile(join(dataDir, "steps", "endless", "claim"), "utf8")).split("\n");
  const pid = Number(claim[1]?.split(" ")[0]);
  const wrapper = identityOf(pid);
  assert.ok(wrapper !== undefined);
  await gone(wrapper);
  await using runtime = await createProcessRuntime({ dataDir, clock: realClock, log: quietLog });
  const { end } = await (await runtime.step(short)).outcome;
  assert.deepEqual(end, { kind: "limit", limit: "wallMs", allowed: 700 });
});

test(
  "adoption: instances serve on, are found, stopped and told apart from crashes",
  { skip },
  async (t) => {
    const dataDir = await directory(t);
    const serving = await instanceSpec(dataDir, app, { program: serverProgram(200), change: {} });
    const change = { processType: "worker" };
    const program = "setInterval(() => {}, 1000)";
    const crashed = await instanceSpec(dataDir, app, { program, change });
    await killedServer(dataDir, { instances: [serving, crashed] });
    {
      await using first = await createProcessRuntime({ dataDir, clock: realClock, log: quietLog });
      const found = await first.instances();
      assert.deepEqual(found.map(({ id }) => id).toSorted(), [serving.id, crashed.id].toSorted());
      const web = found.find(({ id }) => id === serving.id);
      assert.equal((await fetch(`http://${web?.host}:${web?.port}/`)).status, 200);
      const again = await first.start(serving);
      assert.deepEqual(again, { ok: true, value: web });
    }
    const wrapper = await wrapperOf(dataDir, crashed.id);
    killBelow(wrapper);
    await using second = await createProcessRuntime({ dataDir, clock: realClock, log: quietLog });
    for await (const exit of second.exits(AbortSignal.timeout(20_000))) {
      assert.deepEqual([exit.id, exit.exit], [crashed.id, "signal SIGKILL"]);
      break;
    }
    await second.stop(serving.id, 5000);
    assert.deepEqual(await second.instances(), []);
  },
);

test("adoption: an exit that was told is not told again", { skip }, async (t) => {
  const dataDir = await directory(t);
  const spec = await instanceSpec(dataDir, app, {
    program: "setTimeout(() => process.exit(4), 300)",
    change: { processType: "worker" },
  });
  await killedServer(dataDir, { instances: [spec] });
  {
    await using first = await createProcessRuntime({ dataDir, clock: realClock, log: quietLog });
    const over = new AbortController();
    for await (const exit of first.exits(over.signal)) {
      assert.equal(exit.exit, "exit code 4");
      over.abort();
    }
  }
  assert.ok(existsSync(join(dataDir, "instances", spec.id, "reported")));
  await using second = await createProcessRuntime({ dataDir, clock: realClock, log: quietLog });
  const again = [];
  for await (const exit of second.exits(AbortSignal.timeout(300))) again.push(exit);
  assert.deepEqual(again, []);
});

test("adoption: an instance that crashed starts again under its id", { skip }, async (t) => {
  const dataDir = await directory(t);
  const spec = await instanceSpec(dataDir, app, { program: serverProgram(200), change: {} });
  await using runtime = await createProcessRuntime({ dataDir, clock: realClock, log: quietLog });
  const first = await runtime.start(spec);
  assert.ok(first.ok);
  signalPid(first.value.pid, "SIGKILL");
  for await (const exit of runtime.exits(AbortSignal.timeout(20_000))) {
    assert.equal(exit.id, spec.id);
    break;
  }
  const second = await runtime.start(spec);
  assert.ok(second.ok);
  assert.notEqual(first.value.pid, second.value.pid);
  await runtime.stop(spec.id, 5000);
});

test(
  "ports: one that an instance had is not given to the next, nor by the next server",
  { skip },
  async (t) => {
    const dataDir = await directory(t);
    // The same dice each time: the same port, if nothing is known of those before.
    const clock = { ...realClock, random: () => 0.37 };
    const had: (number | undefined)[] = [];
    const runOne = async (runtime: Awaited<ReturnType<typeof createProcessRuntime>>) => {
      const spec = await instanceSpec(dataDir, app, { program: serverProgram(200), change: {} });
      const started = await runtime.start(spec);
      assert.ok(started.ok);
      had.push(started.value.port);
      await runtime.stop(spec.id, 5000);
    };
    {
      await using first = await createProcessRuntime({ dataDir, clock, log: quietLog });
      await runOne(first);
      await runOne(first);
    }
    await using second = await createProcessRuntime({ dataDir, clock, log: quietLog });
    await runOne(second);
    assert.equal(new Set(had).size, 3, had.join(", "));
  },
);

async function wrapperOf(dataDir: string, id: string): Promise<number> {
  const claim = await readFile(join(dataDir, "instances", id, "claim"), "utf8");
  return Number(claim.split("\n")[1]?.split(" ")[0]);
}

/** Kills the child of a wrapper, which takes the sandbox with it. */
function killBelow(wrapper: number): void {
  const pids = readdirSync("/proc").map(Number).filter(Number.isInteger);
  for (const pid of pids) if (parentOf(pid) === wrapper) signalPid(pid, "SIGKILL");
}

function parentOf(pid: number): number {
  return readStat(pid)?.parentPid ?? 0;
}

/** A file of this room as an import in another process. */
function at(name: string): string {
  return JSON.stringify(new URL(name, import.meta.url).href);
}

async function gone(identity: ProcessIdentity): Promise<void> {
  if (!isAlive(identity)) return;
  await new Promise((done) => setTimeout(done, 20));
  await gone(identity);
}
