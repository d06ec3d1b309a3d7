/** One request through `git http-backend`, streamed both ways with backpressure. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable, Writable } from "node:stream";
import { lingerMs } from "../limits.ts";
import { gitProtocol, send, spawnGit, type GitService, type RunningGit } from "./running-git.ts";

/** What may be asked of a repository; anything else is not found. */
export interface GitTarget {
  readonly kind: "advertise" | "serve";
  readonly service: GitService;
}

export function parseGitTarget(
  method: string | undefined,
  pathInfo: string,
  query: URLSearchParams,
): GitTarget | undefined {
  const path = pathInfo.replace(/^\//, "");
  const service = path === "info/refs" ? query.get("service") : path;
  if (service !== "git-upload-pack" && service !== "git-receive-pack") return undefined;
  if (path === "info/refs") return method === "GET" ? { kind: "advertise", service } : undefined;
  return method === "POST" ? { kind: "serve", service } : undefined;
}

export interface CgiRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: GitTarget;
  /** Absolute path of `git-http-backend`. */
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
  readonly actor: string;
  readonly bodyBytesMax: number;
  readonly wallMs: number;
}

export function startCgi(cgi: CgiRequest): RunningGit {
  const { request, response } = cgi;
  const { stdin, stdout, channel, gone, kill } = spawnGit(cgi.program, [], {
    ...cgi.env,
    ...cgiEnv(cgi),
  });
  const timer = setTimeout(kill, cgi.wallMs).unref();
  response.on("close", () => {
    // What was pushed whole is received whole, whether or not anybody still listens.
    if (cgi.target.service !== "git-receive-pack" || !request.complete) kill();
  });
  let failureStatus = 502;
  const taken = takeIn(request, stdin, cgi.bodyBytesMax).then((body) => {
    if (body === "too_large") failureStatus = 413;
    if (body !== "whole") kill();
    return body;
  });
  const answered = passOn(stdout, response).then(() => {
    if (!response.headersSent && !response.destroyed) {
      response.writeHead(failureStatus, { connection: "close" });
    }
    return response.end();
  });
  const end = async (): Promise<void> => {
    await Promise.all([gone, answered]);
    clearTimeout(timer);
    channel.destroy();
    // Git is gone while the client still sends: let it get to the answer, but not wait for ever.
    await within(taken, lingerMs);
    if (!request.complete) request.destroy();
  };
  const ended = end();
  return { channel, ended, kill };
}

function cgiEnv(cgi: CgiRequest): Record<string, string> {
  const { request, target, actor } = cgi;
  const { headers } = request;
  const path = target.kind === "advertise" ? "info/refs" : target.service;
  return {
    GIT_HTTP_EXPORT_ALL: "1",
    GIT_PROJECT_ROOT: cgi.env["GIT_DIR"] ?? "",
    REQUEST_METHOD: request.method ?? "GET",
    QUERY_STRING: target.kind === "advertise" ? `service=${target.service}` : "",
    REMOTE_USER: actor.replace(/[^\w.@-]/g, "_"),
    REMOTE_ADDR: request.socket.remoteAddress ?? "",
    CONTENT_TYPE: headers["content-type"] ?? "",
    ...(headers["content-length"] === undefined
      ? {}
      : { CONTENT_LENGTH: headers["content-length"] }),
    ...(headers["content-encoding"] === undefined
      ? {}
      : { HTTP_CONTENT_ENCODING: headers["content-encoding"] }),
    ...gitProtocol(headers["git-protocol"]),
    PATH_INFO: `/${path}`,
  };
}

/**
 * Gives git the request's body. A git that stops reading has something to say: the rest is then read
 * and dropped, so that the client gets to the answer.
 */
async function takeIn(
  request: IncomingMessage,
  stdin: Writable,
  bytesMax: number,
): Promise<"whole" | "cut" | "too_large"> {
  let bytes = 0;
  stdin.on("error", () => undefined);
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      bytes += Buffer.byteLength(chunk);
      if (bytes > bytesMax) {
        stdin.destroy();
        return "too_large";
      }
      await send(stdin, Buffer.from(chunk));
    }
    stdin.end();
    return "whole";
  } catch {
    stdin.destroy();
    return "cut";
  }
}

/** Reads the CGI head, then passes bytes on as they come; drops them once nobody listens. */
async function passOn(output: Readable, response: ServerResponse): Promise<void> {
  let head: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of output) {
      const bytes = Buffer.from(chunk);
      if (response.headersSent || response.destroyed) await send(response, bytes);
      else head = await openWith(response, Buffer.concat([head, bytes]));
    }
  } catch {
    // The pipe of a killed process: the caller says what is left to say.
  }
}

/** Sends the head once it is whole; gives what is still to be kept. */
async function openWith(response: ServerResponse, head: Buffer): Promise<Buffer> {
  const end = head.indexOf("\r\n\r\n");
  if (end < 0) return head;
  writeHead(response, head.toString("latin1", 0, end));
  await send(response, head.subarray(end + 4));
  return Buffer.alloc(0);
}

function writeHead(response: ServerResponse, head: string): void {
  let status = 200;
  for (const line of head.split("\r\n")) {
    const [, name = "", value = ""] = /^([\w-]+): *(.*)$/.exec(line) ?? [];
    if (name.toLowerCase() === "status") status = Number.parseInt(value, 10) || 500;
    else if (name !== "") response.setHeader(name, value);
  }
  response.writeHead(status);
}

async function within(promise: Promise<unknown>, wallMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, wallMs);
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
