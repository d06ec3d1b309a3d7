import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { test } from "node:test";
import { dataPlaneConformance } from "./data-plane.conformance.ts";
import { armOf, ask, quietLog, realClock, routeOf } from "./edge-fixture.conformance.ts";
import { startApp, startEdge, tableOf, temporaryDirectory } from "./edge-fixture.conformance.ts";
import { embeddedDataPlane } from "./embedded-data-plane.ts";
import { controlSocketPath } from "./files.ts";

const never = new AbortController().signal;

function openDriver(dataDir: string) {
  const edges = ["edge-0"];
  return embeddedDataPlane({ dataDir, edges, publicPort: 7480, log: quietLog, clock: realClock });
}

dataPlaneConformance({
  name: "embedded data plane",
  async open() {
    const directory = await temporaryDirectory();
    const edge = await startEdge(directory.path);
    const dataPlane = await openDriver(directory.path);
    return {
      dataPlane,
      port: edge.port,
      async [Symbol.asyncDispose]() {
        await dataPlane[Symbol.asyncDispose]();
        await edge[Symbol.asyncDispose]();
        await directory[Symbol.asyncDispose]();
      },
    };
  },
  skips: {},
});

test("an edge that is down is missing, and gets the newest table when it comes", async () => {
  await using directory = await temporaryDirectory();
  await using dataPlane = await openDriver(directory.path);
  await using app = await startApp("up");
  const receipt = await dataPlane.apply(tableOf(1, routeOf({ baseline: armOf(app.port) })), never);
  assert.deepEqual([receipt.edges, receipt.missing], [[], ["edge-0"]]);
  await using edge = await startEdge(directory.path);
  assert.equal((await ask(edge.port)).body, "up");
});

test("the last-good table is served with no control plane", async () => {
  await using directory = await temporaryDirectory();
  await using app = await startApp("alone");
  {
    await using dataPlane = await openDriver(directory.path);
    await dataPlane.apply(tableOf(1, routeOf({ baseline: armOf(app.port) })), never);
  }
  await using edge = await startEdge(directory.path);
  assert.equal((await ask(edge.port)).body, "alone");
});

async function spawnEdge(dataDir: string): Promise<{ child: ChildProcess; port: number }> {
  const entry = new URL("../../../bench/edge-entry.ts", import.meta.url).pathname;
  const argv = ["--conditions=source", entry, dataDir, "0"];
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of child.stdout) return { child, port: Number(String(line).trim()) };
  throw new Error("the edge ended before it served");
}

test("an edge that was killed serves the same table and users when it is started again", async () => {
  await using directory = await temporaryDirectory();
  await using app = await startApp("app");
  await using dataPlane = await openDriver(directory.path);
  const baseline = armOf(app.port);
  await dataPlane.apply(tableOf(1, routeOf({ baseline })), never);
  const first = await spawnEdge(directory.path);
  const cookie = (await ask(first.port)).headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
  while (dataPlane.missingEdges().length > 0) {
    await dataPlane.apply(tableOf(dataPlane.tableVersion() + 1, routeOf({ baseline })), never);
  }
  first.child.kill("SIGKILL");
  await once(first.child, "exit");
  // Its socket is closed; the driver hears of it in its own time.
  while (dataPlane.missingEdges().length === 0) {
    await dataPlane.apply(tableOf(dataPlane.tableVersion() + 1, routeOf({ baseline })), never);
  }
  assert.deepEqual(dataPlane.missingEdges(), ["edge-0"]);
  const second = await spawnEdge(directory.path);
  const answer = await ask(second.port, { headers: { cookie } });
  assert.deepEqual([answer.body, answer.headers["set-cookie"]], ["app", undefined]);
  // The driver finds the new process by itself; a receipt proves it.
  while (!dataPlane.edges().every((edge) => edge.isUp)) {
    await dataPlane.apply(tableOf(dataPlane.tableVersion() + 1, routeOf({ baseline })), never);
  }
  const boots = new Set<string>();
  for await (const interval of dataPlane.intervals(AbortSignal.timeout(10_000))) {
    boots.add(interval.boot);
    if (interval.rows.some((row) => row.requests === 1)) break;
  }
  assert.equal(boots.size, 1);
  second.child.kill("SIGTERM");
  const [code] = await once(second.child, "exit");
  assert.equal(code, 0);
});

test("counts made while nobody listened come when the server is back", async () => {
  await using directory = await temporaryDirectory();
  await using app = await startApp("app");
  await using edge = await startEdge(directory.path);
  {
    await using dataPlane = await openDriver(directory.path);
    await dataPlane.apply(tableOf(1, routeOf({ baseline: armOf(app.port) })), never);
  }
  for (let count = 0; count < 5; count += 1) await ask(edge.port);
  await using dataPlane = await openDriver(directory.path);
  let requests = 0;
  for await (const interval of dataPlane.intervals(AbortSignal.timeout(10_000))) {
    for (const row of interval.rows) requests += row.requests;
    dataPlane.acknowledge(interval);
    if (requests === 5) break;
  }
  assert.equal(requests, 5);
});

test("socket, table and key are for this user only", async () => {
  await using directory = await temporaryDirectory();
  await using dataPlane = await openDriver(directory.path);
  await dataPlane.apply(tableOf(1), never);
  await using edge = await startEdge(directory.path);
  assert.ok(edge.port > 0);
  const files = [
    controlSocketPath(directory.path, "edge-0"),
    `${directory.path}/edge/cookie.key`,
    `${directory.path}/edge/routes.json`,
  ];
  for (const path of files) assert.equal((await stat(path)).mode & 0o777, 0o600, path);
});

test("a long data directory still gets a socket path that fits", () => {
  const path = controlSocketPath(`/data/${"long/".repeat(40)}`, "edge-0");
  assert.ok(Buffer.byteLength(path) <= 103);
});
