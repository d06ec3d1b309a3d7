/**
 * Requests for the API, git and the console on their way to the server, over a socket that only we can open:
 * what comes by it is what an edge says, and so the server believes from whom it is and that it came over TLS.
 * No exchange of an app: nothing is counted, and the server's own limits judge what is asked.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import type { Log } from "#domain";
import { atOnce, networkOf } from "#std";
import type { Admitted } from "./admit.ts";
import { connectionTokens, responseHeaderKind } from "./headers.ts";
import { limits } from "./limits.ts";
import { pages, type Page } from "./pages.ts";

// By name an import reads all of its exports, of which one is a whole HTTP client (decision 0199).
const { request: send } = process.getBuiltinModule("node:http");

export interface ConsoleExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly admitted: Admitted;
  readonly requestId: string;
  /** The client waits for a word before it sends the body. */
  readonly isExpecting: boolean;
  /** The connection is to end with this response. */
  readonly isClosing: () => boolean;
  /** Tells the client instead of the server, as long as nothing was sent to it. */
  readonly refuse: (page: Page) => void;
}

export class ConsoleDoor {
  readonly #socketPath: string;
  readonly #places = atOnce({
    most: limits.consoleRequestsMax,
    mostEach: limits.consoleRequestsPerNetworkMax,
  });

  readonly #log: Pick<Log, "warn">;
  /** What was told last of why the server cannot be reached; told anew once it was. */
  #told = "";

  /** `socketPath`: where the server listens for edges. */
  constructor(socketPath: string, log: Pick<Log, "warn">) {
    this.#socketPath = socketPath;
    this.#log = log;
  }

  pass(exchange: ConsoleExchange): void {
    const { request, response, admitted } = exchange;
    const end = this.#places.begin(networkOf(request.socket.remoteAddress ?? ""));
    if (typeof end !== "function") {
      exchange.refuse(pages.consoleBusy());
      return;
    }
    response.once("close", end);
    const outgoing = send({
      socketPath: this.#socketPath,
      method: request.method ?? "GET",
      path: admitted.path,
      headers: headersFor(exchange),
      // A connection each, which we end: one that is kept could be closed while the next request is on its way.
      agent: false,
    });
    outgoing.setTimeout(limits.bodyStallMs, () => outgoing.destroy());
    response.once("close", () => outgoing.destroy());
    outgoing.on("response", (incoming) => {
      this.#told = "";
      relay(incoming, exchange);
    });
    outgoing.on("error", (error) => {
      this.#tell(error.message);
      if (response.destroyed || response.writableEnded) return;
      if (response.headersSent) response.destroy();
      else exchange.refuse(pages.consoleDown());
    });
    if (admitted.body === "none") {
      outgoing.end();
      return;
    }
    if (exchange.isExpecting) response.writeContinue();
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limits.requestBodyBytesMax) return;
      outgoing.destroy();
      response.destroy();
    });
    // The server may answer before it has the whole body, and close; what it said is relayed all the same.
    request.pipe(outgoing);
    request.on("error", () => outgoing.destroy());
  }

  #tell(reason: string): void {
    if (reason === this.#told) return;
    this.#told = reason;
    this.#log.warn("edge.console_unreached", { reason });
  }
}

function headersFor({ request, admitted, requestId }: ConsoleExchange): string[] {
  const headers: string[] = [];
  for (const line of admitted.lines.split("\r\n")) {
    const colon = line.indexOf(": ");
    if (colon > 0) headers.push(line.slice(0, colon), line.slice(colon + 2));
  }
  // By which our own pages are known. Apps are not told what begins like this; the server is.
  const ownPage = request.headers["tidegate-request"];
  if (typeof ownPage === "string") headers.push("tidegate-request", ownPage);
  headers.push("host", admitted.authority);
  if (admitted.body === "length") headers.push("content-length", String(admitted.bodyBytes));
  if (admitted.body === "chunked") headers.push("transfer-encoding", "chunked");
  // A server that closes first does so while the end of our request is on its way, and its answer is lost.
  headers.push("connection", "keep-alive");
  headers.push("x-forwarded-for", request.socket.remoteAddress ?? "unknown");
  headers.push("x-request-id", requestId);
  return headers;
}

function relay(incoming: IncomingMessage, exchange: ConsoleExchange): void {
  const { response } = exchange;
  const named = connectionTokens(incoming.headers.connection ?? "");
  const headers: string[] = [];
  for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
    const name = incoming.rawHeaders[index] ?? "";
    const kind = responseHeaderKind(name);
    if (kind !== "forward" && kind !== "content-length") continue;
    if (!named.includes(name.toLowerCase()))
      headers.push(name, incoming.rawHeaders[index + 1] ?? "");
  }
  // Of a body that was not wanted the rest is not read.
  if (!exchange.request.complete || exchange.isClosing()) headers.push("connection", "close");
  response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, headers);
  // A stream of events may begin with silence.
  response.flushHeaders();
  pipeline(incoming, response, () => undefined); // either end that breaks ends the other
}
