/**
 * The server's end of the control channel to one edge: connects for ever with backoff, and gives each
 * edge that comes back the newest table.
 *
 * States: `connecting` (nothing known yet, or just lost), `up`, `down` (nobody listens there).
 */
import { connect, type Socket } from "node:net";
import { backoffMs, unreachable } from "#std";
import type { Clock, EdgeInterval, InstanceId, Log, RouteTable } from "#domain";
import { receiveFromEdge, send, type EdgeHealth, type FromEdge } from "./control-protocol.ts";
import { limits } from "./limits.ts";

export interface ControlLinkOptions {
  readonly edge: string;
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  /** The newest table, if there is one. */
  table(): RouteTable | undefined;
  onInterval(interval: EdgeInterval): void;
}

type LinkState = "connecting" | "up" | "down";

export class ControlLink {
  readonly edge: string;
  readonly #options: ControlLinkOptions;
  readonly #stop = new AbortController();
  readonly #answers = new Map<number, (message: FromEdge | undefined) => void>();
  readonly #watchers = new Set<() => void>();
  readonly #running: Promise<void>;
  #socket: Socket | undefined;
  #state: LinkState = "connecting";
  #version = 0;
  #nextId = 0;

  constructor(options: ControlLinkOptions) {
    this.edge = options.edge;
    this.#options = options;
    this.#running = this.#run();
  }

  get isUp(): boolean {
    return this.#state === "up";
  }

  /** Version in effect there, as far as it has told. */
  get version(): number {
    return this.#version;
  }

  sendTable(table: RouteTable): void {
    if (this.#socket !== undefined) send(this.#socket, { kind: "apply", table });
  }

  /** Waits for a receipt; false if the edge is down or does not answer in time. */
  async inEffect(version: number, signal: AbortSignal): Promise<boolean> {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(limits.receiptTimeoutMs)]);
    while (!this.#isAtLeast(version) && this.#state !== "down" && !deadline.aborted) {
      await this.#change(deadline);
    }
    return this.#isAtLeast(version);
  }

  acknowledge(interval: EdgeInterval): void {
    if (this.#socket === undefined) return; // it asks again when it is back
    const { boot, seq } = interval;
    send(this.#socket, { kind: "acknowledge", boot, seq });
  }

  /** Gives what had to be cut; an edge that is down holds nothing open. */
  async drain(instances: readonly InstanceId[], timeoutMs: number): Promise<number> {
    const answerMs = timeoutMs + limits.receiptTimeoutMs;
    const ask = (id: number) => ({ kind: "drain", id, instances, timeoutMs }) as const;
    const answer = await this.#ask(ask, answerMs);
    return answer?.kind === "drained" ? answer.cut : 0;
  }

  async health(): Promise<EdgeHealth | undefined> {
    const answer = await this.#ask((id) => ({ kind: "health", id }), limits.receiptTimeoutMs);
    return answer?.kind === "health" ? answer.health : undefined;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#socket?.destroy();
    await this.#running;
  }

  async #ask(
    message: (id: number) => Parameters<typeof send>[1],
    timeoutMs: number,
  ): Promise<FromEdge | undefined> {
    const socket = this.#socket;
    if (socket === undefined || this.#state !== "up") return undefined;
    this.#nextId += 1;
    const id = this.#nextId;
    return new Promise((resolve) => {
      const done = (answer: FromEdge | undefined) => {
        clearTimeout(timer);
        this.#answers.delete(id);
        resolve(answer);
      };
      const timer = setTimeout(() => done(undefined), timeoutMs);
      this.#answers.set(id, done);
      send(socket, message(id));
    });
  }

  #isAtLeast(version: number): boolean {
    return this.#state === "up" && this.#version >= version;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const backoff = { firstMs: limits.reconnectFirstMs, maxMs: limits.reconnectMaxMs };
    let attempt = 0;
    while (!signal.aborted) {
      const wasUp = await this.#session();
      attempt = wasUp ? 0 : attempt + 1;
      const waitMs = wasUp ? 0 : backoffMs(backoff, attempt, this.#options.clock.random());
      if (waitMs > 0) await this.#options.clock.sleep(waitMs, signal);
    }
  }

  /** One connection, from attempt to end; gives whether the edge was there. */
  async #session(): Promise<boolean> {
    const socket = connect(this.#options.path);
    this.#socket = socket;
    receiveFromEdge(socket, (message) => this.#receive(socket, message));
    await new Promise<void>((resolve) => {
      socket.on("error", () => socket.destroy()); // told by `close`
      socket.on("close", () => resolve());
    });
    const wasUp = this.#state === "up";
    if (wasUp) this.#options.log.info("edge.lost", { edge: this.edge });
    this.#socket = undefined;
    this.#version = 0;
    this.#become(wasUp ? "connecting" : "down");
    for (const answer of this.#answers.values()) answer(undefined);
    return wasUp;
  }

  #receive(socket: Socket, message: FromEdge): void {
    switch (message.kind) {
      case "hello":
        this.#hello(socket, message);
        return;
      case "applied":
        this.#version = Math.max(this.#version, message.version);
        this.#wake();
        return;
      case "interval":
        this.#options.onInterval(message.interval);
        return;
      case "lost":
        this.#options.log.warn("edge.intervals_lost", {
          edge: this.edge,
          intervals: message.intervals,
        });
        return;
      case "drained":
      case "health":
        this.#answers.get(message.id)?.(message);
        return;
      default:
        unreachable(message);
    }
  }

  #hello(socket: Socket, hello: FromEdge & { readonly kind: "hello" }): void {
    const { edge, boot, pid, version } = hello;
    this.#options.log.info("edge.found", { edge, boot, pid, version });
    this.#version = version;
    this.#become("up");
    const table = this.#options.table();
    if (table !== undefined && table.version > version) send(socket, { kind: "apply", table });
  }

  #become(state: LinkState): void {
    this.#state = state;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#watchers) wake();
    this.#watchers.clear();
  }

  async #change(deadline: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = () => {
        deadline.removeEventListener("abort", wake);
        this.#watchers.delete(wake);
        resolve();
      };
      this.#watchers.add(wake);
      deadline.addEventListener("abort", wake, { once: true });
    });
  }
}
