/**
 * Who a request comes from, as far as assignment goes: a signed first-party cookie of the edge.
 *
 * The signature keeps clients from choosing their cohort or from inventing users by the million; it
 * proves nothing else. A cookie that is forged, or signed by another installation, is replaced.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { userCookieName } from "#domain";
import { flat } from "./flat.ts";
import { limits } from "./limits.ts";
import { openPasses, type Passes } from "./passes.ts";

const idChars = 22; // 16 random bytes in base64url
const signatureChars = 22; // HMAC-SHA256 cut to 16 bytes
const cookiePattern = /^[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}$/;
const maxAgeSeconds = 400 * 24 * 3600; // browsers cut longer lives to 400 days

export interface UserKeys {
  /** Gives the user's key if the cookie's value is one of ours. */
  verify(cookieValue: string): string | undefined;
  /** Makes a user: the key, and the cookie's value that will prove it. */
  mint(): { readonly key: string; readonly cookieValue: string };
  /** By which browsers are put into a rollout or out of it. */
  readonly passes: Passes;
}

export function userKeys(secret: Uint8Array): UserKeys {
  // A signature takes 2.5 us (as in hash.ts); users send the same cookie again and again. Two
  // generations are a bounded cache that needs no bookkeeping per hit.
  let young = new Set<string>();
  let old = new Set<string>();
  const remember = (cookieValue: string) => {
    if (young.size >= limits.verifiedCookiesMax) [old, young] = [young, new Set()];
    young.add(flat(cookieValue));
  };
  return {
    verify(cookieValue) {
      if (young.has(cookieValue)) return cookieValue.slice(0, idChars);
      if (!old.has(cookieValue) && !isSigned(secret, cookieValue)) return undefined;
      remember(cookieValue);
      return cookieValue.slice(0, idChars);
    },
    mint() {
      const key = randomBytes(16).toString("base64url");
      const cookieValue = `${key}.${sign(secret, key)}`;
      return { key, cookieValue };
    },
    passes: openPasses(secret),
  };
}

/** `isSecure`: it was minted over TLS, and is to stay there. */
export function renderUserCookie(cookieValue: string, isSecure: boolean): string {
  const secure = isSecure ? "; Secure" : "";
  return `${userCookieName}=${cookieValue}; Max-Age=${maxAgeSeconds}; Path=/; HttpOnly; SameSite=Lax${secure}`;
}

/** Finds one cookie's value in a Cookie header; the first of that name wins, as in every server. */
export function readCookie(header: string, name: string): string | undefined {
  let from = 0;
  while (from < header.length) {
    const at = header.indexOf(name, from);
    if (at === -1) return undefined;
    from = at + name.length;
    if (header.charCodeAt(from) !== 0x3d || !isCookieStart(header, at)) continue;
    const end = header.indexOf(";", from);
    return header.slice(from + 1, end === -1 ? header.length : end).trim();
  }
  return undefined;
}

function isCookieStart(header: string, at: number): boolean {
  let before = at - 1;
  while (before >= 0 && header.charCodeAt(before) === 0x20) before -= 1;
  return before < 0 || header.charCodeAt(before) === 0x3b;
}

function isSigned(secret: Uint8Array, cookieValue: string): boolean {
  if (!cookiePattern.test(cookieValue)) return false;
  const expected = sign(secret, cookieValue.slice(0, idChars));
  return timingSafeEqual(Buffer.from(cookieValue.slice(idChars + 1)), Buffer.from(expected));
}

function sign(secret: Uint8Array, key: string): string {
  return createHmac("sha256", secret).update(key).digest("base64url").slice(0, signatureChars);
}
