/**
 * The manual at `/docs`. Public, like the page of a problem: it is about the product, and says nothing of this
 * instance.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { openManual } from "./manual/manual.ts";
import { pathOf } from "./refuse.ts";

export function registerManual(server: FastifyInstance): void {
  const manual = openManual();
  const route = { config: { access: "public" }, schema: { hide: true } } as const;
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const page = await manual.pageAt(pathOf(request));
    if (page === undefined) {
      reply.callNotFound();
      return reply;
    }
    // Loads with the first page.
    const { manualPolicy } = await import("./manual/frame.ts");
    reply.header("content-security-policy", manualPolicy);
    return reply.type(page.contentType).send(page.body);
  };
  server.get("/docs", route, answer);
  server.get("/docs/*", route, answer);
}
