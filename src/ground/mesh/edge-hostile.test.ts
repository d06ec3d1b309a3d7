/** Clients and apps that are gone or hostile: the edge stays, and charges whose fault it was. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  armOf,
  ask,
  nextText,
  openSocket,
  sendRaw,
  shorten,
  startApp,
} from "./edge-fixture.conformance.ts";
import {
  rowsOf,
  setStage,
  startRawApp,
  type RawApp,
  type Stage,
} from "./edge-stage.conformance.ts";
import { requestHeaderKind } from "./headers.ts";
import { Upstream, type UpstreamConnection } from "./upstream.ts";
import { userKeys } from "./user-key.ts";

const head = "Host: shop.localhost\r\n";

test("a connection that paused for a slow client as it became free serves the next one", async () => {
  const size = 64 * 1024; // as much as one read takes, and as one write may before it asks to pause
  await using app = await startRawApp((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
  });
  await using stage = await setStage(app.port);
  for (let nth = 0; nth < 3; nth += 1) {
    const client = connect(stage.port, "127.0.0.1");
    client.write(`GET / HTTP/1.1\r\n${head}\r\n`);
    assert.match(await nextText(client), /^HTTP\/1.1 200 /);
    app.sockets.at(-1)?.write(Buffer.alloc(size, "x"));
    let bytes = 0;
    for await (const chunk of client) {
      bytes += Buffer.byteLength(String(chunk));
      if (bytes === size) break;
    }
  }
  assert.equal(app.sockets.length, 1);
});

/** Lets something happen to each request before its connection to the app can be there. */
function onServe(stage: Stage, happen: (request: IncomingMessage) => void): void {
  const serve = stage.edge.serve.bind(stage.edge);
  stage.edge.serve = (request, response, isExpecting) => {
    serve(request, response, isExpecting);
    if (request.url === "/early") happen(request);
  };
}

async function startEager(): Promise<RawApp & { readonly seen: string[] }> {
  const seen: string[] = [];
  const app = await startRawApp((socket, text) => {
    seen.push(text.split("\r\n")[0] ?? "");
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  return { ...app, seen };
}

test("a client that hangs up while its connection is made leaves none behind", async (context) => {
  shorten(context, { upstreamConnectionsMax: 1 });
  await using app = await startEager();
  await using stage = await setStage(app.port);
  onServe(stage, ({ socket }) => socket.destroy());
  const body = `Content-Length: 5\r\n\r\nab`;
  assert.equal(await sendRaw(stage.port, `POST /early HTTP/1.1\r\n${head}${body}`), "");
  assert.equal((await ask(stage.port)).body, "ok");
  assert.deepEqual(app.seen, ["GET / HTTP/1.1"]);
});

test("a request that ran out of time while its connection was made is not sent", async () => {
  await using app = await startEager();
  await using stage = await setStage(app.port, 1_000);
  onServe(stage, () => stage.edge.sweep(performance.now() + 1_500));
  assert.equal((await ask(stage.port, { path: "/early" })).status, 504);
  assert.equal((await ask(stage.port)).body, "ok");
  assert.deepEqual(app.seen, ["GET / HTTP/1.1"]);
});

test("a connection is taken by nobody from the moment it is closed", async () => {
  await using app = await startEager();
  const target = armOf(app.port).targets[0];
  assert.ok(target !== undefined);
  const upstream = new Upstream(target, () => undefined);
  const carry = async () => {
    const over = Promise.withResolvers<UpstreamConnection>();
    let used: UpstreamConnection | undefined;
    upstream.carry({
      method: "GET",
      isSent: true,
      isRepeatable: true,
      onReady(connection) {
        used = connection;
        connection.socket.write(`GET / HTTP/1.1\r\n${head}\r\n`);
      },
      onFailure: (failure) => over.reject(new Error(failure)),
      onWhole: () => used !== undefined && over.resolve(used),
      onHead: () => undefined,
      onBody: () => undefined,
      onEnd: () => undefined,
      onDrain: () => undefined,
    });
    return await over.promise;
  };
  const first = await carry();
  assert.equal(await carry(), first);
  first.close();
  assert.notEqual(await carry(), first);
  upstream.destroy();
});

test("a body that is too large after the answer has begun ends that request alone", async (context) => {
  shorten(context, { requestBodyBytesMax: 1_000 });
  await using app = await startApp("echo", (incoming, response) => void incoming.pipe(response));
  await using stage = await setStage(app.port);
  const client = connect(stage.port, "127.0.0.1");
  client.write(`POST / HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`);
  assert.match(await nextText(client), /^HTTP\/1.1 200 /);
  client.on("error", () => client.destroy()); // what the edge does
  client.write(`7d0\r\n${"x".repeat(2_000)}\r\n`);
  client.resume();
  await once(client, "close");
  assert.equal((await ask(stage.port, { method: "POST", body: "ok" })).body, "ok");
  assert.ok(rowsOf(stage.edge).every((row) => row.errors === 0));
});

test("a client that does not finish its request is told so, and the app is not charged", async () => {
  await using app = await startApp("app", (incoming, response) => {
    incoming.on("end", () => response.end("got it")).resume();
  });
  await using stage = await setStage(app.port, 1_000);
  const client = connect(stage.port, "127.0.0.1");
  client.write(`POST / HTTP/1.1\r\n${head}Content-Length: 9\r\n\r\nhalf`);
  while (app.seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
  stage.edge.sweep(performance.now() + 2_000);
  assert.match(await nextText(client), /^HTTP\/1.1 408 /);
  assert.deepEqual(rowsOf(stage.edge), []);
  client.destroy();
});

test("a body that lasts until its connection ends is not whole when that was reset", async () => {
  const half = Promise.withResolvers<void>();
  await using app = await startRawApp((socket) => {
    socket.write("HTTP/1.1 200 OK\r\n\r\nhalf");
    void half.promise.then(() => socket.resetAndDestroy());
  });
  await using stage = await setStage(app.port);
  const client = connect(stage.port, "127.0.0.1");
  client.on("error", () => client.destroy()); // what the edge does
  client.write(`GET / HTTP/1.1\r\n${head}\r\n`);
  let text = await nextText(client);
  client.on("data", (chunk) => (text += chunk.toString("latin1")));
  half.resolve();
  await once(client, "close");
  assert.match(text, /half/);
  assert.doesNotMatch(text, /\r\n0\r\n\r\n$/);
  assert.equal(rowsOf(stage.edge)[0]?.errors, 1);
});

test("a stream that begins with silence gives its client the head at once", async () => {
  await using app = await startApp("stream", (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
  });
  await using stage = await setStage(app.port);
  const client = connect(stage.port, "127.0.0.1");
  client.write(`GET / HTTP/1.1\r\n${head}\r\n`);
  assert.match(await nextText(client), /text\/event-stream/);
  client.destroy();
});

test("an upgrade that leads nowhere closes the connection, also of a client that does not", async () => {
  await using app = await startApp("app");
  await using stage = await setStage(app.port);
  const client = connect({ port: stage.port, host: "127.0.0.1", allowHalfOpen: true });
  const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  client.write(`GET / HTTP/1.1\r\nHost: nobody.localhost\r\n${upgrade}`);
  assert.match(await nextText(client), /^HTTP\/1.1 404 /);
  while (stage.edge.connections > 0) await new Promise((resolve) => setImmediate(resolve));
  client.destroy();
});

test("a tunnel's last bytes reach a client that was slow to read them", async () => {
  const size = 8 * 1024 ** 2;
  await using app = await startRawApp((socket) => {
    socket.write("HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    socket.end(Buffer.alloc(size, "x"));
  });
  await using stage = await setStage(app.port);
  const socket = await openSocket(stage.port);
  socket.pause();
  const [upstream] = app.sockets;
  assert.ok(upstream !== undefined);
  let bytes = 0;
  socket.on("data", (chunk) => (bytes += chunk.length));
  socket.resume();
  await once(socket, "close");
  // The head may have brought some of it along.
  assert.ok(bytes > size - 70_000, `${bytes} bytes`);
});

test("an interim answer to an upgrade is not the answer", async () => {
  await using app = await startRawApp((socket) => {
    socket.write("HTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 101 Switching\r\n\r\nhello");
  });
  await using stage = await setStage(app.port);
  (await openSocket(stage.port)).destroy();
});

test("what strangers send is not kept alive by what is remembered of it", () => {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  assert.ok(typeof collect === "function");
  const keys = userKeys(Buffer.alloc(32));
  const heapBytes = () => (collect(), process.memoryUsage().heapUsed);
  const before = heapBytes();
  for (let user = 0; user < 2_000; user += 1) {
    // As the parser gives it: one flat text, of which the cookie is a slice.
    const { cookieValue } = keys.mint();
    const cookie = Buffer.from(`${cookieValue}${"x".repeat(30_000)}`).toString("latin1");
    assert.notEqual(keys.verify(cookie.slice(0, cookieValue.length)), undefined);
    const name = Buffer.from(`x-${user}-header-name-${"y".repeat(30_000)}`).toString("latin1");
    requestHeaderKind(name.slice(0, 20));
  }
  const grownBytes = heapBytes() - before;
  assert.ok(keys.verify("forged") === undefined);
  assert.ok(grownBytes < 10 * 1024 ** 2, `${grownBytes} bytes`);
});
