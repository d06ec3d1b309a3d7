/** Puts the server together: access first, then the table of routes, git, the pages and the document. */
import fastifySwagger from "@fastify/swagger";
import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from "fastify";
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
} from "fastify-type-provider-zod";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { assert } from "#std";
import type { Clock, Log, People, SignIn } from "#domain";
import type { Delivery } from "#delivery";
import { registerAccess } from "./access.ts";
import { type ConsoleFiles, registerConsole, sendLost } from "./console-files.ts";
import { isSecure, listenToEdges } from "./edge-socket.ts";
import { type GitService, registerGitDoor } from "./git-door.ts";
import { type MetricsService, registerMetricsDoor } from "./metrics-door.ts";
import {
  bodyBytesMax,
  closeGraceMs,
  headersBytesMax,
  headersTimeoutMs,
  requestTimeoutMs,
} from "./limits.ts";
import { registerManual } from "./manual-door.ts";
import { registerOidcDoor } from "./oidc-door.ts";
import { registerBodyDeadline } from "./body-deadline.ts";
import { problemPage, rootPage, sendPage, sendProblemPage } from "./pages.ts";
import { problemOf } from "./problems.ts";
import { pathOf, refuse } from "./refuse.ts";
import { registerRoutes } from "./register-routes.ts";
import type { Authenticate } from "./tokens.ts";
import { requestFault } from "./validation.ts";

export interface ApiOptions {
  readonly delivery: Delivery;
  readonly people: People;
  readonly git: GitService;
  readonly metrics: MetricsService;
  readonly authenticate: Authenticate;
  readonly signIn: SignIn;
  /** Where browsers reach the console: `http://localhost:7420`, without a slash at the end. */
  readonly origin: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly version: string;
  /** Host names, without port, under which this server is known beside the loopback ones. */
  readonly hostNames?: readonly string[];
  /** What a browser gets; absent: a page that says how to use the command line. */
  readonly console?: ConsoleFiles | undefined;
  /** Within which a body has to arrive; default: a minute. */
  readonly bodyMsMax?: number;
}

export interface Api {
  /** Default: 127.0.0.1 and a free port. Rejects with the cause, such as EADDRINUSE. */
  listen(where?: ListenAt): Promise<Listening>;
  /** Ends streams at once, lets requests finish for a few seconds, then cuts what is left. */
  close(): Promise<void>;
}

export interface ListenAt {
  readonly host?: string;
  readonly port?: number;
  /** A unix socket in a private directory, on which edges hand over what came to them over TLS. */
  readonly edgeSocket?: string | undefined;
}

export interface Listening {
  /** "http://127.0.0.1:7420". */
  readonly url: string;
  readonly port: number;
}

/** Makes the API server. Rejects when a route does not say who may ask. */
export async function createApi(options: ApiOptions): Promise<Api> {
  const closing = new AbortController();
  const server = newServer(options);
  await registerDocument(server, options.version);
  registerRoutes(server, { ...options, signal: closing.signal });
  registerGitDoor(server, options);
  registerMetricsDoor(server, options.metrics);
  registerOidcDoor(server, options);
  registerPages(server, options);
  registerManual(server, options);
  await server.ready();
  let fromEdges: Server | undefined;
  return {
    async listen({ host = "127.0.0.1", port = 0, edgeSocket } = {}) {
      await server.listen({ host, port });
      if (edgeSocket !== undefined) {
        fromEdges = await listenToEdges(edgeSocket, (request, response) =>
          server.routing(request, response),
        );
      }
      return listening(server);
    },
    async close() {
      closing.abort();
      const grace = new AbortController();
      const cut = cutAfterGrace(server, { fromEdges, clock: options.clock, signal: grace.signal });
      const lastEdge = fromEdges && once(fromEdges, "close");
      fromEdges?.close();
      await Promise.all([server.close(), lastEdge]);
      grace.abort();
      await cut;
    },
  };
}

/** A server with access control and without a route: what a test of access starts from. */
export function newServer(options: ApiOptions): FastifyInstance {
  const server = Fastify({
    bodyLimit: bodyBytesMax,
    exposeHeadRoutes: false,
    forceCloseConnections: "idle",
    genReqId: () => `req_${randomUUID().replaceAll("-", "").slice(0, 20)}`,
    http: { headersTimeout: headersTimeoutMs, maxHeaderSize: headersBytesMax },
    requestTimeout: requestTimeoutMs,
    logger: false,
    clientErrorHandler: (_error, socket) => answerMalformed(socket),
    frameworkErrors: (_error, request, reply) => {
      refuse({ code: "malformed_request", detail: "the path is malformed" }, request, reply);
    },
  });
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  server.addHook("onRequest", async (request, reply) => {
    reply.headers({ ...securityHeaders, "x-request-id": request.id });
    if (isSecure(request)) reply.header("strict-transport-security", strictTransport);
  });
  registerBodyDeadline(server, options.bodyMsMax);
  registerAccess(server, {
    delivery: options.delivery,
    people: options.people,
    authenticate: options.authenticate,
    signIn: options.signIn,
    instanceOf: async (token) => await options.metrics.identityOf(token),
    clock: options.clock,
    hostNames: options.hostNames ?? [],
    refuse,
  });
  server.setNotFoundHandler((request, reply) => {
    const error = {
      code: "route_not_found",
      route: `${request.method} ${pathOf(request)}`,
    } as const;
    if (!isForAPerson(request)) return refuse(error, request, reply);
    if (options.console === undefined) return sendProblemPage(error, request, reply);
    return sendLost(options.console, request, reply);
  });
  server.setErrorHandler<FastifyError>((error, request, reply) => {
    const fault = requestFault(error, request);
    if (fault !== undefined) return refuse(fault, request, reply);
    const route = `${request.method} ${request.routeOptions.url ?? ""}`;
    options.log.error("api.request_failed", { requestId: request.id, route, error });
    return refuse({ code: "internal" }, request, reply);
  });
  return server;
}

/** Somebody opened the address in a browser; programs get a problem, and so do the pages' own requests. */
function isForAPerson(request: FastifyRequest): boolean {
  const isPage = request.method === "GET" && !/^\/(?:api|git|assets)\//.test(pathOf(request));
  return isPage && (request.headers.accept ?? "").includes("text/html");
}

interface Cutting {
  readonly fromEdges: Server | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

async function cutAfterGrace(server: FastifyInstance, { fromEdges, clock, signal }: Cutting) {
  await clock.sleep(closeGraceMs, signal);
  server.server.closeAllConnections();
  fromEdges?.closeAllConnections();
}

const securityHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
} as const;

/** For a year, and for this name alone: what lies beneath it may be somebody's app. */
const strictTransport = "max-age=31536000";

/** What is not HTTP has no request and no id; it is told so and let go. */
function answerMalformed(socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(
    problemOf({ code: "malformed_request", detail: "this is not an HTTP request" }, "none"),
  );
  socket.end(
    `HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

async function registerDocument(server: FastifyInstance, version: string): Promise<void> {
  await server.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Tidegate",
        version,
        description:
          "Push, prove, expose. Instants are epoch milliseconds in UTC, durations milliseconds.",
      },
      components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
    },
    transform: jsonSchemaTransform,
  });
  // Written once: anybody may ask for it, and it takes long to write.
  let text: string | undefined;
  server.get(
    "/api/v1/openapi.json",
    { config: { access: "public" }, schema: { hide: true } },
    (_request, reply) =>
      reply.type("application/json").send((text ??= JSON.stringify(server.swagger()))),
  );
}

function registerPages(
  server: FastifyInstance,
  { version, console: files }: Pick<ApiOptions, "version" | "console">,
): void {
  const schema = { hide: true };
  const config = { access: "public" } as const;
  if (files !== undefined) registerConsole(server, files);
  else server.get("/", { config, schema }, (_request, reply) => sendPage(reply, rootPage(version)));
  server.get<{ Params: { code: string } }>(
    "/problems/:code",
    { config, schema },
    (request, reply) => {
      const page = problemPage(request.params.code);
      if (page !== undefined) return sendPage(reply, page);
      return refuse({ code: "route_not_found", route: pathOf(request) }, request, reply);
    },
  );
}

function listening(server: FastifyInstance): Listening {
  const address: AddressInfo | string | null = server.server.address();
  assert(address !== null && typeof address === "object", "the server listens on a port");
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return { url: `http://${host}:${address.port}`, port: address.port };
}
