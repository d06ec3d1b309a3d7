/**
 * The edge process's body: listens, serves by the last-good table, takes new tables and hands out
 * counts over its control socket, until `signal` aborts; then it finishes what is in flight.
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { type Clock, type Log } from "#domain";
import { openControlServer } from "./control-server.ts";
import { Edge } from "./edge.ts";
import { controlSocketPath, loadCookieSecret, loadTable } from "./files.ts";
import { limits } from "./limits.ts";
import { userKeys } from "./user-key.ts";

export interface RunEdgeOptions {
  /** `edge-0`; names the control socket, and the edge in receipts and counts. */
  readonly name: string;
  /** Which of the processes that share the port this is, from 0. */
  readonly slot: number;
  readonly listenHost: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly dataDir: string;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Called once the edge serves. */
  readonly onReady?: (address: { readonly port: number }) => void;
}

/** Runs one edge; resolves once it has stopped. Rejects when it cannot listen. */
export async function runEdge(options: RunEdgeOptions): Promise<void> {
  const { name, dataDir, log, clock, signal } = options;
  const boot = Math.floor(options.random() * 2 ** 52).toString(36);
  const keys = userKeys(await loadCookieSecret(dataDir));
  const edge = new Edge({
    name,
    boot,
    keys,
    now: () => clock.now(),
    onInterval: () => control.announce(),
  });
  const table = await loadTable(dataDir);
  if (table === undefined) log.info("edge.no_table", { edge: name });
  else edge.apply(table);

  const server = openListener(edge);
  const control = await openControlServer(controlSocketPath(dataDir, name), {
    name,
    boot,
    intervals: edge.intervals,
    apply: (next) => edge.apply(next),
    drain: (instances, timeoutMs) => edge.drain(instances, timeoutMs),
    health: () => ({
      port: portOf(server),
      tableVersion: edge.tableVersion,
      connections: edge.connections,
      requestsInFlight: edge.requestsInFlight,
      memoryBytes: process.memoryUsage.rss(),
    }),
    tableVersion: () => edge.tableVersion,
    now: () => clock.now(),
  });
  const flushes = setInterval(() => edge.flush(), limits.intervalMs);
  const sweeps = setInterval(() => edge.sweep(), limits.sweepMs);
  try {
    await listen(server, options);
    log.info("edge.listening", { edge: name, slot: options.slot, port: portOf(server), boot });
    options.onReady?.({ port: portOf(server) });
    await aborted(signal);
    await stop(server, edge);
  } finally {
    clearInterval(flushes);
    clearInterval(sweeps);
    edge.flush();
    edge.close();
    await control.close();
  }
  log.info("edge.stopped", { edge: name });
}

function openListener(edge: Edge): Server {
  const server = createServer({
    insecureHTTPParser: false,
    requireHostHeader: true,
    maxHeaderSize: limits.requestHeadBytesMax,
    headersTimeout: limits.requestHeadTimeoutMs,
    requestTimeout: limits.requestReceiveTimeoutMs,
    keepAliveTimeout: limits.clientIdleMs,
    connectionsCheckingInterval: 1000,
    noDelay: true,
    keepAlive: true,
    shouldUpgradeCallback: isWebSocket,
  });
  server.maxConnections = limits.clientConnectionsMax;
  // Node would leave headers beyond a count out in silence; `admit` refuses such a request instead.
  server.maxHeadersCount = 0;
  server.on("request", (request, response) => edge.serve(request, response));
  server.on("checkContinue", (request, response) => edge.serve(request, response, true));
  server.on("upgrade", (request, socket, early) => edge.upgrade(request, socket, early));
  server.on("connection", (socket) => {
    edge.connections += 1;
    socket.on("close", () => {
      edge.connections -= 1;
    });
  });
  return server;
}

function isWebSocket(request: IncomingMessage): boolean {
  return request.method === "GET" && request.headers.upgrade?.toLowerCase() === "websocket";
}

async function listen(server: Server, options: RunEdgeOptions): Promise<void> {
  const { listenHost: host, port } = options;
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

/** Takes no more connections, lets what is in flight finish, within a bound. */
async function stop(server: Server, edge: Edge): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const idle = setInterval(() => server.closeIdleConnections(), limits.sweepMs);
  const cut = setTimeout(() => {
    edge.close();
    server.closeAllConnections();
  }, limits.stopGraceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(cut);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
