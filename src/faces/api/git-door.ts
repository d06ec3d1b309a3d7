/**
 * Git over HTTP: `/git/<app>.git/…`. Lets through the three requests of the smart protocol and nothing
 * else, after authentication; answers in plain text, because that is what git shows its user.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyInstance } from "fastify";
import { type AppName, type By, type Log, parseAppName, signed } from "#domain";
import { gitRefusal, noSuchApp } from "./git-access.ts";
import type { Keepers } from "./guard.ts";
import { refuse } from "./refuse.ts";

export interface GitContext {
  readonly app: AppName;
  /** Who asks, by name. */
  readonly actor: string;
  /** The same for the journal, with their credential and address. */
  readonly by?: By;
  /** `/info/refs`, `/git-upload-pack` or `/git-receive-pack`. */
  readonly pathInfo: string;
  readonly canWrite: boolean;
  readonly requestId: string;
}

/** Serves one authenticated request to an app's repository, and resolves when the response has ended. */
export interface GitService {
  handle(request: IncomingMessage, response: ServerResponse, context: GitContext): Promise<void>;
}

export interface GitDoorOptions extends Keepers {
  readonly git: GitService;
  readonly log: Log;
}

const smartRequests: Readonly<Record<string, "GET" | "POST">> = {
  "info/refs": "GET",
  "git-upload-pack": "POST",
  "git-receive-pack": "POST",
};

export function registerGitDoor(server: FastifyInstance, options: GitDoorOptions): void {
  server.register(async (scope) => {
    // The body is git's: it is neither parsed nor held, and has bounds of its own behind this door.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
    scope.route<{ Params: { repository: string; "*": string } }>({
      method: ["GET", "POST"],
      url: "/git/:repository/*",
      config: { access: "git" },
      schema: { hide: true },
      handler: async (request, reply) => {
        const path = request.params["*"];
        const { actor } = request;
        const app = parseAppName(request.params.repository.replace(/\.git$/, ""));
        const isRepository = app.ok && request.params.repository.endsWith(".git");
        if (!isRepository || smartRequests[path] !== request.method) {
          return reply.code(404).type("text/plain").send("tidegate: nothing is served here\n");
        }
        const isPush = isPushing(path, request.query);
        const allowed = await gitRefusal({ app: app.value, isPush, actor }, options);
        if (!allowed.ok && allowed.error !== undefined)
          return refuse(allowed.error, request, reply);
        if (!allowed.ok) return reply.code(404).type("text/plain").send(noSuchApp(app.value));
        reply.hijack();
        const context = {
          app: app.value,
          ...signed(actor),
          pathInfo: `/${path}`,
          canWrite: isPush,
          requestId: request.id,
        };
        await serve(options, { request: request.raw, response: reply.raw, context });
        return reply;
      },
    });
  });
}

/** Whether this is one of the two requests of a push: what is there, and what is to be there. */
function isPushing(path: string, query: unknown): boolean {
  const { service }: { readonly service?: unknown } = Object(query);
  return path === "git-receive-pack" || (path === "info/refs" && service === "git-receive-pack");
}

async function serve(
  { git, log }: GitDoorOptions,
  call: {
    readonly request: IncomingMessage;
    readonly response: ServerResponse;
    readonly context: GitContext;
  },
): Promise<void> {
  const { request, response, context } = call;
  try {
    await git.handle(request, response, context);
  } catch (error) {
    const { app, requestId } = context;
    log.error("api.git_failed", { app, requestId, error });
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.writeHead(500, { "content-type": "text/plain" });
    response.end(`tidegate: internal error (request ${requestId})\n`);
  }
}
