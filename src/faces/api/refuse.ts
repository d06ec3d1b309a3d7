/** The one way in which this server says no. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { type ApiError, problemOf } from "./problems.ts";

/** Sends the problem for an error. */
export function refuse(
  error: ApiError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const body = problemOf(error, request.id);
  if (body.retryAfterMs !== undefined) {
    reply.header("retry-after", String(Math.ceil(body.retryAfterMs / 1000)));
  }
  reply.code(body.status);
  // git prints plain text to its user, and nothing else.
  if (request.url.startsWith("/git/")) {
    return reply
      .type("text/plain; charset=utf-8")
      .send(`tidegate: ${body.detail}\nnext: ${body.next}\n`);
  }
  const text = JSON.stringify(body);
  return reply.type("application/problem+json").serializer(String).send(text);
}

/** The path that was asked for, without its query, which may hold what is nobody's business. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? "";
}
