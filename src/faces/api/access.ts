/**
 * Who may ask what. Every route says who may ask when it is registered, or the server does not start;
 * every request is held against that before anything of it is read. What is not allowed is refused.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { assert, some, unreachable } from "#std";
import {
  nobody,
  tokenForm,
  type Actor,
  type Admitted,
  type Clock,
  type InstanceIdentity,
  type Origin,
  type SignIn,
} from "#domain";
import type { Access } from "#faces/api/contract";
import { clearSession, readCookie } from "./cookies.ts";
import { beginningFault, crossSiteFault } from "./cross-site.ts";
import { addressOf, isSecure } from "./edge-socket.ts";
import { failedAttempts } from "./failed-attempts.ts";
import { refusalOf, type Keepers } from "./guard.ts";
import { hostCheck } from "./host-check.ts";
import { userAgentCharactersMax } from "./limits.ts";
import type { FaceError } from "./problems.ts";
import type { refuse } from "./refuse.ts";
import type { Authenticate } from "./tokens.ts";

/**
 * - `git`: a token over Basic; the git door holds each operation against the permissions itself.
 * - `instance`: the Bearer token of one running instance, which opens nothing else.
 */
export type RouteAccess = Access | "git" | "instance";

declare module "fastify" {
  interface FastifyContextConfig {
    access?: RouteAccess;
  }
  interface FastifyRequest {
    /** Who asks; nobody on public routes. */
    actor: Actor;
    /** The session it came with; nothing with a token. */
    admitted: Admitted | undefined;
    /** Who they are now, by the same credentials; nobody when those have ended. */
    actorNow: () => Promise<Actor | undefined>;
    /** Whether the same could still be asked now: streams outlive sessions, tokens and grants. */
    isStillAllowed: () => Promise<boolean>;
    /** The instance that asks; only where access is for `instance`. */
    reporter: InstanceIdentity | undefined;
  }
}

/** How the credentials travel: the API and instances by Bearer, git by Basic. */
type Door = "api" | "git" | "instance";

export interface AccessOptions extends Keepers {
  readonly authenticate: Authenticate;
  readonly signIn: Pick<SignIn, "admit">;
  readonly instanceOf: (token: string) => Promise<InstanceIdentity | undefined>;
  readonly clock: Clock;
  readonly hostNames: readonly string[];
  readonly refuse: typeof refuse;
}

/** Must come before the first route: a hook sees only routes that are registered after it. */
export function registerAccess(server: FastifyInstance, options: AccessOptions): void {
  const isKnownHost = hostCheck(options.hostNames);
  const unknown = newcomers(options);
  server.decorateRequest("actor");
  server.decorateRequest("reporter");
  server.decorateRequest("admitted");
  server.decorateRequest("actorNow");
  server.decorateRequest("isStillAllowed");
  server.addHook("onRoute", (route) => {
    assert(
      route.config?.access !== undefined,
      `route ${String(route.method)} ${route.url} does not say who may ask`,
    );
  });
  server.addHook("onRequest", async (request, reply) => {
    request.actor = nobody;
    const { host } = request.headers;
    if (!isKnownHost(host)) {
      return options.refuse({ code: "host_refused", host: host ?? "" }, request, reply);
    }
    if (request.is404) return undefined;
    const { access } = request.routeOptions.config;
    assert(access !== undefined, "a route that does not say who may ask was served");
    if (access === "public") return refuseForeignBeginning(request, reply, options);
    const known = await recognised(request, { access, options });
    if (known !== "known") return unknown(request, reply, known);
    if (typeof access === "string") return undefined;
    const refusal = await refusalOf({ guard: access, actor: request.actor }, request, options);
    if (refusal !== undefined) return options.refuse(refusal, request, reply);
    request.isStillAllowed = async () => {
      const actor = await request.actorNow();
      if (actor === undefined) return false;
      return (await refusalOf({ guard: access, actor }, request, options)) === undefined;
    };
    return undefined;
  });
}

interface Stranger {
  readonly door: Door;
  readonly token: string | undefined;
  /** It showed a session; without a fault, one that has ended. */
  readonly hasSession: boolean;
  /** Why it may have been another site that asked. */
  readonly fault?: string;
}

/**
 * Finds out who asks, by a token or, without one, by a browser's session; and why not. Another site may have
 * caused what comes with a session, and is answered before anything is looked up.
 */
async function recognised(
  request: FastifyRequest,
  { access, options }: { readonly access: RouteAccess; readonly options: AccessOptions },
): Promise<"known" | Stranger> {
  const door = access === "git" || access === "instance" ? access : "api";
  const token = tokenOf(door, request.headers.authorization);
  if (token !== undefined) {
    const isKnown = await isAdmitted(request, { door, token, options });
    return isKnown ? "known" : { door, token, hasSession: false };
  }
  const secret = door === "api" ? readCookie(request, "session") : undefined;
  if (secret === undefined) return { door, token, hasSession: false };
  const { method, headers } = request;
  const fault = crossSiteFault({ method, headers, isSecure: isSecure(request) });
  if (fault !== undefined) return { door, token, hasSession: true, fault };
  const isKnown = await isSignedIn(request, { secret, options });
  return isKnown ? "known" : { door, token, hasSession: true };
}

/** What changes something without anybody having signed in begins a session: not by another site's will. */
function refuseForeignBeginning(
  request: FastifyRequest,
  reply: FastifyReply,
  options: AccessOptions,
): FastifyReply | undefined {
  const { method, headers } = request;
  if (method === "GET" || method === "HEAD") return undefined;
  const reason = beginningFault({ method, headers, isSecure: isSecure(request) });
  if (reason === undefined) return undefined;
  return options.refuse({ code: "cross_site_refused", reason }, request, reply);
}

/** A session is looked up for every request: one that was ended opens nothing from then on. */
async function isSignedIn(
  request: FastifyRequest,
  { secret, options }: { readonly secret: string; readonly options: AccessOptions },
): Promise<boolean> {
  const origin = originOf(request);
  const admitted = await options.signIn.admit(secret, origin);
  if (admitted === undefined) return false;
  request.admitted = admitted;
  request.actor = admitted.actor;
  request.actorNow = async () => (await options.signIn.admit(secret, origin))?.actor;
  return true;
}

/** Makes the answer to those who are not known: who are you, or, after too many wrong tokens, wait. */
function newcomers({ clock, refuse: answer }: AccessOptions) {
  const attempts = failedAttempts();
  return (request: FastifyRequest, reply: FastifyReply, stranger: Stranger) => {
    const { door, token, hasSession, fault } = stranger;
    if (fault !== undefined) {
      return answer({ code: "cross_site_refused", reason: fault }, request, reply);
    }
    reply.header("www-authenticate", challenge[door]);
    if (hasSession) clearSession(reply);
    // Git always asks without a token first, so only a wrong one counts as an attempt.
    const retryAfterMs = token === undefined ? 0 : attempts.count(addressOf(request), clock.now());
    const error: FaceError =
      retryAfterMs > 0
        ? { code: "too_many_attempts", retryAfterMs }
        : { code: "unauthenticated", given: givenBy({ token, hasSession }) };
    return answer(error, request, reply);
  };
}

function givenBy({ token, hasSession }: Pick<Stranger, "token" | "hasSession">) {
  if (hasSession) return "session";
  if (token === undefined) return "nothing";
  return tokenForm(token) === "broken" ? "part of a token" : "token";
}

interface Knock {
  readonly door: Door;
  readonly token: string;
  readonly options: AccessOptions;
}

/** An instance's token opens the door of instances and no other, and no other token opens that. */
async function isAdmitted(
  request: FastifyRequest,
  { door, token, options }: Knock,
): Promise<boolean> {
  if (door === "instance") {
    request.reporter = await options.instanceOf(token);
    return request.reporter !== undefined;
  }
  const origin = originOf(request);
  const actor = await options.authenticate(token, origin);
  if (actor === undefined) return false;
  request.actor = { ...actor, origin };
  request.actorNow = async () => await options.authenticate(token, origin);
  return true;
}

/** From where, as the journal keeps it; what a client says of itself is cut, and believed by nobody. */
function originOf(request: FastifyRequest): Origin {
  const userAgent = request.headers["user-agent"]?.slice(0, userAgentCharactersMax);
  return { address: addressOf(request), ...some("userAgent", userAgent) };
}

const challenge = {
  api: 'Bearer realm="tidegate"',
  git: 'Basic realm="tidegate", charset="UTF-8"',
  instance: 'Bearer realm="tidegate instances"',
} as const;

/** Of what a browser adds by itself, only a session is taken, and not by git: see crossSiteFault. */
function tokenOf(door: Door, header: string | undefined): string | undefined {
  const [, scheme = "", credentials = ""] = /^(\w+) +(\S+)$/.exec(header ?? "") ?? [];
  switch (door) {
    case "api":
    case "instance":
      return scheme.toLowerCase() === "bearer" ? credentials : undefined;
    case "git": {
      if (scheme.toLowerCase() !== "basic") return undefined;
      const [, password] = /:(.*)$/s.exec(Buffer.from(credentials, "base64").toString()) ?? [];
      return password;
    }
    default:
      return unreachable(door);
  }
}
