/** What the tests of this room share: real edges, real apps on loopback, requests by hand. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request, type IncomingMessage, type RequestListener } from "node:http";
import { connect, createServer as createRawServer, type AddressInfo, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { assert } from "#std";
import {
  newId,
  parseAppName,
  type AppRoute,
  type ArmRoute,
  type Clock,
  type Log,
  type RouteTable,
} from "#domain";
import { limits } from "./limits.ts";
import { runEdge, type RunEdgeOptions } from "./run-edge.ts";

/** Makes limits that nobody can wait for short during one test; every test file is a process. */
export function shorten(
  context: Pick<TestContext, "after">,
  changes: Partial<Record<keyof typeof limits, number>>,
): void {
  const before = { ...limits };
  Object.assign(limits, changes);
  context.after(() => void Object.assign(limits, before));
}

const quiet = () => undefined;
export const quietLog: Log = { error: quiet, warn: quiet, info: quiet, debug: quiet };
export const realClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  async sleep(ms, signal) {
    await delay(ms, undefined, { signal }).catch(quiet); // an abort is an answer, too
  },
};

export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "tg-mesh-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A port that nobody listens on now, for what has to be told its port before it starts. */
export async function freePort(): Promise<number> {
  const server = createRawServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert(typeof address === "object" && address !== null);
  server.close();
  await once(server, "close");
  return address.port;
}

export interface RunningEdge extends AsyncDisposable {
  readonly port: number;
}

export async function startEdge(
  dataDir: string,
  { name = "edge-0", publicDoor }: Partial<Pick<RunEdgeOptions, "name" | "publicDoor">> = {},
): Promise<RunningEdge> {
  const stop = new AbortController();
  const ready = Promise.withResolvers<number>();
  const ended = runEdge({
    name,
    slot: 0,
    listenHost: "127.0.0.1",
    port: 0,
    dataDir,
    signal: stop.signal,
    log: quietLog,
    clock: realClock,
    random: () => Math.random(),
    publicDoor,
    onReady: ({ port }) => ready.resolve(port),
  });
  ended.catch((cause: unknown) => ready.reject(cause));
  const port = await ready.promise;
  return {
    port,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

export interface RunningApp extends AsyncDisposable {
  readonly port: number;
  readonly seen: IncomingMessage[];
}

/** An app on a port of its own; answers its name unless told otherwise. */
export async function startApp(name: string, listener?: RequestListener): Promise<RunningApp> {
  const seen: IncomingMessage[] = [];
  const server = createServer((incoming, response) => {
    seen.push(incoming);
    if (listener === undefined) response.end(name);
    else listener(incoming, response);
  });
  server.on("upgrade", (_, socket: Socket) => {
    socket.on("error", () => socket.destroy()); // the test hung up
    socket.write("HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address: AddressInfo | string | null = server.address();
  assert(typeof address === "object" && address !== null);
  return {
    port: address.port,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An app that answers every connection with these bytes, and then hangs up if told so. */
export async function startFixedApp(
  bytes: string,
  isHangingUp: boolean,
): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createRawServer((socket) => {
    socket.on("error", () => socket.destroy()); // the edge hung up
    socket.once("data", () => {
      if (isHangingUp) socket.end(bytes, "latin1");
      else socket.write(bytes, "latin1");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address: AddressInfo | string | null = server.address();
  assert(typeof address === "object" && address !== null);
  const dispose = () => new Promise<void>((resolve) => void server.close(() => resolve()));
  return { port: address.port, [Symbol.asyncDispose]: dispose };
}

export function armOf(...ports: readonly number[]): ArmRoute {
  return {
    release: newId("rel", Math.random),
    label: "v1",
    targets: ports.map((port) => ({
      instance: newId("ins", Math.random),
      host: "127.0.0.1",
      port,
    })),
  };
}

export function routeOf(route: Partial<AppRoute>): AppRoute {
  const app = parseAppName("shop");
  assert(app.ok);
  return {
    app: app.value,
    hosts: ["shop.localhost"],
    userKey: { from: "edge_cookie" },
    requestTimeoutMs: 5_000,
    ...route,
  };
}

export function tableOf(version: number, ...apps: readonly AppRoute[]): RouteTable {
  return { version, apps };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly rawHeaders: readonly string[];
  readonly trailers: NodeJS.Dict<string>;
  readonly body: string;
}

export interface Asking {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** One request over a connection of its own; rejects when the connection breaks. */
export async function ask(port: number, asking: Asking = {}): Promise<Answer> {
  const { path = "/", method = "GET", headers = {}, body } = asking;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: "127.0.0.1",
        port,
        path,
        method,
        agent: false,
        headers: { host: "shop.localhost", ...headers },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const { statusCode: status = 0, rawHeaders, trailers } = incoming;
          const text = Buffer.concat(chunks).toString();
          resolve({ status, headers: incoming.headers, rawHeaders, trailers, body: text });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** Sends bytes as they are and gives all that comes back until the edge closes. */
export async function sendRaw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  return new Promise((resolve, reject) => {
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString("latin1")));
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
    socket.write(bytes, "latin1");
  });
}

/** Opens a WebSocket-like tunnel through the edge. */
export async function openSocket(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.write(
    "GET /ws HTTP/1.1\r\nhost: shop.localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n",
  );
  const head = await nextText(socket);
  assert(head.startsWith("HTTP/1.1 101 "), head);
  return socket;
}

export async function nextText(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once("data", (chunk) => resolve(chunk.toString("latin1")));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed")));
  });
}
