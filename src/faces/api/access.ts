/**
 * Who may ask what. Every route names its policy when it is registered, or the server does not start;
 * every request is held against it before anything of it is read. What is not allowed is refused.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { assert, unreachable } from "#std";
import type { Clock, InstanceIdentity } from "#domain";
import type { Actor } from "#delivery";
import type { Policy } from "#faces/api/contract";
import { failedAttempts } from "./failed-attempts.ts";
import { hostCheck } from "./host-check.ts";
import type { FaceError } from "./problems.ts";
import type { Authenticate } from "./tokens.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    policy?: Policy;
  }
  interface FastifyRequest {
    /** Who asks; nobody on public routes. */
    actor: Actor;
    /** The instance that asks; only where the policy is `instance`. */
    reporter: InstanceIdentity | undefined;
  }
}

const policies: Readonly<Record<Policy, true>> = {
  public: true,
  admin: true,
  git: true,
  instance: true,
};
const nobody: Actor = { name: "nobody" };

export interface AccessOptions {
  readonly authenticate: Authenticate;
  readonly instanceOf: (token: string) => Promise<InstanceIdentity | undefined>;
  readonly clock: Clock;
  readonly hostNames: readonly string[];
  readonly refuse: (error: FaceError, request: FastifyRequest, reply: FastifyReply) => unknown;
}

/** Must come before the first route: a hook sees only routes that are registered after it. */
export function registerAccess(server: FastifyInstance, options: AccessOptions): void {
  const isKnownHost = hostCheck(options.hostNames);
  const attempts = failedAttempts();
  server.decorateRequest("actor");
  server.decorateRequest("reporter");
  server.addHook("onRoute", (route) => {
    const { policy } = route.config ?? {};
    assert(
      policy !== undefined && policy in policies,
      `route ${String(route.method)} ${route.url} has no policy`,
    );
  });
  server.addHook("onRequest", async (request, reply) => {
    request.actor = nobody;
    const { host } = request.headers;
    if (!isKnownHost(host)) {
      return options.refuse({ code: "host_refused", host: host ?? "" }, request, reply);
    }
    if (request.is404) return undefined;
    const { policy } = request.routeOptions.config;
    assert(policy !== undefined, "a route without a policy was served");
    if (policy === "public") return undefined;
    const token = tokenOf(policy, request.headers.authorization);
    if (token !== undefined && (await isAdmitted(request, { policy, token, options }))) {
      return undefined;
    }
    reply.header("www-authenticate", challenge[policy]);
    // Git always asks without a token first, so only a wrong one counts as an attempt.
    const retryAfterMs = token === undefined ? 0 : attempts.count(request.ip, options.clock.now());
    const error: FaceError =
      retryAfterMs > 0
        ? { code: "too_many_attempts", retryAfterMs }
        : { code: "unauthenticated", isTokenGiven: token !== undefined };
    return options.refuse(error, request, reply);
  });
}

interface Knock {
  readonly policy: Exclude<Policy, "public">;
  readonly token: string;
  readonly options: AccessOptions;
}

/** An instance's token opens the door of instances and no other, and no other token opens that. */
async function isAdmitted(
  request: FastifyRequest,
  { policy, token, options }: Knock,
): Promise<boolean> {
  if (policy === "instance") {
    request.reporter = await options.instanceOf(token);
    return request.reporter !== undefined;
  }
  const actor = options.authenticate(token);
  if (actor !== undefined) request.actor = actor;
  return actor !== undefined;
}

const challenge = {
  admin: 'Bearer realm="tidegate"',
  git: 'Basic realm="tidegate", charset="UTF-8"',
  instance: 'Bearer realm="tidegate instances"',
} as const;

/** The API takes a Bearer token only: what a browser adds by itself must not open it. */
function tokenOf(
  policy: Exclude<Policy, "public">,
  header: string | undefined,
): string | undefined {
  const [, scheme = "", credentials = ""] = /^(\w+) +(\S+)$/.exec(header ?? "") ?? [];
  switch (policy) {
    case "admin":
    case "instance":
      return scheme.toLowerCase() === "bearer" ? credentials : undefined;
    case "git": {
      if (scheme.toLowerCase() !== "basic") return undefined;
      const [, password] = /:(.*)$/s.exec(Buffer.from(credentials, "base64").toString()) ?? [];
      return password;
    }
    default:
      return unreachable(policy);
  }
}
