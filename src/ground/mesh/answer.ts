/**
 * What one arm answered to a mirrored request, as far as two answers can be compared: whether it failed, the
 * status, and size and digest of the body up to a bound. Bodies are not held.
 */
import { createHash } from "node:crypto";
import { limits } from "./limits.ts";

export class Answer {
  #status: number | undefined;
  #latencyMs = 0;
  #bytes = 0;
  #isOver = false;
  #hasFailed = false;
  readonly #hash = createHash("sha256");

  /** Of the body, as far as it is compared. */
  get bytes(): number {
    return this.#bytes;
  }

  get hasHead(): boolean {
    return this.#status !== undefined;
  }

  /** Nothing more will change: it ended, broke, or has more bytes than are compared. */
  get isOver(): boolean {
    return this.#isOver || this.#hasFailed || this.#bytes >= limits.shadowBodyBytesMax;
  }

  /** As for users: 5xx, no response, or one that broke off. */
  get hasFailed(): boolean {
    return this.#hasFailed || (this.#status !== undefined && this.#status >= 500);
  }

  /** To the first byte of the response; undefined when none came. */
  get latencyMs(): number | undefined {
    return this.#status === undefined ? undefined : this.#latencyMs;
  }

  head(status: number, latencyMs: number): void {
    this.#status = status;
    this.#latencyMs = latencyMs;
  }

  /** Bytes, or bytes as latin1 text. */
  body(chunk: Uint8Array | string): void {
    const room = limits.shadowBodyBytesMax - this.#bytes;
    if (room <= 0) return;
    const part = chunk.slice(0, room);
    this.#bytes += part.length;
    if (typeof part === "string") this.#hash.update(part, "latin1");
    else this.#hash.update(part);
  }

  end(): void {
    this.#isOver = true;
  }

  fail(): void {
    this.#hasFailed = true;
  }

  /**
   * Whether a user would have got something else from this copy than from the real answer. Of two
   * bodies without an end, such as streams of events, only the status can be compared; a real one may
   * also be held up by its user, a copy by nobody. Takes the digests: ask once.
   */
  differsFrom(real: Answer): boolean {
    if (this.#status !== real.#status) return true;
    if (!this.isOver) return real.isOver;
    if (!real.isOver) return real.#bytes > this.#bytes;
    return this.#bytes !== real.#bytes || !this.#hash.digest().equals(real.#hash.digest());
  }
}
