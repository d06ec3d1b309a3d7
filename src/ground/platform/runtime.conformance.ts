/**
 * What every driver of the Runtime port must do, with real programs. A driver's test calls
 * `runtimeConformance`; a skip names the claim and the reason, and is printed.
 */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  newId,
  parseAppName,
  type AppName,
  type InstanceExit,
  type InstanceId,
  type InstanceSpec,
  type Limits,
  type Runtime,
  type StartFailed,
  type StepEnd,
  type StepSpec,
} from "#domain";

export interface RuntimeUnderTest {
  /** Why this machine can run none of it. */
  readonly skip?: string | false;
  readonly name: string;
  /** Opens the driver on an empty directory of its own. */
  open(dataDir: string): Promise<Runtime & AsyncDisposable>;
  /** Claim to reason. */
  readonly skips?: Readonly<Record<string, string>>;
}

const mebibyte = 1024 * 1024;
const limits: Limits = {
  wallMs: 20_000,
  memoryBytes: 256 * mebibyte,
  processes: 64,
  outputBytes: mebibyte,
  diskBytes: 32 * mebibyte,
};

interface Bench {
  readonly dataDir: string;
  readonly runtime: Runtime;
  readonly step: (id: string, script: string, change?: Partial<StepSpec>) => StepSpec;
  readonly instance: (program: string, change?: Partial<InstanceSpec>) => Promise<InstanceSpec>;
}

/** An HTTP server that answers every request with `status`. */
export function serverProgram(status: number, onSigterm = "process.exit(0)"): string {
  return `process.on("SIGTERM", () => { console.log("got SIGTERM"); ${onSigterm} });
    const server = require("node:http").createServer((_, answer) => { answer.statusCode = ${status}; answer.end("hello"); });
    server.listen(Number(process.env.PORT), process.env.HOST, () => console.log("listening"));`;
}

const silent = `require("node:net").createServer(() => {}).listen(Number(process.env.PORT), process.env.HOST);`;
const elsewhere = `require("node:http").createServer((_, a) => a.end()).listen(0, "127.0.0.1", function () {
  console.log("on " + this.address().port); });`;

/** Declares the suite's tests for one driver. */
export function runtimeConformance(subject: RuntimeUnderTest): void {
  const claim = (name: string, check: (bench: Bench) => Promise<void>): void => {
    const skip = subject.skips?.[name] ?? subject.skip ?? false;
    test(`${subject.name}: ${name}`, { skip }, async () => check(await bench()));
  };
  let opened: Promise<Bench & AsyncDisposable> | undefined;
  const bench = (): Promise<Bench> => (opened ??= openBench(subject));
  after(async () => {
    await (await opened)?.[Symbol.asyncDispose]();
  });
  stepClaims(claim);
  limitClaims(claim);
  readinessClaims(claim);
  instanceClaims(claim);
  exitClaims(claim);
  failedStartClaims(claim);
  logClaims(claim);
}

type Claim = (name: string, check: (bench: Bench) => Promise<void>) => void;

function stepClaims(claim: Claim): void {
  claim("a step runs its commands in turn until one fails", async ({ runtime, step }) => {
    const commands = [["node", "-e", "console.log('one')"], ["false"], ["echo", "three"]];
    const running = await runtime.step(step("in-turn", "", { commands }));
    const outcome = await running.outcome;
    assert.deepEqual(outcome.end, { kind: "exited", code: 1 });
    assert.deepEqual(await running.tail(9), ["one"]);
    assert.equal(outcome.isAdopted, false);
  });

  claim("a step that ran is not run again", async ({ runtime, step }) => {
    const spec = step("once", "require('fs').appendFileSync('trace', 'x'); console.log('ran')");
    const first = await (await runtime.step(spec)).outcome;
    const again = await runtime.step(spec);
    assert.deepEqual(await again.outcome, { ...first, isAdopted: true });
    assert.deepEqual(await again.tail(9), ["ran"]);
    assert.equal(await readFile(join(spec.workDir, "trace"), "utf8"), "x");
  });

  claim("two calls at once run a step once", async ({ runtime, step }) => {
    const spec = step("twice", "require('fs').appendFileSync('trace', 'x')");
    const both = await Promise.all([runtime.step(spec), runtime.step(spec)]);
    const ends = await Promise.all(both.map(({ outcome }) => outcome));
    assert.deepEqual(
      ends.map(({ isAdopted }) => isAdopted),
      [false, true],
    );
    assert.equal(await readFile(join(spec.workDir, "trace"), "utf8"), "x");
  });

  claim("lines come as they are written, cut at 4 KiB", async ({ runtime, step }) => {
    const script = "console.log('a'); console.error('b'); process.stdout.write('c'.repeat(5000))";
    const running = await runtime.step(step("lines", script));
    const lines = await collect(running.lines(new AbortController().signal));
    assert.deepEqual(lines, ["a", "b", "c".repeat(4096), "c".repeat(904)]);
  });

  claim("a program gets the environment it was given and nothing of ours", async (bench) => {
    process.env["TIDEGATE_CONFORMANCE_SECRET"] = "secret";
    const env = { GREETING: "it's\n$HOME `id`", "odd.name": "a b", LD_PRELOAD: "" };
    const script = "console.log(JSON.stringify(process.env))";
    const running = await bench.runtime.step(bench.step("environment", script, { env }));
    await running.outcome;
    const found: unknown = JSON.parse((await running.tail(1))[0] ?? "{}");
    assert.ok(typeof found === "object" && found !== null);
    assert.deepEqual({ ...found, ...env }, found);
    assert.ok(!("TIDEGATE_CONFORMANCE_SECRET" in found));
    delete process.env["TIDEGATE_CONFORMANCE_SECRET"];
  });

  claim("without network there is a loopback and nothing else", async ({ runtime, step }) => {
    const script = "console.log(Object.keys(require('os').networkInterfaces()).join())";
    const running = await runtime.step(step("offline", script));
    await running.outcome;
    assert.deepEqual(await running.tail(1), ["lo"]);
  });

  claim("cancelling ends the whole tree", async ({ runtime, step }) => {
    const script = `const child = require("child_process").spawn("sleep", ["1000"], { detached: true, stdio: "inherit" });
      child.unref(); console.log("up"); setInterval(() => {}, 1000);`;
    const running = await runtime.step(step("cancelled", script));
    for await (const line of running.lines(new AbortController().signal)) {
      if (line === "up") await running.cancel();
    }
    assert.deepEqual((await running.outcome).end, { kind: "cancelled" });
  });
}

function limit(name: keyof Limits, allowed: number): StepEnd {
  return { kind: "limit", limit: name, allowed };
}

function limitClaims(claim: Claim): void {
  // oxfmt-ignore
  const hostile: readonly (readonly [string, string, Partial<Limits>, StepEnd])[] = [
    ["a step that never ends is stopped", "setInterval(() => {}, 1000)", { wallMs: 400 }, limit("wallMs", 400)],
    ["a step that prints for ever is stopped", "for (;;) require('fs').writeSync(1, 'y'.repeat(65536))", {}, limit("outputBytes", limits.outputBytes)],
    ["a step that fills the disk is stopped", "const fs = require('fs'); for (let i = 0; ; i++) fs.writeFileSync('f' + i, Buffer.alloc(4 << 20, 1));", {}, limit("diskBytes", limits.diskBytes)],
    ["a step that fills one file is stopped", "const fs = require('fs'); const f = fs.openSync('f', 'w'); for (;;) fs.writeSync(f, Buffer.alloc(4 << 20, 1));", {}, limit("diskBytes", limits.diskBytes)],
    ["a step that hogs memory is stopped", "const all = []; for (;;) all.push(Buffer.alloc(8 << 20, 1));", {}, limit("memoryBytes", limits.memoryBytes)],
    ["a fork bomb is stopped", "const { spawn } = require('child_process'); const again = () => { const c = spawn('sleep', ['1000']); c.on('error', () => {}); setTimeout(again, 1); }; again();", {}, limit("processes", limits.processes)],
  ];
  for (const [index, [name, script, change, end]] of hostile.entries()) {
    claim(name, async ({ runtime, step }) => {
      const spec = step(`hostile-${index}`, script, { limits: { ...limits, ...change } });
      const outcome = await (await runtime.step(spec)).outcome;
      assert.deepEqual(outcome.end, end);
    });
  }
}

function readinessClaims(claim: Claim): void {
  claim("a start that nobody waits for any more is stopped", async ({ runtime, instance }) => {
    const spec = await instance("setInterval(() => {}, 1000)", { health: { timeoutMs: 60_000 } });
    const over = new AbortController();
    const starting = runtime.start(spec, over.signal);
    over.abort();
    assert.equal((await starting).ok, false);
    assert.deepEqual(await runtime.instances(), []);
  });
  type Kind = StartFailed["reason"]["kind"];
  // oxfmt-ignore
  const failing: readonly (readonly [string, string, InstanceSpec["health"], Kind])[] = [
    ["an app that ends at once fails with its exit and log", "console.log('no database'); process.exit(3)", { timeoutMs: 20_000 }, "exited"],
    ["an app that never listens fails", "setInterval(() => {}, 1000)", { timeoutMs: 700 }, "never_listened"],
    ["an app that listens elsewhere fails, and says where", elsewhere, { timeoutMs: 2_000 }, "never_listened"],
    ["an app that answers 500 fails", serverProgram(500), { timeoutMs: 2_000 }, "unhealthy"],
    ["an app whose health path is missing fails", serverProgram(404), { timeoutMs: 700, path: "/up" }, "unhealthy"],
    ["an app that accepts and never answers fails", silent, { timeoutMs: 700 }, "unhealthy"],
  ];
  for (const [name, program, health, kind] of failing) {
    claim(name, async ({ runtime, instance }) => {
      const spec = await instance(program, health === undefined ? {} : { health });
      const result = await runtime.start(spec);
      assert.ok(!result.ok);
      const { reason, log } = result.error;
      assert.equal(reason.kind, kind);
      if (reason.kind === "exited") {
        assert.equal(reason.exit, "exit code 3");
        assert.deepEqual(log, ["no database"]);
      }
      if (program === elsewhere && reason.kind === "never_listened") {
        assert.deepEqual(log, [`on ${reason.listensOn?.[0]}`]);
      }
      if (program === serverProgram(500) && reason.kind === "unhealthy") {
        assert.deepEqual([reason.request, reason.answer], ["GET /", "HTTP 500"]);
      }
      assert.equal(
        (await runtime.instances()).some(({ id }) => id === spec.id),
        false,
      );
    });
  }
}

function instanceClaims(claim: Claim): void {
  claim("an app that answers below 500 is ready on its port", async ({ runtime, instance }) => {
    const result = await runtime.start(await instance(serverProgram(404)));
    assert.ok(result.ok);
    const answer = await fetch(`http://${result.value.host}:${result.value.port}/`);
    assert.equal(await answer.text(), "hello");
    await runtime.stop(result.value.id, 5000);
  });

  claim("starting an instance that runs adopts it", async ({ runtime, instance }) => {
    const spec = await instance(serverProgram(200));
    const [first, second] = [await runtime.start(spec), await runtime.start(spec)];
    assert.deepEqual(first, second);
    await runtime.stop(spec.id, 5000);
  });

  claim("stopping asks first, and kills what ignores it", async ({ runtime, instance }) => {
    const stubborn = await instance(serverProgram(200, ""));
    assert.ok((await runtime.start(stubborn)).ok);
    await runtime.stop(stubborn.id, 150);
    const query = { app: stubborn.app, instance: stubborn.id, tail: 9, follow: false };
    const lines = await collect(runtime.logs({ ...query, signal: AbortSignal.timeout(5000) }));
    assert.deepEqual(
      lines.map(({ text }) => text),
      ["listening", "got SIGTERM"],
    );
    assert.equal(
      (await runtime.instances()).some(({ id }) => id === stubborn.id),
      false,
    );
    await runtime.stop(stubborn.id, 150); // done already
  });

  claim("no connection of ours keeps a program from its end", async ({ runtime, instance }) => {
    const asked = await instance(serverProgram(200, polite));
    assert.ok((await runtime.start(asked)).ok);
    await runtime.stop(asked.id, 5_000);
    const query = { app: asked.app, instance: asked.id, tail: 9, follow: false };
    const lines = await collect(runtime.logs({ ...query, signal: AbortSignal.timeout(5000) }));
    assert.deepEqual(
      lines.map(({ text }) => text),
      ["listening", "got SIGTERM", "closed"],
    );
  });
}

function failedStartClaims(claim: Claim): void {
  claim("a start that fails is told by start alone, however it ends", async (bench) => {
    const { runtime, instance } = bench;
    const crashing = await instance("setTimeout(() => process.exit(7), 300)", {
      processType: "worker",
    });
    const ids = new Set([crashing.id]);
    for (const afterMs of [0, 100, 200, 300]) {
      const failing = await instance(`setTimeout(() => process.exit(3), ${afterMs})`);
      ids.add(failing.id);
      const answer = await runtime.start(failing);
      assert.deepEqual(answer.ok || answer.error.reason, { kind: "exited", exit: "exit code 3" });
    }
    assert.ok((await runtime.start(crashing)).ok);
    assert.equal((await firstExit(runtime, ids)).id, crashing.id);
  });
}

/** Says when its server is closed, which it is once nobody holds a connection to it. */
const polite = `server.close(() => { console.log("closed"); process.exit(0); }); server.closeIdleConnections();`;

function exitClaims(claim: Claim): void {
  claim("exits tells of a crash and not of a stop", async ({ runtime, instance }) => {
    const stopped = await instance(serverProgram(200));
    const crashing = await instance("setTimeout(() => process.exit(7), 300)", {
      processType: "worker",
    });
    assert.ok((await runtime.start(stopped)).ok);
    await runtime.stop(stopped.id, 5000);
    assert.ok((await runtime.start(crashing)).ok);
    const seen = await firstExit(runtime, new Set([stopped.id, crashing.id]));
    assert.deepEqual(
      [seen.id, seen.exit, seen.processType],
      [crashing.id, "exit code 7", "worker"],
    );
    const lastOf = async ({ id, app }: InstanceSpec): Promise<string | undefined> => {
      const query = { app, instance: id, tail: 9, follow: false };
      const lines = await collect(runtime.logs({ ...query, signal: AbortSignal.timeout(5000) }));
      return lines.at(-1)?.text;
    };
    assert.equal(await lastOf(crashing), "tidegate: this instance ended: exit code 7");
    assert.notEqual(await lastOf(stopped), "tidegate: this instance ended: exit code 0");
  });

  claim("an instance that outgrows its memory is told apart", async ({ runtime, instance }) => {
    const program =
      "setTimeout(() => { const all = []; for (;;) all.push(Buffer.alloc(8 << 20, 1)); }, 100)";
    const spec = await instance(program, { processType: "worker" });
    assert.ok((await runtime.start(spec)).ok);
    assert.equal((await firstExit(runtime, new Set([spec.id]))).exit, "out of memory (256 MiB)");
  });

  claim("the memory of an instance is known while it runs", async ({ runtime, instance }) => {
    const program =
      "const kept = Buffer.alloc(96 << 20, 1); console.log('filled'); setInterval(() => kept, 1000)";
    const spec = await instance(program, { processType: "worker" });
    assert.ok((await runtime.start(spec)).ok);
    const over = new AbortController();
    const query = { app: spec.app, instance: spec.id, tail: 5, follow: true, signal: over.signal };
    for await (const { text } of runtime.logs(query)) if (text === "filled") break;
    over.abort();
    const bytes = (await runtime.memoryBytes(spec.id)) ?? 0;
    assert.ok(bytes > 96 << 20 && bytes < 256 << 20, `${bytes} bytes`);
    await runtime.stop(spec.id, 0);
    assert.equal(await runtime.memoryBytes(spec.id), undefined);
  });

  claim("logs carry the release and go on while followed", async ({ runtime, instance }) => {
    const program = "let n = 0; setInterval(() => console.log('tick ' + n++), 20)";
    const spec = await instance(program, { processType: "worker", release: "rel_follow" });
    assert.ok((await runtime.start(spec)).ok);
    const over = new AbortController();
    const texts: string[] = [];
    const query = { app: spec.app, release: "rel_follow", tail: 5, follow: true };
    for await (const line of runtime.logs({ ...query, signal: over.signal })) {
      assert.deepEqual([line.instance, line.release], [spec.id, "rel_follow"]);
      texts.push(line.text);
      if (line.text === "tick 12") over.abort();
    }
    const from = Number((texts[0] ?? "").slice(5));
    assert.deepEqual(
      texts.slice(0, 13 - from),
      texts.slice(0, 13 - from).map((_, at) => `tick ${from + at}`),
    );
    await runtime.stop(spec.id, 5000);
  });
}

function logClaims(claim: Claim): void {
  claim("lines that were written apart in time are told apart in time", async (bench) => {
    const { runtime, instance } = bench;
    const program = "let n = 0; setInterval(() => console.log('tick ' + n++), 20)";
    const spec = await instance(program, { processType: "worker", release: "rel_times" });
    assert.ok((await runtime.start(spec)).ok);
    const query = { app: spec.app, instance: spec.id, tail: 1_000 };
    const signal = AbortSignal.timeout(20_000);
    for await (const _ of runtime.logs({ ...query, follow: true, signal })) {
      const lines = await collect(runtime.logs({ ...query, follow: false, signal }));
      if (new Set(lines.map(({ at }) => at)).size >= 3) break;
    }
    assert.equal(signal.aborted, false, "all lines have one time after 20 s");
    await runtime.stop(spec.id, 5_000);
  });
}

async function collect<T>(source: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

async function firstExit(runtime: Runtime, ids: ReadonlySet<InstanceId>): Promise<InstanceExit> {
  const signal = AbortSignal.timeout(20_000);
  for await (const exit of runtime.exits(signal)) if (ids.has(exit.id)) return exit;
  throw new assert.AssertionError({ message: "no exit was told within 20 s" });
}

async function openBench(subject: RuntimeUnderTest): Promise<Bench & AsyncDisposable> {
  const dataDir = await mkdtemp(join(tmpdir(), "tidegate-runtime-"));
  const runtime = await subject.open(dataDir);
  const app = appName("conformance");
  const ids: InstanceId[] = [];
  return {
    dataDir,
    runtime,
    step: (id, script, change = {}) => stepSpec({ dataDir, app, id }, script, change),
    async instance(program, change = {}) {
      const spec = await instanceSpec(dataDir, app, { program, change });
      ids.push(spec.id);
      return spec;
    },
    async [Symbol.asyncDispose]() {
      for (const id of ids) await runtime.stop(id, 0);
      await runtime[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export function appName(text: string): AppName {
  const app = parseAppName(text);
  assert.ok(app.ok);
  return app.value;
}

/** A step that runs `script` in Node, in a work directory of its own. */
export function stepSpec(
  place: { readonly dataDir: string; readonly app: AppName; readonly id: string },
  script: string,
  change: Partial<StepSpec>,
): StepSpec {
  const workDir = join(place.dataDir, "work", place.id);
  mkdirSync(workDir, { recursive: true });
  return {
    id: place.id,
    app: place.app,
    workDir,
    readOnly: [],
    writable: [],
    commands: [["node", "-e", script]],
    env: {},
    hasNetwork: false,
    limits,
    ...change,
  };
}

/** A web instance of a one-file Node program. */
export async function instanceSpec(
  dataDir: string,
  app: AppName,
  { program, change }: { readonly program: string; readonly change: Partial<InstanceSpec> },
): Promise<InstanceSpec> {
  const id = newId("ins", Math.random);
  const directory = join(dataDir, "releases", id);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "server.js"), program);
  const isWeb = change.processType === undefined || change.processType === "web";
  return {
    id,
    app,
    release: "rel_conformance",
    processType: "web",
    directory,
    argv: ["node", "server.js"],
    env: {},
    ...(isWeb ? { health: { timeoutMs: 20_000 } } : {}),
    memoryBytes: 256 * mebibyte,
    processes: 64,
    ...change,
  };
}
