/** What a request tells of the browser that made it, and how what a sign-in gives reaches that browser. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Admitted, Browser, SignedIn } from "#domain";
import { clearCookie, clearSession, readCookie, setCookie, setSession } from "./cookies.ts";
import { addressOf, isSecure } from "./edge-socket.ts";

/** The browser behind a request, for handlers that sign it in and out. */
export interface AtBrowser {
  readonly browser: Browser;
  /** By which address it reached us. */
  readonly origin: string;
  /** By whose session the request came; nobody's when it came with a token. */
  readonly admitted: Admitted | undefined;
  /** Gives it a session, and ends the ceremony that led to it. */
  keep(signedIn: SignedIn): void;
  /** Gives it what the end of a ceremony will need. */
  begin(ceremony: string): void;
  endCeremony(): void;
  forget(): void;
}

export function atBrowser(request: FastifyRequest, reply: FastifyReply): AtBrowser {
  return {
    browser: browserOf(request),
    origin: `${isSecure(request) ? "https" : "http"}://${request.headers.host ?? ""}`,
    admitted: request.admitted,
    keep: (signedIn) => keepSignedIn(reply, signedIn),
    begin: (ceremony) => setCookie(reply, { name: "ceremony", value: ceremony }),
    endCeremony: () => clearCookie(reply, "ceremony"),
    forget: () => clearSession(reply),
  };
}

export function browserOf(request: FastifyRequest): Browser {
  return {
    address: addressOf(request),
    userAgent: request.headers["user-agent"] ?? "",
    device: readCookie(request, "device"),
    ceremony: readCookie(request, "ceremony"),
  };
}

export function keepSignedIn(reply: FastifyReply, { admitted, secret, device }: SignedIn): void {
  const { createdAt, expiresAt } = admitted.session;
  setSession(reply, secret, expiresAt - createdAt);
  if (device !== undefined) setCookie(reply, { name: "device", value: device });
  if (readCookie(reply.request, "ceremony") !== undefined) clearCookie(reply, "ceremony");
}
