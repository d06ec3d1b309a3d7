import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Clock, Log } from "#domain";
import { identityOf, isAlive, signalPid } from "./process-identity.ts";
import { supervise, type ChildSpec } from "./supervisor.ts";

const clock: Clock = {
  now: () => Date.now(),
  random: () => 0.5,
  sleep: (ms, signal) =>
    new Promise((done) => {
      const timer = setTimeout(done, ms);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        done();
      });
    }),
};

interface Event {
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

function recorder(): {
  readonly log: Log;
  readonly events: Event[];
  readonly seen: (event: string, count: number) => Promise<Event>;
} {
  const events: Event[] = [];
  const waiting = new Set<() => void>();
  const write = (event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    events.push({ event, fields });
    for (const look of waiting) look();
  };
  return {
    events,
    log: { error: write, warn: write, info: write, debug: write },
    seen: (event, count) =>
      new Promise((done) => {
        const look = (): void => {
          const found = events.filter((one) => one.event === event)[count - 1];
          if (found === undefined) return;
          waiting.delete(look);
          done(found);
        };
        waiting.add(look);
        look();
      }),
  };
}

async function dataDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "tidegate-supervisor-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A child that writes its name and waits; on SIGTERM it writes its name again, unless it is deaf. */
function waiter(name: string, file: string, isDeaf = false): ChildSpec {
  const trap = isDeaf ? "" : `echo "stop ${name}" >>"$1"; exit 0`;
  const script = `trap '${trap}' TERM; echo "start ${name}" >>"$1"; while :; do sleep 0.02; done`;
  return { name, argv: ["/bin/sh", "-c", script, "sh", file], env: { PATH: "/usr/bin:/bin" } };
}

function started(file: string, name: string): () => Promise<boolean> {
  return async () => (await readFile(file, "utf8")).includes(`start ${name}`);
}

test("supervise: starts in order and stops in reverse order", async (t) => {
  const dataDir = await dataDirectory(t);
  const trace = join(dataDir, "trace");
  const over = new AbortController();
  const children = ["one", "two", "three"].map((name) => ({
    ...waiter(name, trace),
    isReady: started(trace, name),
  }));
  const { log } = recorder();
  const onReady = (): void => over.abort();
  const result = await supervise({ dataDir, children, log, clock, signal: over.signal, onReady });
  assert.equal(result.ok, true);
  assert.deepEqual((await readFile(trace, "utf8")).trim().split("\n"), [
    "start one",
    "start two",
    "start three",
    "stop three",
    "stop two",
    "stop one",
  ]);
});

test("supervise: doors start in their turn and stop before all others", async (t) => {
  const dataDir = await dataDirectory(t);
  const trace = join(dataDir, "trace");
  const over = new AbortController();
  const children = ["door", "two", "three"].map((name) => ({
    ...waiter(name, trace),
    isReady: started(trace, name),
    isDoor: name === "door",
  }));
  const { log } = recorder();
  const onReady = (): void => over.abort();
  await supervise({ dataDir, children, log, clock, signal: over.signal, onReady });
  const lines = (await readFile(trace, "utf8")).trim().split("\n");
  assert.deepEqual(lines.slice(3), ["stop door", "stop three", "stop two"]);
});

test("supervise: a child that dies is started again", async (t) => {
  const dataDir = await dataDirectory(t);
  const trace = join(dataDir, "trace");
  const over = new AbortController();
  const { log, seen, events } = recorder();
  const done = supervise({
    dataDir,
    children: [waiter("one", trace)],
    log,
    clock,
    signal: over.signal,
  });
  const first = await seen("supervisor.child_started", 1);
  signalPid(Number(first.fields["pid"]), "SIGKILL");
  const second = await seen("supervisor.child_started", 2);
  over.abort();
  await done;
  assert.notEqual(first.fields["pid"], second.fields["pid"]);
  const exit = events.find(({ event }) => event === "supervisor.child_exited");
  assert.equal(exit?.fields["exit"], "signal SIGKILL");
});

test("supervise: a child that ignores the stop signal is killed after its grace", async (t) => {
  const dataDir = await dataDirectory(t);
  const trace = join(dataDir, "trace");
  const over = new AbortController();
  const { log, seen } = recorder();
  const child = { ...waiter("deaf", trace, true), graceMs: 50, isReady: started(trace, "deaf") };
  const onReady = (): void => over.abort();
  await supervise({ dataDir, children: [child], log, clock, signal: over.signal, onReady });
  const { fields } = await seen("supervisor.child_started", 1);
  assert.equal(identityOf(Number(fields["pid"])), undefined);
  await seen("supervisor.child_killed", 1);
});

test("supervise: a second one on the same data directory is refused", async (t) => {
  const dataDir = await dataDirectory(t);
  const over = new AbortController();
  const { log } = recorder();
  const options = { dataDir, children: [], log, clock, signal: over.signal };
  const first = supervise(options);
  const second = await supervise(options);
  assert.deepEqual(second, {
    ok: false,
    error: { code: "already_running", pid: process.pid, dataDir },
  });
  over.abort();
  assert.equal((await first).ok, true);
  const third = await supervise(options);
  assert.equal(third.ok, true);
});

/** A supervisor in a process of its own, which can be killed. */
async function hostSupervisor(dataDir: string, trace: string): Promise<number> {
  const script = join(dataDir, "host.ts");
  const door = JSON.stringify(new URL("index.ts", import.meta.url).href);
  const child = JSON.stringify(waiter("one", trace));
  await writeFile(
    script,
    `import { supervise } from ${door};
     const nothing = () => {};
     const log = { error: nothing, warn: nothing, info: nothing, debug: nothing };
     const clock = { now: () => Date.now(), random: () => 0.5, sleep: (ms) => new Promise((d) => setTimeout(d, ms)) };
     const signal = new AbortController().signal;
     await supervise({ dataDir: ${JSON.stringify(dataDir)}, children: [${child}], log, clock, signal,
       onReady: () => process.stdout.write("ready") });`,
  );
  const host = spawn(process.execPath, ["--conditions=source", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise((done) => host.stdout.once("data", done));
  host.kill("SIGKILL");
  await new Promise((done) => host.once("exit", done));
  return host.pid ?? 0;
}

test("supervise: children outlive a killed supervisor and are adopted by the next", async (t) => {
  const dataDir = await dataDirectory(t);
  const trace = join(dataDir, "trace");
  await hostSupervisor(dataDir, trace);
  const over = new AbortController();
  const { log, seen } = recorder();
  const children = [waiter("one", trace)];
  const done = supervise({ dataDir, children, log, clock, signal: over.signal });
  const { fields } = await seen("supervisor.child_started", 1);
  assert.equal(fields["isAdopted"], true);
  const adopted = identityOf(Number(fields["pid"]));
  assert.ok(adopted !== undefined && isAlive(adopted));
  const starts = (await readFile(trace, "utf8")).match(/start one/g) ?? [];
  assert.equal(starts.length, 1, "adopted, not doubled");

  signalPid(adopted.pid, "SIGKILL");
  const restarted = await seen("supervisor.child_started", 2);
  assert.equal(restarted.fields["isAdopted"], false);
  over.abort();
  await done;
});

test("supervise: an orphan that is no longer wanted is stopped", async (t) => {
  const dataDir = await dataDirectory(t);
  const trace = join(dataDir, "trace");
  await hostSupervisor(dataDir, trace);
  const over = new AbortController();
  const { log } = recorder();
  const onReady = (): void => over.abort();
  await supervise({ dataDir, children: [], log, clock, signal: over.signal, onReady });
  assert.match(await readFile(trace, "utf8"), /stop one/);
});
