/**
 * The edge's end of the control channel. Serving never depends on it: the server may come, go and
 * come back, and finds the intervals it has not acknowledged.
 */
import { chmod, rename, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { unreachable } from "#std";
import type { InstanceId, RouteTable } from "#domain";
import { receiveAtEdge, send, type EdgeHealth, type ToEdge } from "./control-protocol.ts";
import { makePrivateDirectory } from "./files.ts";
import type { IntervalLog } from "./interval-log.ts";
import { limits } from "./limits.ts";

export interface ControlledEdge {
  readonly name: string;
  readonly boot: string;
  readonly intervals: IntervalLog;
  /** Puts the table into effect unless a newer one is; gives the version that is. */
  apply(table: RouteTable): number;
  drain(instances: readonly InstanceId[], timeoutMs: number): Promise<number>;
  health(): EdgeHealth;
  tableVersion(): number;
  now(): number;
}

interface Peer {
  readonly socket: Socket;
  sentSeq: number;
}

export interface ControlServer {
  /** A new interval is there. */
  announce(): void;
  close(): Promise<void>;
}

export async function openControlServer(
  path: string,
  edge: ControlledEdge,
): Promise<ControlServer> {
  const peers = new Set<Peer>();
  const server = createServer((socket) => {
    const peer: Peer = { socket, sentSeq: 0 };
    peers.add(peer);
    socket.on("error", () => socket.destroy()); // the server went away; it will be back
    socket.on("close", () => peers.delete(peer));
    receiveAtEdge(socket, (message) => answer(edge, peer, message));
    const version = edge.tableVersion();
    send(socket, { kind: "hello", edge: edge.name, boot: edge.boot, pid: process.pid, version });
    pump(edge, peer);
  });
  server.maxConnections = limits.controlConnectionsMax;
  await makePrivateDirectory(dirname(path));
  if (await isAnswered(path)) throw new Error(`another process is ${edge.name} already (${path})`);
  // Bound under a name of its own and moved over what a process that was killed has left: closing
  // removes a socket by the name it was bound to, and so never the one of our successor.
  const own = `${path}.${process.pid}`;
  await rm(own, { force: true });
  await listen(server, own);
  await rename(own, path);
  return {
    announce() {
      for (const peer of peers) pump(edge, peer);
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const peer of peers) peer.socket.destroySoon();
      const cut = setTimeout(() => {
        for (const peer of peers) peer.socket.destroy();
      }, limits.controlCloseMs);
      await closed;
      clearTimeout(cut);
    },
  };
}

function answer(edge: ControlledEdge, peer: Peer, message: ToEdge): void {
  switch (message.kind) {
    case "apply": {
      const version = edge.apply(message.table);
      send(peer.socket, { kind: "applied", version, at: edge.now() });
      return;
    }
    case "acknowledge":
      edge.intervals.acknowledge(message.boot, message.seq);
      pump(edge, peer);
      return;
    case "drain":
      void drain(edge, peer, message);
      return;
    case "health":
      send(peer.socket, { kind: "health", id: message.id, health: edge.health() });
      return;
    default:
      unreachable(message);
  }
}

async function drain(
  edge: ControlledEdge,
  peer: Peer,
  message: ToEdge & { readonly kind: "drain" },
): Promise<void> {
  const cut = await edge.drain(message.instances, message.timeoutMs);
  send(peer.socket, { kind: "drained", id: message.id, cut });
}

function pump(edge: ControlledEdge, peer: Peer): void {
  const lost = edge.intervals.takeLost();
  if (lost > 0) send(peer.socket, { kind: "lost", intervals: lost });
  for (const interval of edge.intervals.window(peer.sentSeq)) {
    send(peer.socket, { kind: "interval", interval });
    peer.sentSeq = interval.seq;
  }
}

/** Whether a process listens there; two edges of one slot would take each other's tables. */
async function isAnswered(path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const probe = connect(path);
    const tell = (isThere: boolean) => {
      probe.destroy();
      resolve(isThere);
    };
    probe.once("connect", () => tell(true));
    probe.once("error", () => tell(false)); // nothing there, or left by a process that was killed
  });
}

async function listen(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
  await chmod(path, 0o600); // the directory was private before: nobody slipped in between
}
