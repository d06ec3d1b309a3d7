/**
 * A body arrives within a time, or its request is over: whoever sends one byte a second, known or not, would hold
 * their place at the edge's door for as long as a large push may take.
 */
import type { FastifyInstance } from "fastify";
import { formatDurationMs } from "#std";
import { bodyMsMax } from "./limits.ts";
import { refuse } from "./refuse.ts";

/** Git's are streams of any length, with bounds of their own. `withinMs`: tests give a shorter one. */
export function registerBodyDeadline(server: FastifyInstance, withinMs = bodyMsMax): void {
  server.addHook("preParsing", async (request, reply, payload) => {
    const { raw, headers, routeOptions } = request;
    const hasBody = "content-length" in headers || "transfer-encoding" in headers;
    if (!hasBody || routeOptions.config.access === "git") return payload;
    const late = setTimeout(() => {
      if (raw.complete || reply.sent) return;
      const detail = `the body did not arrive within ${formatDurationMs(withinMs)}`;
      reply.header("connection", "close");
      refuse({ code: "malformed_request", detail }, request, reply);
    }, withinMs).unref();
    raw.once("close", () => clearTimeout(late));
    return payload;
  });
}
