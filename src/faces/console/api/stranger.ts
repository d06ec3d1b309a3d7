/**
 * What is asked as nobody. The server marks a browser that has a session with a cookie that opens nothing, so
 * that a stranger's page asks only for what strangers may have, instead of being refused again and again.
 */
import type { JsonRouteKey } from "#faces/api/contract";
import { Refused } from "./refused.ts";

/** The routes of the contract with public access that the console asks; a test compares them. */
export const openToAll: ReadonlySet<JsonRouteKey> = new Set<JsonRouteKey>([
  "GET /api/v1/session/ways",
  "POST /api/v1/session/password",
  "POST /api/v1/session/passkey/options",
  "POST /api/v1/session/passkey",
  "POST /api/v1/session/link",
  "POST /api/v1/invitations/read",
  "POST /api/v1/invitations/passkey-options",
  "POST /api/v1/invitations/accept",
]);

/** Whether this browser has a session, as far as a script may know. Of any port: it may be forwarded. */
export function hasSession(cookies: string): boolean {
  return /(?:^|; )(?:__Host-)?tidegate-known(?:-\d+)?=/.test(cookies);
}

/** As the API would say it. */
export function refusedAsStranger(): Refused {
  return new Refused({
    code: "unauthenticated",
    title: "Who are you?",
    status: 401,
    detail: "the request carries no token, and no session",
    next: "Sign in.",
  });
}
