/**
 * The socket on which edges hand over what came from elsewhere. Nobody else can open it, since its directory is
 * ours alone; so of requests that come by it, and of no others, it is believed what the edge says: from which
 * address they are, and that they came over TLS.
 */
import { chmod, rm } from "node:fs/promises";
import type { RequestListener, Server } from "node:http";
import type { Socket } from "node:net";
import type { FastifyRequest } from "fastify";
import { edgeLingerMs, headersBytesMax, headersTimeoutMs, requestTimeoutMs } from "./limits.ts";

// By name an import reads all of its exports, of which one is a whole HTTP client (decision 0199).
const { createServer } = process.getBuiltinModule("node:http");

const fromEdges = new WeakSet<Socket>();

/** Whether this request came over TLS: then the browser is told to keep what it gets to TLS. */
export function isSecure({ raw, protocol }: FastifyRequest): boolean {
  return fromEdges.has(raw.socket) || protocol === "https";
}

/** From which address a request is. A header says so only where an edge has set it. */
export function addressOf({ raw, ip, headers }: FastifyRequest): string {
  const said = headers["x-forwarded-for"];
  if (!fromEdges.has(raw.socket) || typeof said !== "string") return ip;
  return said.replace(/^::ffff:(?=\d+\.)/, "");
}

/**
 * What Node does after an answer that is the last: an edge that is still sending a body that we refused would find the
 * connection gone, and our answer with it. So only our side ends; the rest is read and dropped until the edge ends
 * its own.
 */
function endOurs(socket: Socket): void {
  const cut = setTimeout(() => socket.destroy(), edgeLingerMs).unref();
  socket.once("close", () => clearTimeout(cut));
  socket.end();
  socket.resume();
}

/** Replaces a socket that a server that was killed has left. `path` lies in a private directory. */
export async function listenToEdges(path: string, onRequest: RequestListener): Promise<Server> {
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      maxHeaderSize: headersBytesMax,
    },
    onRequest,
  );
  server.on("connection", (socket) => {
    fromEdges.add(socket);
    socket.destroySoon = () => endOurs(socket);
  });
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
  await chmod(path, 0o600);
  return server;
}
