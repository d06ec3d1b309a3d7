/**
 * The listener: strict HTTP towards strangers, with a bound on all they may take their time for. The same for
 * plain HTTP on loopback and for TLS.
 */
import type { IncomingMessage, Server, ServerOptions } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { some } from "#std";
import type { Log } from "#domain";
import type { Edge } from "./edge.ts";
import { limits } from "./limits.ts";

// By name an import reads all of its exports, of which one is a whole HTTP client (decision 0199).
const { createServer } = process.getBuiltinModule("node:http");

export interface ListenAt {
  /** Absent: every address of the machine. */
  readonly host?: string;
  readonly port: number;
}

export interface Listener {
  /** 0 when it does not listen. */
  port(): number;
  /** Rejects when the address is taken. */
  listen(at: ListenAt): Promise<void>;
  /** Takes no more connections, and lets what is in flight finish, within a bound. */
  stop(): Promise<void>;
}

export interface TlsListener extends Listener {
  /** New connections get this certificate; those there are go on. Throws when it cannot be served. */
  renew(pem: string): void;
}

/** Made when a listener is, so that tests can shorten the limits. */
export function strictHttp(): ServerOptions {
  return {
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
  };
}

export function openListener(edge: Edge, log: Log): Listener {
  return listenerOf(edge, createServer(strictHttp()), log);
}

/**
 * TLS 1.2 and later, HTTP/1.1 inside. `pem` holds the certificate, its chain and the key. Who asks for a name
 * that is not ours is refused in the handshake, and nobody may take long over one. Throws when the
 * certificate cannot be served.
 */
export function openTlsListener(edge: Edge, pem: string, log: Log): TlsListener {
  const secrets = { cert: pem, key: pem };
  const server = process.getBuiltinModule("node:https").createServer({
    ...strictHttp(),
    ...secrets,
    minVersion: "TLSv1.2",
    ALPNProtocols: ["http/1.1"],
    handshakeTimeout: limits.handshakeTimeoutMs,
    SNICallback: (name, answer) => {
      if (edge.isOwnName(name)) answer(null);
      else answer(new Error("not a name of ours"));
    },
  });
  // What strangers get wrong in a handshake is theirs; the socket is gone by then.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return {
    ...listenerOf(edge, server, log),
    renew: (next) => server.setSecureContext({ cert: next, key: next, minVersion: "TLSv1.2" }),
  };
}

function listenerOf(edge: Edge, server: Server, log: Log): Listener {
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
  return listenOn(server, log, () => {
    edge.close();
    server.closeAllConnections();
    for (const socket of upgraded) socket.destroy(); // Node's list has them no more
  });
}

/** Listens with a server whose handlers are set; `cut` ends what does not finish in time when it stops. */
export function listenOn(server: Server, log: Log, cut: () => void): Listener {
  return {
    port: () => portOf(server),
    listen: async (at) => {
      await listen(server, at);
      // An accept that fails must not end the edge.
      server.on("error", (error) => log.error("edge.accept_failed", { reason: error.message }));
    },
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Responses whose head went out before: their connections end once they are idle.
      const idle = setInterval(() => server.closeIdleConnections(), limits.sweepMs);
      const late = setTimeout(cut, limits.stopGraceMs);
      await closed;
      clearInterval(idle);
      clearTimeout(late);
    },
  };
}

function isWebSocket(request: IncomingMessage): boolean {
  return request.method === "GET" && request.headers.upgrade?.toLowerCase() === "websocket";
}

async function listen(server: Server, { host, port }: ListenAt): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // Several edge processes share the port; the kernel spreads connections over them. Port 0 would
    // give each its own.
    server.listen({ ...some("host", host), port, reusePort: port !== 0, backlog: 4096 }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
