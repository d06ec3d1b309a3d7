/** When a session is over. Pure. */
import { networkOf } from "#std";
import type { Session, Stored, User } from "#domain";
import { freshMsMax, sessionIdleMsMax, sessionsPerUserMax, sessionTouchMs } from "./limits.ts";

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

/**
 * Which of a user's sessions end so that one that has begun makes no more than there may be: of the network with the
 * most of them the one unused for longest, again and again. So who comes in many times from one place puts out
 * themselves, and not who sits elsewhere.
 */
export function surplusSessions(
  others: readonly Stored<Session>[],
  begun: Session,
): readonly Stored<Session>[] {
  const ending: Stored<Session>[] = [];
  let left = others.toSorted((a, b) => a.body.lastUsedAt - b.body.lastUsedAt);
  while (left.length >= sessionsPerUserMax) {
    const counts = countsByNetwork([...left.map(({ body }) => body), begun]);
    const most = Math.max(...left.map(({ body }) => counts.get(networkOf(body.address)) ?? 0));
    const next = left.find(({ body }) => counts.get(networkOf(body.address)) === most);
    if (next === undefined) break;
    ending.push(next);
    left = left.filter((each) => each !== next);
  }
  return ending;
}

function countsByNetwork(sessions: readonly Session[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { address } of sessions) {
    const network = networkOf(address);
    counts.set(network, (counts.get(network) ?? 0) + 1);
  }
  return counts;
}
