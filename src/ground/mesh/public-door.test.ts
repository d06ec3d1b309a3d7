/** The door to elsewhere, without a server behind it: it opens by what is on disk, is bounded, and closes. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { rm, stat } from "node:fs/promises";
import { request, type RequestOptions } from "node:https";
import { connect as connectPlain } from "node:net";
import { test, type TestContext } from "node:test";
import { connect } from "node:tls";
import { challengesFile, keepCertificate, servedFile } from "#ground/certificates";
import {
  armOf,
  freePort,
  quietLog,
  realClock,
  routeOf,
  shorten,
  startApp,
  startEdge,
  tableOf,
  temporaryDirectory,
} from "./edge-fixture.conformance.ts";
import { tablePath, writeAtomically } from "./files.ts";

const domain = "dev.localhost";

/** An edge with a self-signed certificate, and an app called shop behind it. */
async function openDoor(t: TestContext) {
  const directory = await temporaryDirectory();
  const app = await startApp("app");
  const dataDir = directory.path;
  const address = { domain, port: await freePort() };
  let now = Date.now();
  const keeper = keepCertificate({
    dataDir,
    address,
    source: { kind: "self_signed" },
    hasAdmin: async () => true,
    // It does not wait for the edge that is not there yet.
    clock: { ...realClock, now: () => now, sleep: async () => void (now += 60_000) },
    log: quietLog,
  });
  await keeper.open();
  const table = tableOf(1, routeOf({ baseline: armOf(app.port) }));
  await writeAtomically(tablePath(dataDir), JSON.stringify(table));
  const certificateFile = servedFile(dataDir, domain);
  const edge = await startEdge(dataDir, {
    publicDoor: {
      address,
      host: "127.0.0.1",
      certificateFile,
      challengesFile: challengesFile(dataDir),
    },
  });
  t.after(async () => {
    await edge[Symbol.asyncDispose]();
    await app[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });
  return { port: address.port, certificateFile };
}

async function ask(
  port: number,
  name: string,
  options: RequestOptions = {},
): Promise<readonly [status: number | undefined, text: string]> {
  return await new Promise((resolve, reject) => {
    const at = { host: "127.0.0.1", port, servername: name, headers: { host: name }, agent: false };
    const sent = request({ ...at, rejectUnauthorized: false, ...options }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      answer.once("end", () => resolve([answer.statusCode, text]));
    });
    sent.once("error", reject).end();
  });
}

test("apps answer by their name beneath the domain, and by no other", async (t) => {
  const { port } = await openDoor(t);
  assert.deepEqual(await ask(port, `shop.${domain}`), [200, "app"]);
  const names = ["shop.localhost", `a.shop.${domain}`, domain, "127.0.0.1"];
  for (const host of names) {
    const [status] = await ask(port, `shop.${domain}`, { headers: { host } });
    assert.equal(status, 404, host);
  }
});

test("an app answers no authority: it could have its own name vouched for to itself", async (t) => {
  const { port } = await openDoor(t);
  for (const kind of ["acme-challenge", "pki-validation"]) {
    const path = `/.well-known/${kind}/token`;
    const [status, text] = await ask(port, `shop.${domain}`, { path });
    assert.equal(status, 404, path);
    assert.match(text, /Nothing is asked of this name/);
  }
  assert.deepEqual(await ask(port, `shop.${domain}`, { path: "/.well-known/acme" }), [200, "app"]);
});

test("a server that is not there is a page, and apps go on", async (t) => {
  const { port } = await openDoor(t);
  const [status, text] = await ask(port, `tidegate.${domain}`);
  assert.equal(status, 502);
  assert.match(text, /Tidegate is not answering/);
  assert.deepEqual(await ask(port, `shop.${domain}`), [200, "app"]);
});

test("who takes too long over a handshake is let go", async (t) => {
  shorten(t, { handshakeTimeoutMs: 50 });
  const { port } = await openDoor(t);
  const silent = connectPlain(port, "127.0.0.1");
  const dribbling = connectPlain(port, "127.0.0.1", () => dribbling.write("\u0016\u0003\u0001"));
  await Promise.all(
    [silent, dribbling].map(async (socket) => await once(socket.resume(), "close")),
  );
  assert.deepEqual(await ask(port, `shop.${domain}`), [200, "app"]);
});

test("without a certificate the door closes, for those who come and those who are idle", async (t) => {
  const { port, certificateFile } = await openDoor(t);
  assert.equal((await stat(certificateFile)).mode & 0o777, 0o600);
  const idle = connect({
    port,
    host: "127.0.0.1",
    rejectUnauthorized: false,
    servername: `shop.${domain}`,
  });
  await once(idle, "secureConnect");
  idle.write(`GET / HTTP/1.1\r\nhost: shop.${domain}\r\n\r\n`);
  await once(idle, "data");
  // It may close before the file's removal is told to us.
  const closed = once(idle.resume(), "close");
  await rm(certificateFile);
  await closed;
  await assert.rejects(ask(port, `shop.${domain}`), /ECONNREFUSED/);
});
