/**
 * The three cookies of a browser: its session, its name as one that somebody has signed in with, and what is
 * known in the middle of a sign-in. Scripts cannot read them, and no other host gets them.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { isSecure } from "./edge-socket.ts";
import { ceremonyCookieMs, deviceCookieMs } from "./limits.ts";

export type CookieName = "session" | "device" | "ceremony";

/**
 * `__Host-` is a promise that browsers keep: set by this host itself, over TLS, for no other. Without TLS,
 * which is on loopback only, the port is in the name, because all ports of a host share their cookies.
 */
function fullName(name: CookieName, request: FastifyRequest): string {
  const suffix = `tidegate-${name}`;
  return isSecure(request) ? `__Host-${suffix}` : `${suffix}-${request.socket.localPort ?? 0}`;
}

/** What the browser sent; nothing when it sent two of the name, of which one is not ours. */
export function readCookie(request: FastifyRequest, name: CookieName): string | undefined {
  const wanted = `${fullName(name, request)}=`;
  const found = (request.headers.cookie ?? "")
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part.startsWith(wanted));
  const [only] = found;
  return found.length === 1 && only !== undefined ? only.slice(wanted.length) : undefined;
}

/**
 * `Strict`: not sent when another site leads here; our pages ask for everything once they are open, so nobody
 * notices. What a provider's answer needs comes from another site, and is `Lax`.
 */
const sameSite = { session: "Strict", device: "Strict", ceremony: "Lax" } as const;

const lifeMs = { device: deviceCookieMs, ceremony: ceremonyCookieMs } as const;

/** `lifeMs`: only for a session, whose life is its own. */
export function setCookie(
  reply: FastifyReply,
  {
    name,
    value,
    untilMs,
  }: { readonly name: CookieName; readonly value: string; readonly untilMs?: number },
): void {
  const ageMs = untilMs ?? (name === "session" ? 0 : lifeMs[name]);
  append(reply, name, `${value}; Max-Age=${Math.floor(ageMs / 1000)}`);
}

export function clearCookie(reply: FastifyReply, name: CookieName): void {
  append(reply, name, "; Max-Age=0");
}

function append(reply: FastifyReply, name: CookieName, value: string): void {
  const { request } = reply;
  const secure = isSecure(request) ? "; Secure" : "";
  const cookie = `${fullName(name, request)}=${value}; Path=/; HttpOnly; SameSite=${sameSite[name]}${secure}`;
  reply.header("set-cookie", cookie);
}
