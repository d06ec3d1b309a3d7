/** Every bound of the listener and of what an app is sent, with what reaching it comes to. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { ask, nextText, sendRaw, shorten, startApp } from "./edge-fixture.conformance.ts";
import { rowsOf, setStage } from "./edge-stage.conformance.ts";
import { limits } from "./limits.ts";

const head = "Host: shop.localhost\r\n";

test("a head that dribbles in is cut", async (context) => {
  shorten(context, { requestHeadTimeoutMs: 50 });
  await using app = await startApp("app");
  await using stage = await setStage(app.port);
  assert.match(await sendRaw(stage.port, `GET / HTTP/1.1\r\n${head}X: `), /^HTTP\/1.1 408 /);
  assert.equal(app.seen.length, 0);
});

test("a request that takes too long to arrive is cut", async (context) => {
  shorten(context, { requestHeadTimeoutMs: 50, requestReceiveTimeoutMs: 100 });
  await using app = await startApp("app", () => undefined);
  await using stage = await setStage(app.port);
  const request = `POST / HTTP/1.1\r\n${head}Content-Length: 5\r\n\r\nab`;
  assert.doesNotMatch(await sendRaw(stage.port, request), /^HTTP\/1.1 [235]/);
  assert.deepEqual(rowsOf(stage.edge), []);
});

test("a client that keeps an idle connection is let go", async (context) => {
  shorten(context, { clientIdleMs: 50 });
  await using app = await startApp("app");
  await using stage = await setStage(app.port);
  assert.match(await sendRaw(stage.port, `GET / HTTP/1.1\r\n${head}\r\n`), /app$/);
});

test("connections beyond the limit are refused", async (context) => {
  shorten(context, { clientConnectionsMax: 3 });
  await using app = await startApp("app");
  await using stage = await setStage(app.port);
  const clients = [1, 2, 3].map(() => connect(stage.port, "127.0.0.1"));
  while (stage.edge.connections < 3) await new Promise((resolve) => setImmediate(resolve));
  await assert.rejects(ask(stage.port));
  const [first] = clients;
  first?.destroy();
  while (stage.edge.connections > 2) await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await ask(stage.port)).status, 200);
  for (const client of clients) client.destroy();
});

test("requests beyond the connections of an app wait, and beyond the queue get a 503", async (context) => {
  shorten(context, { upstreamConnectionsMax: 2, upstreamWaitersMax: 3 });
  const open: (() => void)[] = [];
  await using app = await startApp(
    "app",
    (_, response) => void open.push(() => response.end("ok")),
  );
  await using stage = await setStage(app.port);
  const answers = Array.from({ length: 5 }, () => ask(stage.port));
  while (stage.edge.requestsInFlight < 5) await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await ask(stage.port)).status, 503);
  const all = Promise.all(answers);
  for (let left = 5; left > 0; await new Promise((resolve) => setImmediate(resolve))) {
    const finish = open.shift();
    if (finish !== undefined) left -= 1;
    finish?.();
  }
  assert.deepEqual([...new Set((await all).map((answer) => answer.status))], [200]);
});

test("a client that stops reading is let go, and the app is not charged", async () => {
  await using app = await startApp("app", (_, response) => {
    const more = () => {
      while (response.write(Buffer.alloc(64 * 1024))) continue;
    };
    response.on("drain", more);
    more();
  });
  await using stage = await setStage(app.port);
  const client = connect(stage.port, "127.0.0.1");
  client.on("error", () => client.destroy()); // what the edge does
  client.write(`GET / HTTP/1.1\r\n${head}\r\n`);
  await nextText(client);
  client.pause();
  while (stage.edge.requestsInFlight > 0) {
    await new Promise((resolve) => setImmediate(resolve));
    stage.edge.sweep(performance.now() + limits.clientStallMs + 1_000);
  }
  assert.deepEqual(
    rowsOf(stage.edge).map((row) => [row.requests, row.errors]),
    [[1, 0]],
  );
  client.destroy();
});

test("a slow reader holds no more than buffers of a stream of 200 MB", async () => {
  const size = 200 * 1024 ** 2;
  let written = 0;
  await using app = await startApp("app", (_, response) => {
    const piece = Buffer.alloc(256 * 1024);
    const more = () => {
      while (written < size && response.write(piece)) written += piece.length;
    };
    response.on("drain", () => {
      written += piece.length;
      more();
    });
    response.setHeader("content-length", size);
    more();
  });
  await using stage = await setStage(app.port);
  const client = connect(stage.port, "127.0.0.1");
  client.write(`GET / HTTP/1.1\r\n${head}\r\n`);
  await nextText(client);
  client.pause();
  const before = process.memoryUsage();
  // The app goes on for as long as anybody takes its bytes: all that is taken is in buffers.
  let last = -1;
  while (written !== last) {
    last = written;
    for (let turn = 0; turn < 200; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const now = process.memoryUsage();
  const heldBytes = now.arrayBuffers + now.external - before.arrayBuffers - before.external;
  assert.ok(written < size / 4, `${written} bytes taken`);
  assert.ok(heldBytes < 8 * 1024 ** 2, `${heldBytes} bytes held`);
  client.destroy();
});
