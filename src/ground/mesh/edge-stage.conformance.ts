/** An edge with its listener inside the test's own process, so that a test can turn its hands. */
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { assert } from "#std";
import type { EdgeRow } from "#domain";
import { Edge, type EdgeOptions } from "./edge.ts";
import { armOf, quietLog, routeOf, tableOf } from "./edge-fixture.conformance.ts";
import { openListener, type Listener } from "./listener.ts";
import { userKeys } from "./user-key.ts";

export interface Stage extends AsyncDisposable {
  readonly edge: Edge;
  readonly listener: Listener;
  readonly port: number;
  /** Where browsers were put, as the log has it. */
  readonly puts: readonly Put[];
}

type Put = Parameters<EdgeOptions["onPut"]>[0];

/** An edge with its listener in this process, and one app whose only instance is at `port`. */
export async function setStage(port: number, requestTimeoutMs = 5_000): Promise<Stage> {
  const puts: Put[] = [];
  const edge = new Edge({
    name: "edge-0",
    boot: "boot",
    keys: userKeys(Buffer.alloc(32)),
    now: () => Date.now(),
    random: () => Math.random(),
    onInterval: () => undefined,
    onPut: (put) => void puts.push(put),
  });
  edge.apply(tableOf(1, routeOf({ baseline: armOf(port), requestTimeoutMs })));
  const listener = openListener(edge, quietLog);
  await listener.listen({ host: "127.0.0.1", port: 0 });
  return {
    edge,
    listener,
    port: listener.port(),
    puts,
    async [Symbol.asyncDispose]() {
      edge.close();
      await listener.stop();
    },
  };
}

export function rowsOf(edge: Edge): readonly EdgeRow[] {
  edge.flush();
  return edge.intervals.window(0).flatMap((interval) => interval.rows);
}

export interface RawApp extends AsyncDisposable {
  readonly port: number;
  readonly sockets: Socket[];
}

/** An app that is one function of what a connection said first. */
export async function startRawApp(onData: (socket: Socket, text: string) => void): Promise<RawApp> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => socket.destroy()); // the edge hung up
    socket.on("data", (chunk) => onData(socket, chunk.toString("latin1")));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address: AddressInfo | string | null = server.address();
  assert(typeof address === "object" && address !== null);
  return {
    port: address.port,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
