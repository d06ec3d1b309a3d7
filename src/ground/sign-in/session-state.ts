/** When a session is over. Pure. */
import type { Session, User } from "#domain";
import { freshMsMax, sessionIdleMsMax, sessionTouchMs } from "./limits.ts";

/** Whether it opens anything now. `user`: whose it is, absent when there is no such user any more. */
export function isLive(session: Session, user: User | undefined, now: number): boolean {
  if (now >= session.expiresAt || now >= session.lastUsedAt + sessionIdleMsMax) return false;
  if (session.user === undefined) return true;
  return user?.state === "active" && session.createdAt >= user.credentialsFromAt;
}

/** Until when one's ways in may be changed without signing in once more; nothing when that is over. */
export function freshUntilAt(session: Session, now: number): number | undefined {
  const until = session.createdAt + freshMsMax;
  return now < until ? until : undefined;
}

/** Whether its use is to be written down: not each time, because a write waits for all others. */
export function isTouchDue(session: Session, now: number): boolean {
  return now - session.lastUsedAt >= sessionTouchMs;
}
