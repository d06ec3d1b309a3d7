/**
 * The listener: strict HTTP towards strangers, with a bound on all they may take their time for.
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Log } from "#domain";
import type { Edge } from "./edge.ts";
import { limits } from "./limits.ts";

export interface Listener {
  /** 0 when it does not listen. */
  port(): number;
  /** Rejects when the address is taken. */
  listen(at: { readonly host: string; readonly port: number }): Promise<void>;
  /** Takes no more connections, and lets what is in flight finish, within a bound. */
  stop(): Promise<void>;
}

export function openListener(edge: Edge, log: Log): Listener {
  const server = createServer({
    insecureHTTPParser: false,
    requireHostHeader: true,
    maxHeaderSize: limits.requestHeadBytesMax,
    headersTimeout: limits.requestHeadTimeoutMs,
    requestTimeout: limits.requestReceiveTimeoutMs,
    keepAliveTimeout: limits.clientIdleMs,
    connectionsCheckingInterval: Math.min(1000, limits.requestHeadTimeoutMs),
    noDelay: true,
    keepAlive: true,
    shouldUpgradeCallback: isWebSocket,
  });
  server.maxConnections = limits.clientConnectionsMax;
  // Node would leave headers beyond a count out in silence; `admit` refuses such a request instead.
  server.maxHeadersCount = 0;
  server.on("request", (request, response) => edge.serve(request, response));
  server.on("checkContinue", (request, response) => edge.serve(request, response, true));
  const upgraded = new Set<Duplex>();
  server.on("upgrade", (request, socket, early) => {
    upgraded.add(socket);
    socket.on("close", () => upgraded.delete(socket));
    edge.upgrade(request, socket, early);
  });
  server.on("connection", (socket) => {
    edge.connections += 1;
    socket.on("close", () => {
      edge.connections -= 1;
    });
  });
  return {
    port: () => portOf(server),
    listen: async (at) => {
      await listen(server, at);
      // An accept that fails must not end the edge.
      server.on("error", (error) => log.error("edge.accept_failed", { reason: error.message }));
    },
    async stop() {
      edge.isStopping = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Responses whose head went out before: their connections end once they are idle.
      const idle = setInterval(() => server.closeIdleConnections(), limits.sweepMs);
      const cut = setTimeout(() => {
        edge.close();
        server.closeAllConnections();
        for (const socket of upgraded) socket.destroy(); // Node's list has them no more
      }, limits.stopGraceMs);
      await closed;
      clearInterval(idle);
      clearTimeout(cut);
    },
  };
}

function isWebSocket(request: IncomingMessage): boolean {
  return request.method === "GET" && request.headers.upgrade?.toLowerCase() === "websocket";
}

async function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // Several edge processes share the port; the kernel spreads connections over them. Port 0 would
    // give each its own.
    server.listen({ host, port, reusePort: port !== 0, backlog: 4096 }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
