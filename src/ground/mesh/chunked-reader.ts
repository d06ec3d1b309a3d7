/** Decodes the chunked transfer coding, strictly: CRLF only, plain hex sizes, bounded lines. */
import { responseHeaderKind } from "./headers.ts";

type State = "size" | "data" | "data_end" | "trailers" | "done" | "broken";

const lineCharsMax = 8192;
const trailersMax = 50;
// Chunk extensions are read over; nobody uses them, and forwarding them invites disagreement.
const sizeLine = /^([0-9a-f]{1,13})(?:;[\t\x20-\x7e\x80-\xff]*)?$/i;

export class ChunkedReader {
  #state: State = "size";
  #line = "";
  #bytesLeft = 0;
  #trailerLines = 0;
  readonly trailers: string[] = [];

  get isDone(): boolean {
    return this.#state === "done";
  }

  get isBroken(): boolean {
    return this.#state === "broken";
  }

  /** Decodes one piece; gives how many bytes of it belong to this body. */
  read(chunk: Buffer, onData: (part: Buffer) => void): number {
    let at = 0;
    while (at < chunk.length && this.#state !== "done" && this.#state !== "broken") {
      if (this.#state === "data") {
        const part = chunk.subarray(at, at + this.#bytesLeft);
        this.#bytesLeft -= part.length;
        at += part.length;
        if (this.#bytesLeft === 0) this.#state = "data_end";
        onData(part);
      } else {
        at = this.#readLine(chunk, at);
      }
    }
    return at;
  }

  #readLine(chunk: Buffer, at: number): number {
    const newline = chunk.indexOf(0x0a, at);
    const end = newline === -1 ? chunk.length : newline + 1;
    this.#line += chunk.toString("latin1", at, end);
    if (newline === -1) {
      if (this.#line.length > lineCharsMax) this.#state = "broken";
      return end;
    }
    const line = this.#line.slice(0, -2);
    const isWhole = this.#line.endsWith("\r\n") && !line.includes("\r");
    this.#line = "";
    this.#state = isWhole ? this.#next(line) : "broken";
    return end;
  }

  #next(line: string): State {
    if (this.#state === "data_end") return line === "" ? "size" : "broken";
    if (this.#state === "trailers") return line === "" ? "done" : this.#trailer(line);
    const size = sizeLine.exec(line)?.[1];
    if (size === undefined) return "broken";
    this.#bytesLeft = Number.parseInt(size, 16);
    return this.#bytesLeft === 0 ? "trailers" : "data";
  }

  #trailer(line: string): State {
    const colon = line.indexOf(":");
    const kind = colon < 1 ? "invalid" : responseHeaderKind(line.slice(0, colon));
    this.#trailerLines += 1;
    if (kind === "invalid" || this.#trailerLines > trailersMax) return "broken";
    if (/[^\t\x20-\x7e\x80-\xff]/.test(line)) return "broken";
    // Framing in a trailer is ignored, as RFC 9110, 6.5.1 demands.
    if (kind === "forward") this.trailers.push(line.slice(0, colon), line.slice(colon + 1).trim());
    return "trailers";
  }
}
