/** What the server and an edge say to each other: one JSON object a line over a unix socket. */
import type { Socket } from "node:net";
import type { EdgeInterval, InstanceId, RouteTable } from "#domain";
import { limits } from "./limits.ts";

export type ToEdge =
  | { readonly kind: "apply"; readonly table: RouteTable }
  | { readonly kind: "acknowledge"; readonly boot: string; readonly seq: number }
  | {
      readonly kind: "drain";
      readonly id: number;
      readonly instances: readonly InstanceId[];
      readonly timeoutMs: number;
    }
  | { readonly kind: "health"; readonly id: number };

export type FromEdge =
  | {
      readonly kind: "hello";
      readonly edge: string;
      readonly boot: string;
      readonly pid: number;
      readonly version: number;
    }
  /** The table of this version, or a newer one, is in effect. */
  | { readonly kind: "applied"; readonly version: number; readonly at: number }
  | { readonly kind: "interval"; readonly interval: EdgeInterval }
  /** So many intervals were dropped: nobody came for them for too long. */
  | { readonly kind: "lost"; readonly intervals: number }
  | { readonly kind: "drained"; readonly id: number; readonly cut: number }
  | { readonly kind: "health"; readonly id: number; readonly health: EdgeHealth };

export interface EdgeHealth {
  readonly port: number;
  readonly tableVersion: number;
  readonly connections: number;
  readonly requestsInFlight: number;
  readonly memoryBytes: number;
}

export function send(socket: Socket, message: ToEdge | FromEdge): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

/** Reads what the server says, until the socket ends. */
export function receiveAtEdge(socket: Socket, onMessage: (message: ToEdge) => void): void {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see `receive`
  receive(socket, (message) => onMessage(message as ToEdge));
}

/** Reads what an edge says, until the socket ends. */
export function receiveFromEdge(socket: Socket, onMessage: (message: FromEdge) => void): void {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see `receive`
  receive(socket, (message) => onMessage(message as FromEdge));
}

/**
 * Splits lines and parses them; one that is too long, or is no JSON object, ends the connection. The
 * rest is taken on trust: the socket is ours alone (0600 in a directory 0700), and both ends are
 * this program.
 */
function receive(socket: Socket, onMessage: (message: object) => void): void {
  let parts: string[] = [];
  let chars = 0;
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => {
    const [first = "", ...more] = text.split("\n");
    parts.push(first);
    chars += first.length;
    for (const begun of more) {
      const message = parse(parts.join(""));
      parts = [begun];
      chars = begun.length;
      if (message === undefined) socket.destroy();
      else onMessage(message);
    }
    if (chars > limits.controlMessageCharsMax) socket.destroy();
  });
}

function parse(line: string): object | undefined {
  try {
    const message: unknown = JSON.parse(line);
    return typeof message === "object" && message !== null && "kind" in message
      ? message
      : undefined;
  } catch {
    return undefined; // the peer is not who we think it is: the caller hangs up
  }
}
