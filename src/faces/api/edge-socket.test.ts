/** What an edge hands over, over a real socket: an answer that comes before the whole request is not lost. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { listenToEdges } from "./edge-socket.ts";

const bodyBytes = 8_000_000;

/** As a client's body comes: in pieces, of which each is a write that can fail. */
function* body(): Generator<Buffer> {
  for (let left = bodyBytes; left > 0; left -= 64_000) yield Buffer.alloc(64_000);
}

/** A server that reads no body, answers, and closes: as for what is too large, or from nobody it knows. */
async function open(t: TestContext, status: number) {
  const directory = await mkdtemp(path.join(tmpdir(), "tidegate-edge-"));
  const socketPath = path.join(directory, "server");
  const sockets: Socket[] = [];
  const server = await listenToEdges(socketPath, ({ socket }, response) => {
    sockets.push(socket);
    response.writeHead(status, { connection: "close" }).end("refused");
  });
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true });
  });
  return { socketPath, sockets };
}

test("an edge that is still sending gets the answer, and it is the edge that ends", async (t) => {
  const { socketPath, sockets } = await open(t, 413);
  for (let times = 0; times < 20; times += 1) {
    const headers = { "content-length": bodyBytes };
    const asked = request({ socketPath, method: "POST", headers, agent: false });
    const answered = once(asked, "response");
    Readable.from(body()).pipe(asked);
    const [answer] = await answered;
    assert.equal(answer.statusCode, 413);
    const socket = sockets.at(-1);
    assert.ok(socket !== undefined);
    // That a body broke off is an error of its own, and no matter here.
    const gone = new Promise((resolve) => socket.once("close", resolve));
    assert.equal(socket.destroyed, false);
    asked.destroy();
    await gone;
  }
});
