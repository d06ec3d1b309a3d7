/** The way to the server, which a stranger may not take all of: over real sockets, from two addresses. */
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { createServer, request, type ClientRequest, type ServerResponse } from "node:http";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { admit } from "./admit.ts";
import { ConsoleDoor } from "./console-door.ts";
import { quietLog, shorten, temporaryDirectory } from "./edge-fixture.conformance.ts";

const host = "tidegate.example.org";

/** A server that answers nothing until it is told to, behind a door for three, two of one network. */
async function open(t: TestContext) {
  shorten(t, { consoleRequestsMax: 3, consoleRequestsPerNetworkMax: 2 });
  const directory = await temporaryDirectory();
  const told = new EventEmitter();
  const socketPath = join(directory.path, "server");
  const held: ServerResponse[] = [];
  const server = createServer((incoming, response) => {
    held.push(response);
    told.emit("connection", incoming.headers.connection, incoming.socket);
  });
  server.listen(socketPath);
  await once(server, "listening");
  const door = new ConsoleDoor(socketPath, quietLog);
  const edge = createServer((incoming, response) => {
    const { method = "", url = "", httpVersion, rawHeaders } = incoming;
    const admitted = admit({ method, url, httpVersion, rawHeaders });
    assert.equal(admitted.kind, "admitted");
    door.pass({
      request: incoming,
      response,
      admitted,
      requestId: "1",
      isExpecting: false,
      isClosing: () => true,
      refuse: ({ status }) => void response.writeHead(status).end(),
    });
    // After the door's own ear; a refusal has no place that it frees.
    response.once("close", () => response.statusCode === 200 && told.emit("over"));
  });
  edge.listen(0, "127.0.0.1");
  await once(edge, "listening");
  const address = edge.address();
  assert.ok(typeof address === "object" && address !== null);
  const { port } = address;
  t.after(async () => {
    for (const each of [edge, server]) {
      each.closeAllConnections();
      each.close();
    }
    await directory[Symbol.asyncDispose]();
  });
  const come = (localAddress: string): ClientRequest => {
    const at = { host: "127.0.0.1", port, localAddress, headers: { host }, agent: false };
    return request(at)
      .on("error", () => undefined)
      .end();
  };
  return {
    told,
    /** One that the server has got, and has not answered. */
    async hold(from: string): Promise<void> {
      const arrived = once(server, "request");
      come(from);
      await arrived;
    },
    async status(from: string): Promise<number | undefined> {
      const [answer] = await once(come(from), "response");
      return answer.statusCode;
    },
    /** Answers the one that waits for longest; resolves when its place is free. */
    async answer(): Promise<void> {
      const over = once(told, "over");
      held.shift()?.end("here");
      await over;
    },
  };
}

test("one network has a share of the way to the server, and leaves the rest to others", async (t) => {
  const door = await open(t);
  await door.hold("127.0.0.1");
  await door.hold("127.0.0.1");
  assert.equal(await door.status("127.0.0.1"), 503);
  await door.hold("127.0.0.2");
  assert.equal(await door.status("127.0.0.2"), 503, "now there is no room for anybody");
  await door.answer();
  await door.hold("127.0.0.1");
});

test("the server is not to close first: its answer would be lost while the request ends", async (t) => {
  const door = await open(t);
  const asked = once(door.told, "connection");
  await door.hold("127.0.0.1");
  const [connection, socket] = await asked;
  assert.equal(connection, "keep-alive");
  const closed = once(socket, "close");
  await door.answer();
  await closed; // by the door, which keeps none
});
