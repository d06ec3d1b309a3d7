/** Serves the contract's table: each route with its access, its schemas and the handler of its name. */
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from "fastify";
import { z } from "zod";
import { atOnce, type AtOnce, type Result } from "#std";
import type { People } from "#domain";
import { problem, routes, type RouteSpec } from "#faces/api/contract";
import { atBrowser } from "./browser.ts";
import { sendEvents } from "./event-stream.ts";
import { followersOf, type Events, type FollowersOptions, type Following } from "./followers.ts";
import { handlersOf, type Asked } from "./handlers.ts";
import { streamsMax, streamsPerUserMax } from "./limits.ts";
import type { ApiError } from "./problems.ts";
import { refuse } from "./refuse.ts";
import type { SignInOptions } from "./sign-in-handlers.ts";

export interface RoutesOptions extends FollowersOptions, SignInOptions {
  readonly people: People;
}

export function registerRoutes(server: FastifyInstance, options: RoutesOptions): void {
  const answers: Readonly<Record<string, unknown>> = {
    ...handlersOf(options),
    ...followersOf(options),
  };
  const streams = atOnce({ most: streamsMax, mostEach: streamsPerUserMax });
  for (const [key, spec] of Object.entries<RouteSpec>(routes)) {
    const [method = "", url = ""] = key.split(" ");
    const config = { access: spec.access };
    const answer = answers[key];
    server.route({
      method,
      url,
      config,
      schema: schemaOf(spec),
      handler: async (request, reply) => {
        const asking = { request, reply };
        return spec.kind === "json"
          ? // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Handlers is total, by key
            answerJson(answer as AnyHandler, spec, { ...asking, signal: options.signal })
          : // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Followers is total, by key
            answerEvents(answer as AnyFollower, asking, { ...options, streams });
      },
    });
  }
}

interface Input {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}
type AnyHandler = (input: Input, asked: Asked) => Promise<Result<unknown, ApiError>>;
type AnyFollower = (
  input: Input,
  lastEventId: number | undefined,
  asked: Following,
) => Promise<Result<Events, ApiError>>;

interface Asking {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

const noQuery = z.strictObject({});

function schemaOf(spec: RouteSpec): FastifySchema {
  return {
    summary: spec.summary,
    security: spec.access === "public" ? [] : [{ token: [] }],
    ...(spec.params === undefined ? {} : { params: spec.params }),
    // Also where there is none to ask: who writes ?dryRun=true is not to be taken at their other words.
    querystring: spec.query ?? noQuery,
    ...(spec.body === undefined ? {} : { body: spec.body }),
    response: {
      [spec.status]: spec.kind === "json" ? spec.response : eventsOf(spec),
      default: {
        description: "A problem",
        content: { "application/problem+json": { schema: problem } },
      },
    },
  };
}

function eventsOf(spec: RouteSpec): unknown {
  return {
    description: "Server-Sent Events; `end` says that no more will come",
    content: { "text/event-stream": { schema: spec.response } },
  };
}

async function answerJson(
  handler: AnyHandler,
  spec: RouteSpec,
  { request, reply, signal }: Asking & { readonly signal: AbortSignal },
): Promise<FastifyReply> {
  const gone = new AbortController();
  request.raw.once("close", () => gone.abort());
  const result = await handler(inputOf(request), {
    actor: request.actor,
    at: atBrowser(request, reply),
    signal: AbortSignal.any([gone.signal, signal]),
  });
  if (!result.ok) return refuse(result.error, request, reply);
  return reply.code(spec.status).send(result.value);
}

async function answerEvents(
  follower: AnyFollower,
  { request, reply }: Asking,
  options: RoutesOptions & { readonly streams: AtOnce },
): Promise<FastifyReply> {
  const { streams, log } = options;
  const lastEventId = request.headers["last-event-id"];
  if (lastEventId !== undefined && !/^\d{1,15}$/.test(String(lastEventId))) {
    const detail = `the header last-event-id is "${String(lastEventId)}"; expected a number`;
    return refuse({ code: "malformed_request", detail }, request, reply);
  }
  const end = streams.begin(request.actor.user);
  if (typeof end !== "function") {
    return refuse({ code: "too_many_streams", ...end }, request, reply);
  }
  const seen = lastEventId === undefined ? undefined : Number(lastEventId);
  try {
    const events = await follower(inputOf(request), seen, {
      actor: request.actor,
      actorNow: async () => await request.actorNow(),
    });
    if (!events.ok) return refuse(events.error, request, reply);
    reply.hijack();
    await sendEvents({
      response: reply.raw,
      headers: headersOf(reply),
      clock: options.clock,
      signal: options.signal,
      isStillAllowed: async () => await request.isStillAllowed(),
      events: events.value,
    });
  } catch (error) {
    if (!reply.sent) throw error;
    // The head is out: the client sees a stream that broke off, and resumes.
    log.error("api.stream_failed", { requestId: request.id, error });
    reply.raw.destroy();
  } finally {
    end();
  }
  return reply;
}

function inputOf(request: FastifyRequest): Input {
  return { params: request.params, query: request.query, body: request.body };
}

function headersOf(reply: FastifyReply): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]),
  );
}
