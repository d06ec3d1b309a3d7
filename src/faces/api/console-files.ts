/**
 * The console's files as the browser gets them: read once at start, so that a build beside a running server
 * never mixes two of them; compressed at the build; with a policy that allows no inline script or style.
 */
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { consolePages } from "#faces/api/contract";
import { takesCoding } from "./accept-encoding.ts";
import { alignKnown } from "./cookies.ts";

export interface ConsoleFiles {
  /** For an address that no page has. */
  readonly lost: ConsoleFile;
  /** The document of each page, by the page's name. */
  readonly pages: ReadonlyMap<string, ConsoleFile>;
  /** By their path, "/assets/index-1a2b.js". */
  readonly assets: ReadonlyMap<string, ConsoleFile>;
}

interface ConsoleFile {
  readonly type: string;
  readonly whole: Buffer;
  readonly brotli?: Buffer;
  readonly gzip?: Buffer;
  /** Whether its name changes with its content. */
  readonly isNamedByContent: boolean;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

export const consolePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  // Text stays text: the browser itself refuses to make markup of a string.
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/**
 * Reads what was built; nothing when nothing was. A build from before a page had a document of its own serves it by the
 * document of all: its code comes a step later, and the server starts.
 */
export async function readConsoleFiles(directory: string): Promise<ConsoleFiles | undefined> {
  const lost = await readConsoleFile(join(directory, "index.html")).catch(() => undefined);
  if (lost === undefined) return undefined;
  const pages = [...new Set(Object.values(consolePages))].map(async (name) => {
    const document = readConsoleFile(join(directory, "pages", `${name}.html`));
    return [name, await document.catch(() => lost)] as const;
  });
  const names = await readdir(join(directory, "assets"));
  const assets = names
    .filter((name) => Object.hasOwn(types, extname(name)))
    .map(
      async (name) =>
        [`/assets/${name}`, await readConsoleFile(join(directory, "assets", name))] as const,
    );
  return {
    lost,
    pages: new Map(await Promise.all(pages)),
    assets: new Map(await Promise.all(assets)),
  };
}

async function readConsoleFile(path: string): Promise<ConsoleFile> {
  const [whole, brotli, gzip] = await Promise.all([
    readFile(path),
    readFile(`${path}.br`).catch(() => undefined),
    readFile(`${path}.gz`).catch(() => undefined),
  ]);
  return {
    type: types[extname(path)] ?? "application/octet-stream",
    whole,
    ...(brotli === undefined ? {} : { brotli }),
    ...(gzip === undefined ? {} : { gzip }),
    isNamedByContent: /-[\w-]{8}\.\w+$/.test(path),
  };
}

/** Shows a person who mistyped an address the console, which says so and leads back. */
export function sendLost(
  { lost }: ConsoleFiles,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  alignKnown(request, reply);
  return send(lost, request, reply.code(404));
}

/** Answers the console's own paths with the document of the page there, and its files below `/assets`. */
export function registerConsole(
  server: FastifyInstance,
  { lost, pages, assets }: ConsoleFiles,
): void {
  const route = { config: { access: "public" }, schema: { hide: true } } as const;
  for (const [path, name] of Object.entries(consolePages)) {
    const page = pages.get(name) ?? lost;
    for (const address of path === "/" ? [path] : [path, `${path}/`]) {
      server.get<{ Params: Record<string, string> }>(address, route, (request, reply) => {
        // The framework takes nothing at all for a name, too.
        if (Object.values(request.params).includes("")) return reply.callNotFound();
        alignKnown(request, reply);
        return send(page, request, reply);
      });
    }
  }
  server.get<{ Params: { "*": string } }>("/assets/*", route, (request, reply) => {
    const file = assets.get(`/assets/${request.params["*"]}`);
    if (file === undefined) return reply.callNotFound();
    return send(file, request, reply);
  });
}

function send(file: ConsoleFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const accepted = request.headers["accept-encoding"];
  const encoding =
    file.brotli !== undefined && takesCoding(accepted, "br")
      ? "br"
      : file.gzip !== undefined && takesCoding(accepted, "gzip")
        ? "gzip"
        : undefined;
  const body = encoding === "br" ? file.brotli : encoding === "gzip" ? file.gzip : file.whole;
  reply.headers({
    "content-security-policy": consolePolicy,
    "cross-origin-opener-policy": "same-origin",
    vary: "accept-encoding",
    // The page itself is asked for each time: it is what names the files of this build.
    "cache-control": file.isNamedByContent ? "public, max-age=31536000, immutable" : "no-cache",
    ...(encoding === undefined ? {} : { "content-encoding": encoding }),
  });
  return reply.type(file.type).send(body);
}
