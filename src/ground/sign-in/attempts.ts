/**
 * Wrong passwords: after a few, each costs a wait that doubles, per account and per address.
 *
 * Nobody can be shut out by it for good. No wait exceeds a quarter of an hour, and what is refused while one
 * lasts makes it no longer. A browser in which the account's holder has signed in before is counted by itself,
 * so that a stranger's attempts do not hold it up. And passkeys, providers and links have nothing to guess:
 * they are not counted here at all.
 */
import { createHash, randomBytes } from "node:crypto";
import { networkOf } from "#std";
import {
  attemptKeysMax,
  attemptMemoryMs,
  firstWaitMs,
  freeAttempts,
  freeAttemptsPerAddress,
  unknownNameCounters,
  waitMsMax,
} from "./limits.ts";

export interface Attempt {
  /** The name, and whether a user has it: names of nobody share a bounded number of counters. */
  readonly name: string;
  readonly isKnownName: boolean;
  readonly address: string;
  /** The browser's own name when this account has signed in with it before. */
  readonly device?: string;
}

export interface Attempts {
  /** Counts an attempt, before it is judged, and gives 0; or gives how long to wait, and counts nothing. */
  begin(attempt: Attempt, now: number): number;
  /** It was right: what was counted of the account is forgotten, and of its address this one attempt. */
  succeeded(attempt: Attempt): void;
  /** It was never judged: it does not count. */
  withdraw(attempt: Attempt): void;
  /** Whether the next one would be the first that has to wait. */
  hasJustBegunToWait(attempt: Attempt): boolean;
}

interface Count {
  readonly failures: number;
  readonly lastAt: number;
}

/** How long from `lastAt` until the next attempt, after so many failures. */
export function waitAfter(failures: number, free: number): number {
  if (failures < free) return 0;
  // The exponent is bounded too: 2 to the 1,024th is no number.
  return Math.min(waitMsMax, firstWaitMs * 2 ** Math.min(failures - free, 20));
}

export function attempts(): Attempts {
  const kept = new Map<string, Count>();
  const takeBack = (key: string): void => {
    const count = kept.get(key);
    if (count !== undefined) kept.set(key, { ...count, failures: count.failures - 1 });
  };
  return {
    begin(attempt, now) {
      const keys = keysOf(attempt);
      const waits = keys.map(({ key, free }) => {
        const count = recent(kept.get(key), now);
        return count === undefined ? 0 : count.lastAt + waitAfter(count.failures, free) - now;
      });
      const waitMs = Math.max(0, ...waits);
      if (waitMs > 0) return waitMs;
      for (const { key } of keys) {
        const failures = (recent(kept.get(key), now)?.failures ?? 0) + 1;
        kept.delete(key);
        kept.set(key, { failures, lastAt: now });
      }
      forgetOldest(kept);
      return 0;
    },
    succeeded(attempt) {
      for (const { key, isShared } of keysOf(attempt)) {
        // Whoever has one account must not be able to wipe out what they tried on those of others.
        if (isShared) takeBack(key);
        else kept.delete(key);
      }
    },
    withdraw(attempt) {
      for (const { key } of keysOf(attempt)) takeBack(key);
    },
    hasJustBegunToWait: (attempt) =>
      keysOf(attempt).some(({ key, free }) => kept.get(key)?.failures === free),
  };
}

function recent(count: Count | undefined, now: number): Count | undefined {
  return count !== undefined && now - count.lastAt < attemptMemoryMs ? count : undefined;
}

interface Counter {
  readonly key: string;
  readonly free: number;
  /** Of many accounts. */
  readonly isShared: boolean;
}

function keysOf(attempt: Attempt): readonly Counter[] {
  const { name, isKnownName, address, device } = attempt;
  if (device !== undefined) {
    return [{ key: `device ${device}`, free: freeAttempts, isShared: false }];
  }
  const account = isKnownName ? `account ${name}` : `unknown ${bucketOf(name)}`;
  return [
    { key: account, free: freeAttempts, isShared: false },
    { key: `address ${networkOf(address)}`, free: freeAttemptsPerAddress, isShared: true },
  ];
}

/** Accounts are as many as there are users, and stay: whoever floods the rest must not free one. */
function forgetOldest(kept: Map<string, Count>): void {
  if (kept.size <= attemptKeysMax) return;
  for (const key of kept.keys()) {
    if (key.startsWith("account ")) continue;
    kept.delete(key);
    return;
  }
}

/** Salted anew in each process: nobody can work out which names share a counter, and so that both are nobody's. */
const salt = randomBytes(16);
function bucketOf(name: string): number {
  return (
    createHash("sha256").update(salt).update(name).digest().readUInt32BE() % unknownNameCounters
  );
}
