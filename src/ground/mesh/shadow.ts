/**
 * The copy of one request, sent to the candidate beside the real one, which the baseline serves. The
 * answers are compared and the copy's is thrown away; a user notices nothing of it, whatever it does.
 *
 * States: planned, under way until both answers are over, over. It is counted once, when both answers are
 * known or its time is up. It is not counted when the user left, when its instance was taken away, or
 * when there was no room for it: then nothing is known of one of the two.
 *
 * It never waits for a connection, never holds a body, and does not `enter` its instance: whoever drains
 * an instance waits for users only.
 */
import type { Baggable } from "./bag.ts";
import { Answer } from "./answer.ts";
import { limits } from "./limits.ts";
import type { ResponseHead } from "./response-head.ts";
import type { Tally } from "./tally.ts";
import type { Upstream, UpstreamClient, UpstreamConnection, UpstreamFailure } from "./upstream.ts";

export interface ShadowStart {
  readonly upstream: Upstream;
  readonly method: string;
  /** The whole request as it goes to the candidate. */
  readonly text: string;
  readonly requestTimeoutMs: number;
  readonly tally: Tally;
  over(shadow: Shadow): void;
}

export class Shadow implements UpstreamClient, Baggable {
  slot = -1;
  readonly method: string;
  readonly isRepeatable = true;
  isSent = false;
  readonly #start: ShadowStart;
  readonly #startedAt = performance.now();
  readonly #real = new Answer();
  readonly #copy = new Answer();
  #connection: UpstreamConnection | undefined;
  #isOver = false;

  constructor(start: ShadowStart) {
    this.#start = start;
    this.method = start.method;
  }

  /** Sends the copy; to be called when the real request is on its way. */
  begin(): void {
    if (!this.#isOver) this.#start.upstream.carry(this);
  }

  /** Bytes that were read and compared, of both answers. */
  get bytes(): number {
    return this.#real.bytes + this.#copy.bytes;
  }

  /** The instance is being taken away. */
  get isRetired(): boolean {
    return this.#start.upstream.isRetired;
  }

  /** Ends what takes too long; one that has not begun to answer by then has failed, as for a user. */
  sweep(now: number): void {
    const ageMs = now - this.#startedAt;
    const headMs = Math.min(this.#start.requestTimeoutMs, limits.shadowTimeoutMsMax);
    if (ageMs <= headMs) return;
    for (const answer of [this.#real, this.#copy]) if (!answer.hasHead) answer.fail();
    if (ageMs > headMs + limits.shadowBodyMsMax) this.#count();
    else this.#settle();
  }

  /** Ends it uncounted. */
  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#release();
    this.#start.over(this);
  }

  /** What the baseline answers, told by the exchange. */
  onRealHead(status: number, latencyMs: number): void {
    this.#real.head(status, latencyMs);
  }

  onRealBody(chunk: Uint8Array | string): void {
    if (!this.#isOver) this.#real.body(chunk);
    this.#settle();
  }

  onRealEnd(): void {
    this.#real.end();
    this.#settle();
  }

  onRealFailure(): void {
    this.#real.fail();
    this.#settle();
  }

  /** The user left: what the baseline would have answered is not known, unless it had failed already. */
  onUserGone(): void {
    if (!this.#real.isOver) this.cancel();
  }

  onReady(connection: UpstreamConnection): void {
    this.#connection = connection;
    connection.socket.write(this.#start.text, "latin1");
    this.isSent = true;
  }

  onHead(head: ResponseHead): void {
    this.#copy.head(head.status, performance.now() - this.#startedAt);
  }

  onWhole(head: ResponseHead, body: string): void {
    this.onHead(head);
    this.#copy.body(body);
    this.onEnd();
  }

  onBody(chunk: Buffer): void {
    this.#copy.body(chunk);
    if (!this.#copy.isOver) return;
    this.#release(); // the rest is not compared, and may have no end
    this.#settle();
  }

  onEnd(): void {
    this.#connection = undefined;
    this.#copy.end();
    this.#settle();
  }

  onFailure(failure: UpstreamFailure): void {
    this.#connection = undefined;
    if (failure === "overload") {
      this.cancel();
      return;
    }
    this.#copy.fail();
    this.#settle();
  }

  onDrain(): void {}

  #settle(): void {
    if (this.#real.isOver && this.#copy.isOver) this.#count();
  }

  #count(): void {
    if (this.#isOver) return;
    this.#start.tally.shadow(this.#real, this.#copy);
    this.cancel();
  }

  #release(): void {
    this.#connection?.abandon();
    this.#connection = undefined;
    this.#start.upstream.forget(this);
  }
}
