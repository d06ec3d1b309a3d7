/**
 * A file server for static sites. It is copied into releases and runs there alone, so it imports
 * nothing but Node: `node static-server.mjs ROOT [--single-page]`, listening on PORT (and HOST).
 *
 * Serves GET and HEAD with type, ETag and 304, one byte range, `index.html` for directories, the site's
 * `404.html`; with `--single-page`, `index.html` for page addresses that no file has. Never anything
 * outside ROOT, and no file or directory whose name starts with a dot (but `.well-known`).
 */
import { createReadStream, realpathSync } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import type * as Http from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { extname, join, sep } from "node:path";
import { pipeline } from "node:stream/promises";

// An import by name reads all of the module's exports, of which one is a whole HTTP client: 13 MB and 40 ms.
const { createServer }: typeof Http = createRequire(import.meta.url)("node:http");

// oxfmt-ignore
const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8", ".htm": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8", ".json": "application/json",
  ".map": "application/json", ".webmanifest": "application/manifest+json", ".xml": "application/xml",
  ".txt": "text/plain; charset=utf-8", ".md": "text/markdown; charset=utf-8", ".csv": "text/csv; charset=utf-8",
  ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif",
  ".webp": "image/webp", ".avif": "image/avif", ".ico": "image/x-icon", ".woff": "font/woff", ".woff2": "font/woff2",
  ".ttf": "font/ttf", ".otf": "font/otf", ".mp4": "video/mp4", ".webm": "video/webm", ".mp3": "audio/mpeg",
  ".wav": "audio/wav", ".pdf": "application/pdf", ".zip": "application/zip", ".wasm": "application/wasm",
};

interface File {
  readonly path: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly modified: string;
}

interface Site {
  /** With all links resolved, so that what a link leads to can be compared with it. */
  readonly root: string;
  readonly isSinglePage: boolean;
}

async function answer(
  site: Site,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    end(response, 405, { allow: "GET, HEAD" });
    return;
  }
  const [target = "/", query] = (request.url ?? "/").split("?", 2);
  const path = decoded(target);
  if (path === undefined) {
    end(response, 400, {});
    return;
  }
  const found = await find(site, path);
  if (found === "directory") {
    // Relative links of the page count from the directory, so its address must end with a slash.
    const location = `${target.replace(/^\/+/, "/")}/${query === undefined ? "" : `?${query}`}`;
    end(response, 308, { location });
    return;
  }
  const sent =
    found === undefined ? await instead(site, path, request) : { file: found, status: 200 };
  if (sent === undefined) end(response, 404, {});
  else await send(sent, request, response);
}

interface Sent {
  readonly file: File;
  readonly status: number;
}

/** What answers an address that no file has. */
async function instead(
  site: Site,
  path: string,
  request: IncomingMessage,
): Promise<Sent | undefined> {
  const isPage = extname(path) === "" || (request.headers.accept ?? "").includes("text/html");
  const isRouted = site.isSinglePage && isPage;
  const file = await find(site, isRouted ? "/index.html" : "/404.html");
  if (file === undefined || file === "directory") return undefined;
  return { file, status: isRouted ? 200 : 404 };
}

/** The path of a request, if it is one that a file could have. */
function decoded(target: string): string | undefined {
  try {
    const path = decodeURIComponent(target);
    const parts = path.split("/");
    if (!path.startsWith("/") || path.includes("\0") || path.includes("\\")) return undefined;
    if (parts.some((part) => part === "." || part === "..")) return undefined;
    return path;
  } catch {
    return undefined; // not valid percent-encoding
  }
}

async function find(site: Site, path: string): Promise<File | "directory" | undefined> {
  const parts = path.split("/").filter((part) => part !== "");
  if (parts.some((part) => part.startsWith(".") && part !== ".well-known")) return undefined;
  // A page is also found without its ending, as most hosts of static sites do.
  const plain = join(site.root, ...parts);
  const candidates = path.endsWith("/") ? [join(plain, "index.html")] : [plain, `${plain}.html`];
  for (const candidate of candidates) {
    try {
      const real = await realpath(candidate);
      if (!real.startsWith(`${site.root}${sep}`)) return undefined;
      const stats = await stat(real);
      if (stats.isDirectory()) return "directory";
      if (!stats.isFile()) return undefined;
      const etag = `"${stats.size.toString(36)}-${Math.trunc(stats.mtimeMs).toString(36)}"`;
      return { path: real, sizeBytes: stats.size, etag, modified: stats.mtime.toUTCString() };
    } catch {
      // not there: the next candidate may be
    }
  }
  return undefined;
}

async function send(
  { file, status }: Sent,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const headers: Record<string, string> = {
    "content-type": types[extname(file.path).toLowerCase()] ?? "application/octet-stream",
    etag: file.etag,
    "last-modified": file.modified,
    "accept-ranges": "bytes",
    "x-content-type-options": "nosniff",
    // Ask again each time: names without a hash in them may hold something else after a release.
    "cache-control": "no-cache",
  };
  if (status === 200 && isUnchanged(request, file)) {
    response.writeHead(304, headers).end();
    return;
  }
  const range = status === 200 ? rangeOf(request, file) : undefined;
  if (range === "unsatisfiable") {
    end(response, 416, { "content-range": `bytes */${file.sizeBytes}` });
    return;
  }
  const { start, last } = range ?? { start: 0, last: file.sizeBytes - 1 };
  headers["content-length"] = String(last - start + 1);
  if (range !== undefined) headers["content-range"] = `bytes ${start}-${last}/${file.sizeBytes}`;
  response.writeHead(range === undefined ? status : 206, headers);
  if (request.method === "HEAD" || last < start) {
    response.end();
    return;
  }
  await pipeline(createReadStream(file.path, { start, end: last }), response);
}

/** If-None-Match decides alone where it is given (RFC 9110, section 13.2.2). */
function isUnchanged(request: IncomingMessage, file: File): boolean {
  const tags = request.headers["if-none-match"];
  if (tags !== undefined) {
    return tags.split(",").some((tag) => ["*", file.etag].includes(tag.trim().replace(/^W\//, "")));
  }
  const since = Date.parse(request.headers["if-modified-since"] ?? "");
  return Number.isFinite(since) && Date.parse(file.modified) <= since;
}

interface Range {
  readonly start: number;
  readonly last: number;
}

/** One range is served; several, or a form we do not know, are answered with the whole file. */
function rangeOf(request: IncomingMessage, file: File): Range | "unsatisfiable" | undefined {
  const condition = request.headers["if-range"] ?? file.etag;
  if (condition !== file.etag && condition !== file.modified) return undefined;
  const match = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "");
  const [, first = "", final = ""] = match ?? [];
  if (first === "" && final === "") return undefined;
  const { start, last } = boundsOf(first, final, file.sizeBytes);
  return start >= file.sizeBytes || last < start ? "unsatisfiable" : { start, last };
}

/** `-500` is the last 500 bytes, `500-` all from there on. */
function boundsOf(first: string, final: string, sizeBytes: number): Range {
  if (first === "") return { start: Math.max(0, sizeBytes - Number(final)), last: sizeBytes - 1 };
  const last = final === "" ? sizeBytes - 1 : Math.min(Number(final), sizeBytes - 1);
  return { start: Number(first), last };
}

function end(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
): void {
  const body = `${status}\n`;
  const length = String(Buffer.byteLength(body));
  response.writeHead(status, {
    "content-type": "text/plain",
    "content-length": length,
    ...headers,
  });
  response.end(body);
}

function main(argv: readonly string[]): void {
  const [root = ".", option] = argv;
  const site: Site = { root: realpathSync(root), isSinglePage: option === "--single-page" };
  const server = createServer((request, response) => {
    answer(site, request, response).catch((cause: unknown) => {
      // The reader left, or the file changed under us: either way this exchange is over.
      if (!response.headersSent) end(response, 500, {});
      else response.destroy();
      if (!response.destroyed) process.stderr.write(`${String(cause)}\n`);
    });
  });
  process.on("SIGTERM", () => {
    server.close();
    server.closeIdleConnections();
  });
  server.listen(Number(process.env["PORT"] ?? 8080), process.env["HOST"] ?? "127.0.0.1");
}

main(process.argv.slice(2));
