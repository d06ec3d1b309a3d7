/**
 * A WebSocket on its way through: one upgrade request, then bytes both ways until either side ends.
 *
 * Only `websocket` is upgraded; any other Upgrade field is left out and the request served as usual
 * (RFC 9110, 7.8 allows it), because an upgrade to h2c would let requests past the edge unseen.
 * A tunnel keeps its instance when the table changes; a drain waits for it.
 */
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { renderRawPage, type Page } from "./pages.ts";
import { limits } from "./limits.ts";
import { parseResponseHead, type ResponseHead } from "./response-head.ts";
import type { Upstream } from "./upstream.ts";

export interface TunnelStart {
  readonly client: Duplex;
  /** Bytes the client sent right after its request. */
  readonly early: Buffer;
  readonly upstream: Upstream;
  /** The whole request head, with its upgrade fields. */
  readonly head: string;
  readonly timeoutMs: number;
  readonly cookie: string | undefined;
  onHead(status: number): void;
  /** Gives what the client is told. */
  onFailure(failure: "connection" | "timeout" | "reset"): Page;
}

export function openTunnel(start: TunnelStart): void {
  const { upstream, client } = start;
  const { host, port } = upstream.target;
  const server = connect({ host, port, noDelay: true, keepAlive: true });
  upstream.enter();
  upstream.tunnels.add(server);
  let isConnected = false;
  let isAnswered = false;
  let isTimedOut = false;
  const timer = setTimeout(() => {
    isTimedOut = true;
    server.destroy();
  }, start.timeoutMs);
  server.on("connect", () => {
    isConnected = true;
    server.write(start.head, "latin1");
  });
  readHead(server, (head, rest) => {
    isAnswered = true;
    clearTimeout(timer);
    start.onHead(head.status);
    relay(start, server, { head, rest });
  });
  server.on("error", () => server.destroy()); // told by `close`
  client.on("error", () => client.destroy());
  client.on("close", () => server.destroy());
  server.on("close", () => {
    clearTimeout(timer);
    upstream.tunnels.delete(server);
    upstream.leave();
    if (client.destroyed) return;
    if (isAnswered) {
      endWhole(client, "");
      return;
    }
    const page = start.onFailure(isTimedOut ? "timeout" : isConnected ? "reset" : "connection");
    endWhole(client, renderRawPage(page));
  });
}

/** Answers an upgrade that leads nowhere, and closes the connection. */
export function endWithPage(client: Duplex, page: Page): void {
  client.on("error", () => client.destroy()); // nobody is left to tell
  endWhole(client, renderRawPage(page));
}

/**
 * Closes once all is sent, or at the latest when its time is over. Node leaves a socket alone that was
 * upgraded: half closed, it would stay for as long as the client likes.
 */
function endWhole(client: Duplex, text: string): void {
  const cut = setTimeout(() => client.destroy(), limits.clientStallMs);
  client.on("close", () => clearTimeout(cut));
  client.end(text, "latin1", () => client.destroy());
}

function readHead(server: Socket, onHead: (head: ResponseHead, rest: Buffer) => void): void {
  let seen = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk]);
    let end = seen.indexOf("\r\n\r\n");
    while (end !== -1) {
      const head = parseResponseHead(seen.toString("latin1", 0, end), false);
      seen = seen.subarray(end + 4);
      if (head !== undefined && head.status < 200 && head.status !== 101) {
        end = seen.indexOf("\r\n\r\n"); // an interim response: the real one follows
        continue;
      }
      server.off("data", onData);
      server.pause();
      if (head === undefined) server.destroy();
      else onHead(head, seen);
      return;
    }
    if (seen.length > limits.responseHeadBytesMax) server.destroy();
  };
  server.on("data", onData);
}

function relay(
  start: TunnelStart,
  server: Socket,
  answer: { readonly head: ResponseHead; readonly rest: Buffer },
): void {
  const { client } = start;
  const { head, rest } = answer;
  const isTunnel = head.status === 101;
  const ending = isTunnel
    ? "connection: Upgrade\r\nupgrade: websocket\r\n"
    : "connection: close\r\n";
  const framing = head.body === "chunked" ? "transfer-encoding: chunked\r\n" : "";
  const cookie = start.cookie === undefined ? "" : `set-cookie: ${start.cookie}\r\n`;
  let lines = "";
  for (let index = 0; index < head.headers.length; index += 2) {
    lines += `${head.headers[index]}: ${head.headers[index + 1]}\r\n`;
  }
  client.write(
    `HTTP/1.1 ${head.status} ${head.reason}\r\n${lines}${framing}${cookie}${ending}\r\n`,
    "latin1",
  );
  if (rest.length > 0) client.write(rest);
  server.setTimeout(limits.bodyStallMs, () => server.destroy());
  // What is left is sent when the server has closed: see there.
  server.pipe(client, { end: false });
  if (isTunnel) {
    if (start.early.length > 0) server.write(start.early);
    client.pipe(server);
  } else {
    // A refusal: the app may keep the connection open for more, but nothing more will come.
    server.setTimeout(limits.upstreamIdleMs, () => server.destroy());
    client.resume();
  }
}
