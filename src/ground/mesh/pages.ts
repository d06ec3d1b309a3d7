/** What people read when no app can answer: which host was asked for, and what to do. */
import type { ServerResponse } from "node:http";

export interface Page {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  /** When to come again. */
  readonly retryAfterSeconds?: number;
}

export const pages = {
  refused: (status: number, why: string): Page => ({
    status,
    title: "This request cannot be served",
    text: `The edge refused it: ${why}.`,
  }),
  unknownHost: (host: string): Page => ({
    status: 404,
    title: "No app answers here",
    text: `You asked for ${host}. Check the name for a typing error; if the app is yours, "tidegate app list" shows its address.`,
  }),
  notAsked: (): Page => ({
    status: 404,
    title: "No authority is answered here",
    text: "Nothing is asked of this name now, and apps do not answer authorities: Tidegate sees to the certificate, or who runs it does.",
  }),
  notReleased: (host: string): Page => ({
    status: 503,
    title: "Nothing is released yet",
    text: `${host} exists, but no release of it serves users. "git push tide main" delivers the first one.`,
  }),
  noInstance: (host: string): Page => ({
    status: 503,
    title: "The app is not running",
    text: `No instance of ${host} takes requests at the moment. Try again soon; "tidegate logs" shows what happened.`,
  }),
  starting: (host: string): Page => ({
    status: 503,
    title: "The app is starting",
    text: `Tidegate was started a moment ago, and ${host} is about to be. Try again in a few seconds.`,
    retryAfterSeconds: 2,
  }),
  unreachable: (host: string): Page => ({
    status: 502,
    title: "The app did not answer",
    text: `${host} was reached but broke off, or could not be reached. "tidegate logs" shows what happened.`,
  }),
  overloaded: (host: string): Page => ({
    status: 503,
    title: "The app is overloaded",
    text: `Too many requests wait for ${host}. Try again soon.`,
  }),
  timeout: (host: string, timeoutMs: number): Page => ({
    status: 504,
    title: "The app took too long",
    text: `${host} did not begin to answer within ${timeoutMs} ms.`,
  }),
  consoleDown: (): Page => ({
    status: 502,
    title: "Tidegate is not answering",
    text: "It is starting, or was stopped. Apps are served meanwhile. Try again in a few seconds.",
  }),
  consoleBusy: (): Page => ({
    status: 503,
    title: "Tidegate is busy",
    text: "Too many requests are on their way. Try again soon.",
  }),
  bodyTooLate: (): Page => ({
    status: 408,
    title: "The request did not arrive",
    text: "The rest of its body was waited for in vain. Send it again.",
  }),
  bodyTooLarge: (bytesMax: number): Page => ({
    status: 413,
    title: "The request is too large",
    text: `The body is larger than ${bytesMax} bytes.`,
  }),
};

/** Plain text: nothing in it can be taken for markup, whatever the host was called. */
export function renderPage(page: Page): string {
  return `${page.status} ${page.title}\n\n${page.text}\n`;
}

/** `isClosing`: the connection takes no request after this one. */
export function sendPage(response: ServerResponse, page: Page, isClosing: boolean): void {
  const text = renderPage(page);
  response.writeHead(page.status, {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-length": Buffer.byteLength(text),
    ...(isClosing ? { connection: "close" } : {}),
  });
  response.end(text);
}

/** The whole response for a raw socket, which is closed after it. */
export function renderRawPage(page: Page): string {
  const body = renderPage(page);
  const { retryAfterSeconds } = page;
  const retry = retryAfterSeconds === undefined ? "" : `retry-after: ${retryAfterSeconds}\r\n`;
  return (
    `HTTP/1.1 ${page.status} ${page.title}\r\ncontent-type: text/plain; charset=utf-8\r\n${retry}` +
    `x-content-type-options: nosniff\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`
  );
}
