/**
 * The manual at `/docs`. Public, like the page of a problem: it is about the product, and says nothing of this
 * instance.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { takesCoding } from "./accept-encoding.ts";
import type { ConsoleFiles } from "./console-files.ts";
import { openManual } from "./manual/manual.ts";
import type { ReaderFiles } from "./manual/frame.ts";
import { pathOf } from "./refuse.ts";

export interface ManualDoorOptions {
  readonly version: string;
  /** The build of the console has the manual's script and style in it. */
  readonly console?: ConsoleFiles | undefined;
}

export function registerManual(
  server: FastifyInstance,
  { version, console: built }: ManualDoorOptions,
): void {
  const manual = openManual({ version, reader: readerFiles(built) });
  const route = { config: { access: "public" }, schema: { hide: true } } as const;
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const page = await manual.pageAt(pathOf(request));
    if (page === undefined) {
      reply.callNotFound();
      return reply;
    }
    // Loads with the first page.
    const { manualPolicy } = await import("./manual/frame.ts");
    // Asked for each time, and sent when it has changed: another version has another manual.
    reply.headers({
      "content-security-policy": manualPolicy,
      "cache-control": "no-cache",
      etag: page.tag,
      vary: "accept-encoding",
    });
    if (request.headers["if-none-match"] === page.tag) return reply.code(304).send();
    reply.type(page.contentType);
    const takesBrotli = takesCoding(request.headers["accept-encoding"], "br");
    if (page.brotli === undefined || !takesBrotli) return reply.send(page.body);
    return reply.header("content-encoding", "br").send(page.brotli);
  };
  server.get("/docs", route, answer);
  server.get("/docs/*", route, answer);
}

/** By the names that the build gave them, which change with their content. */
function readerFiles(built: ConsoleFiles | undefined): ReaderFiles {
  const names = [...(built?.assets.keys() ?? [])];
  return {
    script: names.find((name) => /^\/assets\/reader-[\w-]{8}\.js$/.test(name)),
    style: names.find((name) => /^\/assets\/reader-[\w-]{8}\.css$/.test(name)),
  };
}
