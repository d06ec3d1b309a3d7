/**
 * One instance as the edge sees it: its connections, who uses them, who waits.
 *
 * A connection is `connecting`, `busy` with one exchange, or `idle`; it is closed rather than reused
 * after anything unclear. Least outstanding first is possible because `outstanding` counts exchanges
 * and tunnels. A retired instance gets no new exchange; when the last is over, `onQuiet` is told.
 *
 * A request that meets a connection the app has just closed fails for no fault of the app. So a
 * request that may not be repeated only takes connections used within the last second, and one that
 * may is repeated once when the connection was idle for longer.
 */
import { connect, type Socket } from "node:net";
import type { RouteTarget } from "#domain";
import { limits } from "./limits.ts";
import { ResponseReader, type ResponseSink } from "./response-reader.ts";
import type { ResponseHead } from "./response-head.ts";

export type UpstreamFailure = "connection" | "overload" | "reset";

/** What an upstream needs to know of the request it carries. */
export interface UpstreamClient extends ResponseSink {
  readonly method: string;
  /** The whole request has been written. */
  readonly isSent: boolean;
  /** Safe to send twice: an idempotent method and no body. */
  readonly isRepeatable: boolean;
  /** The connection is there: write the request. */
  onReady(connection: UpstreamConnection): void;
  /** `connection`: nothing was sent. `reset`: it broke while in use. */
  onFailure(failure: UpstreamFailure): void;
  onDrain(): void;
}

// One read buffer for all connections: libuv on Unix reads and calls back in one go, and whatever
// outlives the call is copied. Saves an allocation of 64 KiB for every read.
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);

export class Upstream {
  readonly target: RouteTarget;
  readonly #onQuiet: (upstream: Upstream) => void;
  readonly #connections = new Set<UpstreamConnection>();
  readonly #idle: UpstreamConnection[] = [];
  #waiting: UpstreamClient[] = [];
  #isRetired = false;
  #outstanding = 0;
  /** The sockets that carry tunnels; requests are cut by the edge, which knows them. */
  readonly tunnels = new Set<Socket>();

  constructor(target: RouteTarget, onQuiet: (upstream: Upstream) => void) {
    this.target = target;
    this.#onQuiet = onQuiet;
  }

  /** Requests and tunnels that are open here. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Counts a request or a tunnel as open here, until `leave`. */
  enter(): void {
    this.#outstanding += 1;
  }

  leave(): void {
    this.#outstanding -= 1;
    if (this.#outstanding === 0) this.#onQuiet(this);
  }

  /** Finds, makes or waits for a connection, and calls the client back. */
  carry(client: UpstreamClient): void {
    const connection = this.#takeIdle(client.isRepeatable);
    if (connection !== undefined) connection.begin(client);
    else if (this.#connections.size < limits.upstreamConnectionsMax) this.#open(client);
    else if (this.#waiting.length < limits.upstreamWaitersMax) this.#waiting.push(client);
    else client.onFailure("overload");
  }

  /** Takes back a client that gave up while it waited, or while its connection was being made. */
  forget(client: UpstreamClient): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting !== client);
    for (const connection of this.#connections) connection.disown(client);
  }

  /** Whether a request that matters less than users' would not be in their way. */
  get hasRoom(): boolean {
    return this.#idle.length > 0 || this.#connections.size < limits.upstreamConnectionsMax / 2;
  }

  retire(): void {
    this.#isRetired = true;
    for (const connection of this.#idle.splice(0)) connection.close();
    if (this.#outstanding === 0) this.#onQuiet(this);
  }

  /** A later table has the instance again. */
  revive(): void {
    this.#isRetired = false;
  }

  get isRetired(): boolean {
    return this.#isRetired;
  }

  /** Closes every connection and tunnel. */
  destroy(): void {
    for (const socket of this.tunnels) socket.destroy();
    for (const connection of this.#connections) connection.close();
  }

  /** Closes what was idle, or has tried to connect, for too long. */
  sweep(now: number): void {
    for (const connection of this.#connections) {
      if (connection.expiresAt <= now) connection.expire();
    }
  }

  /** @internal for connections: this one can carry another exchange. */
  release(connection: UpstreamConnection): void {
    const next = this.#waiting.shift();
    if (next !== undefined) connection.begin(next);
    else if (this.#isRetired) connection.close();
    else this.#idle.push(connection);
  }

  /** @internal for connections: nobody is to take this one any more. */
  unlist(connection: UpstreamConnection): void {
    const at = this.#idle.indexOf(connection);
    if (at !== -1) this.#idle.splice(at, 1);
  }

  /** @internal for connections: this one is gone. */
  remove(connection: UpstreamConnection): void {
    this.#connections.delete(connection);
    this.unlist(connection);
    const next = this.#waiting.shift();
    if (next !== undefined) this.carry(next);
  }

  #open(client: UpstreamClient): void {
    this.#connections.add(new UpstreamConnection(this, client));
  }

  #takeIdle(isRepeatable: boolean): UpstreamConnection | undefined {
    const connection = this.#idle.at(-1); // the one used last: the rest may grow old and go
    if (connection === undefined) return undefined;
    if (!isRepeatable && !connection.isFresh()) return undefined;
    return this.#idle.pop();
  }
}

export class UpstreamConnection implements ResponseSink {
  readonly socket: Socket;
  readonly #upstream: Upstream;
  readonly #reader = new ResponseReader(this);
  #client: UpstreamClient | undefined;
  #isConnected = false;
  #isClosed = false;
  #isKeepAlive = true;
  #idleMs: number = limits.upstreamIdleMs;
  #idleSince = 0;
  #isStaleRisk = false;
  /** Monotonic ms at which `expire` is due; Infinity while an exchange owns the deadline. */
  expiresAt: number;

  constructor(upstream: Upstream, client: UpstreamClient) {
    this.#upstream = upstream;
    this.#client = client;
    this.expiresAt = performance.now() + limits.connectTimeoutMs;
    const { host, port } = upstream.target;
    const onread = {
      buffer: readBuffer,
      callback: (bytes: number, buffer: Uint8Array) => {
        this.#read(bytes === buffer.length ? readBuffer : readBuffer.subarray(0, bytes));
        return true;
      },
    };
    this.socket = connect({ host, port, noDelay: true, keepAlive: true, onread });
    this.socket.on("connect", () => this.#connected());
    this.socket.on("drain", () => this.#client?.onDrain());
    this.socket.on("end", () => this.#closed({ isInOrder: true }));
    this.socket.on("close", () => this.#closed({ isInOrder: false }));
    // What failed is told by the state we are in.
    this.socket.on("error", () => this.#closed({ isInOrder: false }));
  }

  isFresh(): boolean {
    return performance.now() - this.#idleSince < limits.upstreamFreshMs;
  }

  begin(client: UpstreamClient): void {
    this.#client = client;
    this.#isStaleRisk = this.#idleSince > 0 && !this.isFresh();
    this.expiresAt = Infinity;
    this.#reader.begin(client.method);
    client.onReady(this);
  }

  /** The client gave up: the response can no longer be told apart from the next one. */
  abandon(): void {
    this.#client = undefined;
    this.close();
  }

  /** The client gave up before there was a connection: whoever comes next may have it. */
  disown(client: UpstreamClient): void {
    if (this.#client === client) this.#client = undefined;
  }

  close(): void {
    // At once: `close` comes at the end of the turn, after requests that would still have taken it.
    this.#upstream.unlist(this);
    this.socket.destroy();
  }

  /** The time of `expiresAt` has come: idle for too long, or connecting for too long. */
  expire(): void {
    this.close();
  }

  onHead(head: ResponseHead): void {
    this.#note(head);
    this.#client?.onHead(head);
  }

  onWhole(head: ResponseHead, body: string): void {
    this.#note(head);
    this.#finish()?.onWhole(head, body);
  }

  onBody(chunk: Buffer): void {
    this.#client?.onBody(chunk);
  }

  onEnd(trailers: readonly string[]): void {
    this.#finish()?.onEnd(trailers);
  }

  #connected(): void {
    this.#isConnected = true;
    const client = this.#client;
    if (client === undefined) this.#rest();
    else this.begin(client);
  }

  #read(chunk: Buffer): void {
    this.#reader.read(chunk);
    if (this.#reader.isBroken) this.close();
  }

  #note(head: ResponseHead): void {
    this.#isKeepAlive = head.isKeepAlive;
    if (head.idleMs !== undefined) {
      // A second of margin: our request may be on its way when the app's time is over.
      this.#idleMs = Math.max(0, Math.min(limits.upstreamIdleMs, head.idleMs - 1000));
    }
  }

  /** The response is over: passes the connection on, and gives the client that had it. */
  #finish(): UpstreamClient | undefined {
    const client = this.#client;
    this.#client = undefined;
    // A request still being sent while its response is over would run into the next one.
    const isReusable = this.#isKeepAlive && this.#idleMs > 0 && client?.isSent === true;
    if (isReusable && !this.#reader.isBroken) this.#rest();
    else this.close();
    return client;
  }

  #rest(): void {
    // The last client may have been slower than we are, and nobody else would wake the next one's.
    if (this.socket.isPaused()) this.socket.resume();
    this.#idleSince = performance.now();
    this.expiresAt = this.#idleSince + this.#idleMs;
    this.#upstream.release(this);
  }

  #closed({ isInOrder }: { readonly isInOrder: boolean }): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // A response that ends with its connection finds its client by `onEnd`, which clears it. One that
    // was reset has lost its end.
    if (this.#isConnected && isInOrder) this.#reader.close();
    const client = this.#client;
    this.#client = undefined;
    this.#upstream.remove(this);
    this.socket.destroy();
    if (client === undefined) return;
    if (!this.#isConnected) client.onFailure("connection");
    else if (this.#isStaleRisk && client.isRepeatable && !this.#reader.hasBegun) {
      this.#upstream.carry(client);
    } else client.onFailure("reset");
  }
}
