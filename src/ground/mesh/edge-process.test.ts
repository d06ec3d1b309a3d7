/** Edges as the processes they are: one port, one slot each, stopped and killed. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { Agent, request, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import {
  armOf,
  ask,
  freePort,
  nextText,
  quietLog,
  realClock,
  routeOf,
  startApp,
  tableOf,
  temporaryDirectory,
} from "./edge-fixture.conformance.ts";
import { embeddedDataPlane } from "./embedded-data-plane.ts";
import { controlSocketPath } from "./files.ts";

const never = new AbortController().signal;

interface Spawned extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  /** Resolves when a log line has this event; rejects when the process ends before. */
  saw(event: string): Promise<void>;
}

function spawnEdge(dataDir: string, port: number, slot = 0): Spawned {
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const where = ["--data", dataDir, "--edge-port", String(port), "--slot", String(slot)];
  const argv = ["--conditions=source", main, "edge", ...where];
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  const wakes = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      text += String(chunk);
      for (const wake of wakes) wake();
    });
  }
  const exited = once(child, "exit").then(() => child.exitCode);
  return {
    child,
    exited,
    async saw(event) {
      await new Promise<void>((resolve, reject) => {
        const look = () => text.includes(`"${event}"`) && resolve();
        wakes.add(look);
        void exited.then(() => reject(new Error(`ended before ${event}:\n${text}`)));
        look();
      });
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

const openDriver = (dataDir: string, ...edges: string[]) =>
  embeddedDataPlane({ dataDir, edges, publicPort: 80, log: quietLog, clock: realClock });

test("two edges share a port, and their counts join", async () => {
  await using directory = await temporaryDirectory();
  const port = await freePort();
  await using app = await startApp("app");
  await using dataPlane = await openDriver(directory.path, "edge-0", "edge-1");
  const baseline = armOf(app.port);
  await dataPlane.apply(tableOf(1, routeOf({ baseline })), never);
  await using one = spawnEdge(directory.path, port, 0);
  await using two = spawnEdge(directory.path, port, 1);
  await Promise.all([one.saw("edge.listening"), two.saw("edge.listening")]);
  const total = 60;
  for (let nth = 0; nth < total; nth += 1) assert.equal((await ask(port)).body, "app");
  const requests = new Map<string, number>();
  const sum = () => [...requests.values()].reduce((all, some) => all + some, 0);
  for await (const interval of dataPlane.intervals(AbortSignal.timeout(10_000))) {
    const count = interval.rows.reduce((all, row) => all + row.requests, 0);
    requests.set(interval.edge, (requests.get(interval.edge) ?? 0) + count);
    dataPlane.acknowledge(interval);
    if (sum() >= total) break;
  }
  assert.equal(sum(), total);
  assert.deepEqual([...requests.keys()].toSorted(), ["edge-0", "edge-1"]);
});

test("a second process of a slot refuses to start, and the first keeps its socket", async () => {
  await using directory = await temporaryDirectory();
  const port = await freePort();
  await using first = spawnEdge(directory.path, port);
  await first.saw("edge.listening");
  await using second = spawnEdge(directory.path, port);
  assert.notEqual(await second.exited, 0);
  await using app = await startApp("app");
  await using dataPlane = await openDriver(directory.path, "edge-0");
  const receipt = await dataPlane.apply(tableOf(1, routeOf({ baseline: armOf(app.port) })), never);
  assert.deepEqual(receipt.missing, []);
  assert.equal((await ask(port)).body, "app");
});

test("a socket left by a killed process is replaced", async () => {
  await using directory = await temporaryDirectory();
  const port = await freePort();
  const killed = spawnEdge(directory.path, port);
  await killed.saw("edge.listening");
  await killed[Symbol.asyncDispose]();
  const path = controlSocketPath(directory.path, "edge-0");
  const before = await stat(path);
  await using next = spawnEdge(directory.path, port);
  await next.saw("edge.listening");
  assert.notEqual((await stat(path)).ino, before.ino);
});

test("SIGTERM lets requests finish, says so to kept connections, and takes no new ones", async () => {
  await using directory = await temporaryDirectory();
  const port = await freePort();
  const waiting = Promise.withResolvers<ServerResponse>();
  await using app = await startApp("app", (incoming, response) => {
    if (incoming.url === "/slow") waiting.resolve(response);
    else response.end("quick");
  });
  await using dataPlane = await openDriver(directory.path, "edge-0");
  await dataPlane.apply(tableOf(1, routeOf({ baseline: armOf(app.port) })), never);
  await using edge = spawnEdge(directory.path, port);
  await edge.saw("edge.listening");
  const idle = connect(port, "127.0.0.1");
  idle.write("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n");
  assert.doesNotMatch(await nextText(idle), /connection: close/i);
  const idleClosed = once(idle.resume(), "close");
  const agent = new Agent({ keepAlive: true });
  const headers = { host: "shop.localhost" };
  const slow = request({ host: "127.0.0.1", port, path: "/slow", agent, headers }).end();
  const answered: Promise<IncomingMessage[]> = once(slow, "response");
  const response = await waiting.promise;
  edge.child.kill("SIGTERM");
  await idleClosed; // it has begun to stop: idle connections are the first to go
  await assert.rejects(ask(port));
  response.end("late");
  const [incoming] = await answered;
  assert.equal(incoming?.headers.connection, "close");
  let body = "";
  for await (const chunk of incoming ?? []) body += String(chunk);
  assert.equal(body, "late");
  assert.equal(await edge.exited, 0);
});
