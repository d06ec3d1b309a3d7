import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { routes } from "#faces/api/contract";
import { paintFor } from "../render/paint.ts";
import { runCommandLine } from "../run.ts";

const plain = paintFor({ isTerminal: false }, {});

/** What `tidegate doctor --json` finds on a data directory. */
async function findingsOn(data: string) {
  let text = "";
  const exitCode = await runCommandLine(["doctor", "--json"], {
    env: { HOME: data, TIDEGATE_DATA: data },
    cwd: data,
    isRoot: false,
    isInteractive: false,
    paint: plain,
    paintNarration: plain,
    now: () => 0,
    result: (said) => void (text += said),
    narrate: () => undefined,
  });
  const { findings } = routes["GET /api/v1/findings"].response.parse(JSON.parse(text));
  return { exitCode, of: (name: string) => findings.find((each) => each.name === name) };
}

async function listening(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server has one
  return { server, port: (server.address() as AddressInfo).port };
}

/** A data directory that says where its instance is to be reached: the edge is, the API is not. */
async function started(pid: number | undefined) {
  const data = await mkdtemp(path.join(tmpdir(), "tidegate-doctor-"));
  await mkdir(path.join(data, "run"));
  await writeFile(path.join(data, "admin-token"), "tg_some\n", { mode: 0o600 });
  const [{ server: gone, port }, { server: edge, port: edgePort }] = await Promise.all([
    listening(),
    listening(),
  ]);
  gone.close();
  await once(gone, "close");
  const endpoint = { url: `http://127.0.0.1:${port}`, port, edgePort, pid, isReady: true };
  await writeFile(path.join(data, "run", "endpoint.json"), JSON.stringify(endpoint));
  const clean = async (): Promise<void> => {
    edge.close();
    await rm(data, { recursive: true, force: true });
  };
  return { data, port, edgePort, clean };
}

test("doctor: what does not answer while its supervisor runs is being started again, on the ports it has", async () => {
  // Stands in for a supervisor: a process that has the word among its arguments.
  const stand = spawn(process.execPath, ["-e", "process.stdin.resume()", "supervisor"]);
  await once(stand, "spawn");
  const { data, port, edgePort, clean } = await started(stand.pid);
  try {
    const { exitCode, of } = await findingsOn(data);
    assert.equal(exitCode, 3);
    assert.match(of("instance")?.found ?? "", /connection refused/);
    assert.match(of("instance")?.next ?? "", /starts it again.*tidegate down && tidegate up/);
    assert.equal(of(`port ${port}`)?.found, "free: the API does not listen yet");
    assert.equal(of(`port ${edgePort}`)?.found, "taken, for the edge");
    assert.deepEqual([of("port 7420"), of("port 7422")], [undefined, undefined]);
  } finally {
    stand.kill();
    await clean();
  }
});

test("doctor: what is not running is to be started, and its last ports are looked at", async () => {
  const stand = spawn(process.execPath, ["-e", ""]);
  await once(stand, "exit");
  const { data, port, edgePort, clean } = await started(stand.pid);
  try {
    const { of } = await findingsOn(data);
    assert.equal(of("instance")?.next, "tidegate up --detach");
    assert.equal(of(`port ${port}`)?.found, "free, for the API");
    assert.equal(of(`port ${edgePort}`)?.next, "a free one will be used for the edge");
  } finally {
    await clean();
  }
});

test("doctor: what was stopped is looked at on the ports that it had the last time", async () => {
  const data = await mkdtemp(path.join(tmpdir(), "tidegate-doctor-"));
  const { server, port } = await listening();
  await writeFile(path.join(data, "ports.json"), JSON.stringify({ port }));
  try {
    const { of } = await findingsOn(data);
    assert.equal(of(`port ${port}`)?.found, "taken");
    assert.equal(of("port 7420"), undefined);
    assert.notEqual(of("port 7480"), undefined);
  } finally {
    server.close();
    await rm(data, { recursive: true, force: true });
  }
});

test("doctor: ports of the last time that are none are looked at as the usual ones", async () => {
  const data = await mkdtemp(path.join(tmpdir(), "tidegate-doctor-"));
  await writeFile(path.join(data, "ports.json"), '{"port":74200,"edgePort":"x","sshPort":-1}');
  try {
    const { of } = await findingsOn(data);
    for (const port of [7420, 7480, 7422])
      assert.notEqual(of(`port ${port}`), undefined, `${port}`);
  } finally {
    await rm(data, { recursive: true, force: true });
  }
});
