/** What the edge writes to an app besides bodies: the head of a request, and its trailers. */
import type { IncomingMessage } from "node:http";
import type { Admitted } from "./admit.ts";
import { requestHeaderKind } from "./headers.ts";
import { isOverTls } from "./over-tls.ts";

interface Rendered {
  readonly admitted: Admitted;
  readonly request: IncomingMessage;
  readonly requestId: string;
}

/** Renders the head that goes to the app; `extra` holds whole lines. */
export function renderRequest(
  start: Rendered,
  how: { readonly method: string; readonly extra: string },
): string {
  const { admitted, request } = start;
  const { body } = admitted;
  const framing =
    body === "none"
      ? ""
      : body === "length"
        ? `content-length: ${admitted.bodyBytes}\r\n`
        : "transfer-encoding: chunked\r\n";
  return (
    `${how.method} ${admitted.path} HTTP/1.1\r\nhost: ${admitted.authority}\r\n${admitted.lines}` +
    `${framing}x-forwarded-for: ${request.socket.remoteAddress ?? "unknown"}\r\n` +
    `x-forwarded-proto: ${isOverTls(request) ? "https" : "http"}\r\nx-forwarded-host: ${admitted.authority}\r\n` +
    `x-request-id: ${start.requestId}\r\n${how.extra}\r\n`
  );
}

export function renderTrailers(rawTrailers: readonly string[]): string {
  let lines = "";
  for (const [name, value] of pairsOf(rawTrailers)) {
    if (requestHeaderKind(name) === "forward") lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

export function pairsOf(fields: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index < fields.length; index += 2) {
    pairs.push([fields[index] ?? "", fields[index + 1] ?? ""]);
  }
  return pairs;
}
