/**
 * One request and its response on their way through the edge.
 *
 * States: waiting for a connection, sending, waiting for the response head, relaying, over. It is
 * counted once, when the response head arrives or the first attempt fails, in the tally under which
 * it was accepted. It is repeated once, on another instance of the same arm if there is one, only if
 * connecting failed: then no byte of it can have had an effect. The failed attempt is what is counted.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FailedRequest } from "#domain";
import type { Admitted } from "./admit.ts";
import type { Awaited } from "./awaited.ts";
import type { Baggable } from "./bag.ts";
import type { Assignment } from "./cohort.ts";
import { flat } from "./flat.ts";
import { limits } from "./limits.ts";
import { isOverTls } from "./over-tls.ts";
import { pages, renderPage, type Page } from "./pages.ts";
import { pairsOf, renderRequest, renderTrailers } from "./render-request.ts";
import type { ResponseHead } from "./response-head.ts";
import type { Shadow } from "./shadow.ts";
import type { ActiveApp, ActiveArm } from "./table.ts";
import type { Upstream, UpstreamClient, UpstreamConnection, UpstreamFailure } from "./upstream.ts";
import { renderUserCookie } from "./user-key.ts";

/** What the exchange needs of the edge. */
export interface ExchangeHost {
  /** Connections are to end with the response they carry. */
  readonly isStopping: boolean;
  now(): number;
  /** Releases that are still to be started. */
  readonly awaited: Pick<Awaited, "has" | "reached">;
  over(exchange: Exchange): void;
}

export interface ExchangeStart {
  readonly host: ExchangeHost;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly admitted: Admitted;
  readonly app: ActiveApp;
  readonly assignment: Assignment;
  readonly arm: ActiveArm;
  readonly requestId: string;
  readonly isExpecting: boolean;
  /** Is told of the answer, to compare another with it. */
  readonly shadow: Shadow | undefined;
}

const idempotent = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"]);

export class Exchange implements UpstreamClient, Baggable {
  slot = -1;
  readonly method: string;
  readonly isRepeatable: boolean;
  isSent = false;
  readonly #start: ExchangeStart;
  readonly #startedAt = performance.now();
  /** Monotonic ms of the last sign of life; with the limit of the state it gives the deadline. */
  #progressAt = this.#startedAt;
  #upstream: Upstream | undefined;
  #connection: UpstreamConnection | undefined;
  #attempts = 0;
  #bodyBytes = 0;
  #isCounted = false;
  #isError = false;
  #hasHead = false;
  #hasBody = false;
  #isOver = false;
  #isListening = false;

  constructor(start: ExchangeStart) {
    this.#start = start;
    this.method = start.request.method ?? "GET";
    this.isRepeatable = start.admitted.body === "none" && idempotent.has(this.method);
    // Ends before the response does when the client hangs up; afterwards it finds nothing to do.
    start.response.on("close", () => this.#clientGone());
  }

  begin(): void {
    const upstream = pickUpstream(this.#start.arm, this.#upstream);
    if (upstream === undefined) {
      if (this.#isAwaited) this.#putOff();
      else this.#fail("connection", pages.noInstance(this.#start.admitted.host));
      return;
    }
    this.#attempts += 1;
    this.#upstream?.leave();
    this.#upstream = upstream;
    upstream.enter();
    upstream.carry(this);
  }

  /** Ends what has been without a sign of life for too long. */
  sweep(now: number): void {
    const quietMs = now - this.#progressAt;
    if (this.#hasHead) {
      const isClientSlow = this.#start.response.writableNeedDrain;
      if (isClientSlow && quietMs > limits.clientStallMs) this.#dismiss();
      else if (quietMs > limits.bodyStallMs) this.#break("timeout");
      return;
    }
    const { requestTimeoutMs } = this.#start.app;
    if (quietMs <= requestTimeoutMs) return;
    if (this.#isClientLate()) {
      this.#abandonUpstream();
      this.#answer(pages.bodyTooLate());
      return;
    }
    this.#fail("timeout", pages.timeout(this.#start.admitted.host, requestTimeoutMs));
  }

  isOn(upstream: Upstream): boolean {
    return this.#upstream === upstream;
  }

  /** The edge or the instance stops and can wait no longer. */
  cut(): void {
    // Over before its connections are: that they end is our doing, and no failure of the app.
    this.#dismiss();
  }

  onReady(connection: UpstreamConnection): void {
    this.#connection = connection;
    this.#start.host.awaited.reached(this.#start.arm.release);
    connection.socket.write(
      renderRequest(this.#start, { method: this.method, extra: "" }),
      "latin1",
    );
    if (this.#start.admitted.body === "none") this.isSent = true;
    else this.#sendBody();
  }

  onDrain(): void {
    this.#start.request.resume();
  }

  onHead(head: ResponseHead): void {
    this.#relayHead(head);
    const { response } = this.#start;
    response.on("drain", () => {
      this.#progressAt = performance.now();
      this.#connection?.socket.resume();
    });
    // A stream of events may begin with silence, and its client waits for the head.
    process.nextTick(() => {
      if (!this.#hasBody && !this.#isOver) response.flushHeaders();
    });
  }

  onWhole(head: ResponseHead, body: string): void {
    this.#relayHead(head);
    if (body === "") this.#start.response.end();
    else this.#start.response.end(body, "latin1");
    this.#start.shadow?.onRealBody(body);
    this.#start.shadow?.onRealEnd();
    this.#finish();
  }

  onBody(chunk: Buffer): void {
    this.#hasBody = true;
    this.#progressAt = performance.now();
    // The chunk lies in the shared read buffer, and a slow client may leave it in a queue.
    if (!this.#start.response.write(Buffer.from(chunk))) this.#connection?.socket.pause();
    this.#start.shadow?.onRealBody(chunk);
  }

  onEnd(trailers: readonly string[]): void {
    const { response, request } = this.#start;
    if (trailers.length > 0 && request.httpVersion === "1.1") {
      response.addTrailers(pairsOf(trailers));
    }
    response.end();
    this.#start.shadow?.onRealEnd();
    this.#finish();
  }

  onFailure(failure: UpstreamFailure): void {
    this.#connection = undefined;
    const { host } = this.#start.admitted;
    if (this.#isOver) return;
    if (failure === "overload") this.#fail("connection", pages.overloaded(host));
    else if (failure === "reset") this.#fail("reset", pages.unreachable(host));
    else if (this.#attempts >= 2 && this.#isAwaited) this.#putOff();
    else if (this.#attempts >= 2) this.#fail("connection", pages.unreachable(host));
    else {
      if (!this.#isAwaited) this.#countFailure({ failure: "connection" });
      this.begin();
    }
  }

  #sendBody(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    const { request, response, isExpecting } = this.#start;
    if (isExpecting) response.writeContinue();
    request.on("data", (chunk: Buffer) => this.#sendChunk(chunk));
    request.on("end", () => this.#endBody());
    request.on("error", () => this.#clientGone());
  }

  #sendChunk(chunk: Buffer): void {
    this.#progressAt = performance.now();
    this.#bodyBytes += chunk.length;
    const { socket } = this.#connection ?? {};
    if (socket === undefined) return; // the response is over already; the rest is read and dropped
    if (this.#bodyBytes > limits.requestBodyBytesMax) {
      this.#refuseBody();
      return;
    }
    let hasRoom: boolean;
    if (this.#start.admitted.body === "chunked") {
      socket.cork();
      socket.write(`${chunk.length.toString(16)}\r\n`, "latin1");
      socket.write(chunk);
      hasRoom = socket.write("\r\n", "latin1");
      socket.uncork();
    } else {
      hasRoom = socket.write(chunk);
    }
    if (!hasRoom) this.#start.request.pause();
  }

  #endBody(): void {
    this.isSent = true;
    if (this.#start.admitted.body !== "chunked") return;
    const trailers = renderTrailers(this.#start.request.rawTrailers);
    this.#connection?.socket.write(`0\r\n${trailers}\r\n`, "latin1");
  }

  /** More than allowed, and no length that said so: the client's fault, so no error of the app. */
  #refuseBody(): void {
    if (this.#hasHead) {
      this.#dismiss();
      return;
    }
    this.#abandonUpstream();
    this.#answer(pages.bodyTooLarge(limits.requestBodyBytesMax));
  }

  /** The app waits for the body, and we for the client: nothing to charge the app with. */
  #isClientLate(): boolean {
    return this.#isListening && !this.isSent && !this.#start.request.isPaused();
  }

  #relayHead(head: ResponseHead): void {
    const now = performance.now();
    this.#progressAt = now;
    this.#hasHead = true;
    this.#countHead(head, now - this.#startedAt);
    const cookie = this.#cookie();
    if (cookie !== undefined) head.headers.push("set-cookie", cookie);
    if (this.#start.host.isStopping) head.headers.push("connection", "close");
    this.#start.response.writeHead(head.status, head.reason, head.headers);
  }

  #countHead(head: ResponseHead, latencyMs: number): void {
    if (this.#countRequest()) this.#start.assignment.tally?.latency(latencyMs);
    this.#start.shadow?.onRealHead(head.status, latencyMs);
    if (head.status >= 500) this.#countError({ status: head.status });
  }

  #countFailure(how: Pick<FailedRequest, "failure">): void {
    this.#countRequest();
    this.#countError(how);
    this.#start.shadow?.onRealFailure();
  }

  /** True the first time. */
  #countRequest(): boolean {
    if (this.#isCounted) return false;
    this.#isCounted = true;
    const { tally, user, mintedCookie } = this.#start.assignment;
    tally?.request(this.#upstream?.target.instance, user, mintedCookie !== undefined);
    return true;
  }

  #countError(how: Pick<FailedRequest, "failure" | "status">): void {
    if (this.#isError) return;
    this.#isError = true;
    const { assignment, arm, host, admitted, requestId } = this.#start;
    const query = admitted.path.indexOf("?");
    const path = query === -1 ? admitted.path : admitted.path.slice(0, query);
    assignment.tally?.error(assignment.user, {
      at: host.now(),
      arm: arm.arm,
      release: arm.release,
      ...(this.#upstream === undefined ? {} : { instance: this.#upstream.target.instance }),
      method: this.method,
      path: flat(path.slice(0, limits.failurePathCharsMax)),
      ...how,
      durationMs: Math.round(performance.now() - this.#startedAt),
      requestId,
    });
  }

  get #isAwaited(): boolean {
    return this.#start.host.awaited.has(this.#start.arm.release);
  }

  /** The app is still to be started, by us: nothing to charge it with. */
  #putOff(): void {
    this.#start.shadow?.onUserGone();
    this.#answer(pages.starting(this.#start.admitted.host));
  }

  /** No (whole) response will come. */
  #fail(failure: "connection" | "timeout" | "reset", page: Page): void {
    if (this.#isOver) return;
    if (this.#hasHead) {
      this.#break(failure === "connection" ? "reset" : failure);
      return;
    }
    this.#countFailure({ failure });
    this.#abandonUpstream();
    this.#answer(page);
  }

  /** The response broke off in its body: all that can be done is to break off too. */
  #break(failure: "timeout" | "reset"): void {
    this.#countFailure({ failure });
    this.#dismiss();
  }

  /** Ends both sides; whose fault it was has been counted before, if it was the app's. */
  #dismiss(): void {
    this.#abandonUpstream();
    this.#start.shadow?.onUserGone();
    this.#finish();
    this.#start.response.destroy();
  }

  #answer(page: Page): void {
    const { response, request } = this.#start;
    const text = renderPage(page);
    const headers = ["content-type", "text/plain; charset=utf-8"];
    headers.push("cache-control", "no-store", "x-content-type-options", "nosniff");
    headers.push("content-length", String(Buffer.byteLength(text)));
    if (page.retryAfterSeconds !== undefined) {
      headers.push("retry-after", String(page.retryAfterSeconds));
    }
    const cookie = this.#cookie();
    if (cookie !== undefined) headers.push("set-cookie", cookie);
    // What is left of the body is not worth reading.
    if (!request.complete || this.#start.host.isStopping) headers.push("connection", "close");
    response.writeHead(page.status, headers);
    response.end(text);
    this.#finish();
  }

  #cookie(): string | undefined {
    const { assignment, request } = this.#start;
    const { mintedCookie } = assignment;
    return mintedCookie && renderUserCookie(mintedCookie, isOverTls(request));
  }

  #clientGone(): void {
    if (this.#isOver) return;
    this.#abandonUpstream();
    this.#start.shadow?.onUserGone();
    this.#finish();
  }

  #abandonUpstream(): void {
    this.#connection?.abandon();
    // Also when there was a connection: the request may be waiting for its second one.
    this.#upstream?.forget(this);
    this.#connection = undefined;
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#connection = undefined;
    // The app answered before it had the whole body: let the rest flow away.
    const { request, response } = this.#start;
    if (!this.isSent) request.resume();
    // Node waits for ever for a client that does not take the last of its response.
    if (response.writableLength > 0) request.socket.setTimeout(limits.clientStallMs);
    this.#upstream?.leave();
    this.#start.host.over(this);
  }
}

/** Fewest open requests first, in turn among equals; `besides` only if there is no other. */
export function pickUpstream(arm: ActiveArm, besides: Upstream | undefined): Upstream | undefined {
  const { upstreams } = arm;
  if (upstreams.length === 1) return upstreams[0];
  let best: Upstream | undefined;
  const from = arm.turn.next;
  arm.turn.next = from + 1;
  for (let index = 0; index < upstreams.length; index += 1) {
    const upstream = upstreams[(from + index) % upstreams.length];
    if (upstream === undefined || upstream === besides) continue;
    if (best === undefined || upstream.outstanding < best.outstanding) best = upstream;
  }
  return best ?? besides;
}
