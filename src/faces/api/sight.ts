/** What somebody who follows everything may see of it, looked at again while they do. */
import { isAllowed, type Actor, type Clock } from "#domain";
import type { Delivery } from "#delivery";
import type { Following } from "./followers.ts";
import type { Head } from "./journal-fan.ts";
import { streamCheckMs } from "./limits.ts";

export interface Sight {
  /**
   * Entries of an app are seen by who may see the app, since there is this one: a deleted one of its name was
   * another. Those of none are seen by who may read all that was done.
   */
  sees(head: Head): boolean;
  /** Looks again and again until `signal` aborts: rights and apps come and go meanwhile. */
  keep(signal: AbortSignal): Promise<void>;
}

interface Seen {
  /** By name, since when there is this one; absent: every app. */
  readonly apps?: ReadonlyMap<string, number>;
  readonly isAuditor: boolean;
}

export async function openSight(
  { actor, actorNow }: Following,
  { delivery, clock }: { readonly delivery: Pick<Delivery, "sight">; readonly clock: Clock },
): Promise<Sight> {
  let seen = await seenBy(actor, delivery);
  return {
    sees({ app, at }) {
      if (app === undefined) return seen.isAuditor;
      return seen.apps === undefined || at >= (seen.apps.get(app) ?? Infinity);
    },
    async keep(signal) {
      while (!signal.aborted) {
        await clock.sleep(streamCheckMs, signal);
        const now = signal.aborted ? undefined : await actorNow().catch(() => undefined);
        // Without an answer it stays as it was: who may no longer follow at all is let go elsewhere.
        if (now !== undefined) seen = await seenBy(now, delivery).catch(() => seen);
      }
    },
  };
}

async function seenBy(actor: Actor, delivery: Pick<Delivery, "sight">): Promise<Seen> {
  const apps = await delivery.sight(actor);
  const isAuditor = isAllowed(actor, "audit.read", { kind: "platform" });
  return apps === undefined
    ? { isAuditor }
    : { apps: new Map(apps.map(({ name, createdAt }) => [name, createdAt])), isAuditor };
}
