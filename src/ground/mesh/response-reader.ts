/**
 * Reads HTTP/1.1 responses of one upstream connection, strictly, without holding bodies.
 *
 * States: `head` until the empty line; then, by the framing rules of RFC 9112 section 6.3, `length`,
 * `chunked` or `until_close`; `done` until the next request begins; `broken` for ever after anything
 * that is ambiguous. A byte that arrives in `done` was not asked for and breaks the connection.
 *
 * Why a parser of our own: decision 0030. Requests, which strangers send, are parsed by llhttp.
 */
import { ChunkedReader } from "./chunked-reader.ts";
import { parseResponseHead, type ResponseHead } from "./response-head.ts";
import { limits } from "./limits.ts";

export interface ResponseSink {
  onHead(head: ResponseHead): void;
  /** The whole body came with the head; bytes as latin1 text, for a copy-free way out. */
  onWhole(head: ResponseHead, body: string): void;
  /** `chunk` is only valid during the call. */
  onBody(chunk: Buffer): void;
  onEnd(trailers: readonly string[]): void;
}

type State = "head" | "length" | "chunked" | "until_close" | "done" | "broken";

export class ResponseReader {
  #state: State = "done";
  readonly #sink: ResponseSink;
  #isHead = false;
  /** An interim response has come. */
  #hasBegun = false;
  #text = "";
  #bytesLeft = 0;
  #chunked = new ChunkedReader();

  constructor(sink: ResponseSink) {
    this.#sink = sink;
  }

  get isDone(): boolean {
    return this.#state === "done";
  }

  get isBroken(): boolean {
    return this.#state === "broken";
  }

  /** Whether any byte of the present response has come. */
  get hasBegun(): boolean {
    return this.#hasBegun || this.#state !== "head" || this.#text !== "";
  }

  begin(method: string): void {
    this.#state = "head";
    this.#hasBegun = false;
    this.#isHead = method === "HEAD";
    this.#text = "";
  }

  read(chunk: Buffer): void {
    let rest = this.#state === "head" ? this.#readHead(chunk) : chunk;
    while (this.#state === "head" && rest.length > 0) rest = this.#readHead(rest);
    if (rest.length === 0) return;
    switch (this.#state) {
      case "length":
        this.#readLength(rest);
        return;
      case "chunked":
        this.#readChunked(rest);
        return;
      case "until_close":
        this.#sink.onBody(rest);
        return;
      case "done":
      case "head":
      case "broken":
        this.#state = "broken";
    }
  }

  /** The connection ended in order; that may be how the response was meant to end. */
  close(): void {
    if (this.#state !== "until_close") return;
    this.#end(false);
    this.#sink.onEnd([]);
  }

  #readHead(chunk: Buffer): Buffer {
    const before = this.#text.length;
    this.#text += chunk.toString("latin1");
    const end = this.#text.indexOf("\r\n\r\n", Math.max(0, before - 3));
    if (end === -1 || end > limits.responseHeadBytesMax) {
      if (this.#text.length > limits.responseHeadBytesMax) this.#state = "broken";
      return chunk.subarray(chunk.length);
    }
    const head = parseResponseHead(this.#text.slice(0, end), this.#isHead);
    if (head === undefined || head.status === 101) {
      this.#state = "broken";
      return chunk.subarray(chunk.length);
    }
    const bodyAt = end + 4;
    if (head.status < 200) {
      // 100 and 103 are for us; the real response follows, perhaps in this very chunk.
      this.#text = "";
      this.#hasBegun = true;
      return chunk.subarray(bodyAt - before);
    }
    const bodyBytes = this.#text.length - bodyAt;
    if (head.body === "none" || (head.body === "length" && head.bodyBytes === bodyBytes)) {
      const body = head.body === "none" ? "" : this.#text.slice(bodyAt);
      this.#end(head.body === "none" && bodyBytes > 0);
      this.#sink.onWhole(head, body);
      return chunk.subarray(chunk.length);
    }
    this.#begin(head, head.body);
    return chunk.subarray(bodyAt - before);
  }

  #begin(head: ResponseHead, state: "length" | "chunked" | "until_close"): void {
    this.#text = "";
    this.#bytesLeft = head.bodyBytes;
    if (state === "chunked") this.#chunked = new ChunkedReader();
    this.#state = state;
    this.#sink.onHead(head);
  }

  /**
   * Must come before the sink is told: it may begin the next response at once, and bytes that follow
   * this one must never be read as the head of that.
   */
  #end(hasExcess: boolean): void {
    this.#text = "";
    this.#state = hasExcess ? "broken" : "done";
  }

  #readLength(chunk: Buffer): void {
    const isExcess = chunk.length > this.#bytesLeft;
    const part = isExcess ? chunk.subarray(0, this.#bytesLeft) : chunk;
    this.#bytesLeft -= part.length;
    this.#sink.onBody(part);
    if (this.#bytesLeft > 0) return;
    this.#end(isExcess);
    this.#sink.onEnd([]);
  }

  #readChunked(chunk: Buffer): void {
    const used = this.#chunked.read(chunk, (part) => this.#sink.onBody(part));
    if (this.#chunked.isBroken) this.#state = "broken";
    if (!this.#chunked.isDone) return;
    this.#end(used < chunk.length);
    this.#sink.onEnd(this.#chunked.trailers);
  }
}
