/** An instance keeps its ports: git's remotes lead to them. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { choosePorts, rememberPorts } from "./supervisor-ports.ts";

async function directory(t: TestContext): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "tidegate-ports-"));
  t.after(async () => await rm(made, { recursive: true, force: true }));
  return made;
}

/** Listens at a port that was free. */
async function listening(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return { server, port: address.port };
}

async function freePorts(): Promise<readonly [number, number, number]> {
  const all = await Promise.all([listening(), listening(), listening()]);
  for (const { server } of all) await new Promise((resolve) => server.close(resolve));
  const [api, edge, ssh] = all.map(({ port }) => port);
  assert.ok(api !== undefined && edge !== undefined && ssh !== undefined);
  return [api, edge, ssh];
}

test("ports: a start that asks for none gets those of the last time", async (t) => {
  const dataDir = await directory(t);
  const [port, edgePort, sshPort] = await freePorts();
  await rememberPorts(dataDir, { port, edgePort, sshPort });
  // SSH was off the last time, and keeps the port it had before.
  await rememberPorts(dataDir, { port, edgePort });
  const { api, edge, ssh } = await choosePorts({ dataDir, asked: {} });
  assert.deepEqual([api, edge, ssh], [{ port }, { port: edgePort }, { port: sshPort }]);
});

test("ports: one of the last time that is taken gives way, and it is said", async (t) => {
  const dataDir = await directory(t);
  const [, edgePort, sshPort] = await freePorts();
  const { server, port } = await listening();
  t.after(() => server.close());
  await rememberPorts(dataDir, { port, edgePort, sshPort });
  const { api } = await choosePorts({ dataDir, asked: {} });
  assert.notEqual(api.port, port);
  const had = `port ${port} for the API, which it had the last time, is taken`;
  assert.ok(api.note?.startsWith(had), api.note);
  const clones = `clones that were linked lead to port ${port}: in each, tidegate link APP`;
  assert.ok(api.note?.endsWith(`; using ${api.port}; ${clones}`), api.note);
});

test("ports: what is asked for by name goes before the last time", async (t) => {
  const dataDir = await directory(t);
  const [port, edgePort, sshPort] = await freePorts();
  const [other] = await freePorts();
  await rememberPorts(dataDir, { port, edgePort, sshPort });
  const { api } = await choosePorts({ dataDir, asked: { port: String(other) } });
  assert.equal(api.port, other);
  assert.match(api.note ?? "", new RegExp(`^clones that were linked lead to port ${port}: `));
});

// oxfmt-ignore
const spoiled = ['{"port":', '{"port":74200}', '{"port":-1}', '{"port":7420.5}', '{"port":null}', "[]", "7420"];
for (const text of spoiled) {
  test(`ports: a file of ${text} is as none`, async (t) => {
    const dataDir = await directory(t);
    await writeFile(join(dataDir, "ports.json"), text);
    const { api } = await choosePorts({ dataDir, asked: {} });
    assert.doesNotMatch(api.note ?? "", /last time|linked/);
  });
}
