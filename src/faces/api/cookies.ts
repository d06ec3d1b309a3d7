/**
 * The cookies of a browser: its session, its name as one that somebody has signed in with, and what is known
 * in the middle of a sign-in. Scripts cannot read them, and no other host gets them. Beside the session goes
 * one that scripts can read and that opens nothing: that there is a session, so that the console asks for
 * nothing that a stranger would be refused.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { isSecure } from "./edge-socket.ts";
import { ceremonyCookieMs, deviceCookieMs } from "./limits.ts";

export type CookieName = "session" | "known" | "device" | "ceremony";

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
const sameSite = {
  session: "Strict",
  known: "Strict",
  device: "Strict",
  ceremony: "Lax",
} as const;

const lifeMs = { device: deviceCookieMs, ceremony: ceremonyCookieMs } as const;

/** Keeps a session, and the word that there is one, for as long as it lasts. */
export function setSession(reply: FastifyReply, secret: string, untilMs: number): void {
  setCookie(reply, { name: "session", value: secret, untilMs });
  setCookie(reply, { name: "known", value: "1", untilMs });
}

export function clearSession(reply: FastifyReply): void {
  clearCookie(reply, "session");
  clearCookie(reply, "known");
}

/**
 * Has the word that there is a session follow the session: one began before there was such a word, or has
 * ended elsewhere. Neither is sent where another site leads here, and then neither is touched.
 */
export function alignKnown(request: FastifyRequest, reply: FastifyReply): void {
  const hasSession = readCookie(request, "session") !== undefined;
  const isKnown = readCookie(request, "known") !== undefined;
  if (isKnown && !hasSession) clearCookie(reply, "known");
  if (hasSession && !isKnown) setCookie(reply, { name: "known", value: "1" });
}

/** `untilMs`: of a session, whose life is its own; without it, `known` lasts as long as the browser. */
export function setCookie(
  reply: FastifyReply,
  {
    name,
    value,
    untilMs,
  }: { readonly name: CookieName; readonly value: string; readonly untilMs?: number },
): void {
  const ageMs = untilMs ?? (name === "device" || name === "ceremony" ? lifeMs[name] : undefined);
  append(
    reply,
    name,
    ageMs === undefined ? value : `${value}; Max-Age=${Math.floor(ageMs / 1000)}`,
  );
}

export function clearCookie(reply: FastifyReply, name: CookieName): void {
  append(reply, name, "; Max-Age=0");
}

function append(reply: FastifyReply, name: CookieName, value: string): void {
  const { request } = reply;
  const secure = isSecure(request) ? "; Secure" : "";
  const hidden = name === "known" ? "" : "; HttpOnly";
  const cookie = `${fullName(name, request)}=${value}; Path=/${hidden}; SameSite=${sameSite[name]}${secure}`;
  reply.header("set-cookie", cookie);
}
