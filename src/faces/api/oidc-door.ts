/**
 * The two addresses a browser goes through to sign in with a provider: out to it, and back. They are opened by
 * a person, so what goes wrong is told as a page.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Clock, SignIn } from "#domain";
import { browserOf, keepSignedIn } from "./browser.ts";
import { clearCookie, readCookie, setCookie } from "./cookies.ts";
import { addressOf, isSecure } from "./edge-socket.ts";
import { crossSiteFault } from "./cross-site.ts";
import { failedAttempts } from "./failed-attempts.ts";
import { providerRequestsMax, providerRequestsWindowMs } from "./limits.ts";
import { sendProblemPage } from "./pages.ts";
import type { ApiError } from "./problems.ts";

export interface OidcDoorOptions {
  readonly signIn: SignIn;
  readonly clock: Clock;
}

type Start = { Params: { provider: string }; Querystring: { return?: unknown; link?: unknown } };

export function registerOidcDoor(
  server: FastifyInstance,
  { signIn, clock }: OidcDoorOptions,
): void {
  const config = { access: "public" } as const;
  const schema = { hide: true };
  const requests = failedAttempts({
    most: providerRequestsMax,
    windowMs: providerRequestsWindowMs,
  });
  const waitOf = (request: FastifyRequest): ApiError | undefined => {
    const retryAfterMs = requests.count(addressOf(request), clock.now());
    return retryAfterMs > 0 ? { code: "too_many_sign_ins", retryAfterMs } : undefined;
  };
  server.get<Start>("/auth/oidc/:provider/start", { config, schema }, async (request, reply) => {
    const wait = waitOf(request);
    if (wait !== undefined) return sendProblemPage(wait, request, reply);
    const linkTo = request.query.link === "yes" ? await ownSession(request, signIn) : undefined;
    if (request.query.link === "yes" && linkTo === undefined) {
      return sendProblemPage({ code: "unauthenticated", given: "nothing" }, request, reply);
    }
    // A linked account lets one in for good.
    if (linkTo !== undefined && signIn.freshUntilAt(linkTo) === undefined) {
      return sendProblemPage({ code: "sign_in_again", toDo: "link an account" }, request, reply);
    }
    const begun = await signIn.beginProvider({
      provider: request.params.provider,
      returnTo: typeof request.query.return === "string" ? request.query.return : "/",
      ...(linkTo === undefined ? {} : { linkTo }),
    });
    if (!begun.ok) return sendProblemPage(begun.error, request, reply);
    setCookie(reply, { name: "ceremony", value: begun.value.ceremony });
    return reply.redirect(begun.value.url, 303);
  });
  server.get<Start>("/auth/oidc/:provider/callback", { config, schema }, async (request, reply) => {
    const wait = waitOf(request);
    if (wait !== undefined) return sendProblemPage(wait, request, reply);
    const { provider } = request.params;
    const query = request.url.split("?").slice(1).join("?");
    const ended = await signIn.endProvider({ provider, query }, browserOf(request));
    if (!ended.ok) {
      clearCookie(reply, "ceremony");
      return sendProblemPage(ended.error, request, reply);
    }
    keepSignedIn(reply, ended.value);
    return reply.redirect(ended.value.returnTo, 303);
  });
}

/** Whose account is to be linked: only when our own page asked for it. */
async function ownSession(request: FastifyRequest, signIn: SignIn) {
  const { method, headers } = request;
  const isOwn = crossSiteFault({ method, headers, isSecure: isSecure(request) }) === undefined;
  const secret = readCookie(request, "session");
  const isNavigation = headers["sec-fetch-site"] !== undefined;
  return isOwn && isNavigation && secret !== undefined
    ? await signIn.admit(secret, { address: addressOf(request) })
    : undefined;
}
