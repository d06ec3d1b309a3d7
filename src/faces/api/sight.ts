/** What somebody who follows everything may see of it, looked at again while they do. */
import { isAllowed, type Actor, type Clock } from "#domain";
import type { Delivery } from "#delivery";
import type { Following } from "./followers.ts";
import type { Head } from "./journal-fan.ts";
import { streamCheckMs } from "./limits.ts";

export interface Sight {
  /** Entries of an app are seen by who may see the app; those of none, by who may read all that was done. */
  sees(head: Head): boolean;
  /** Looks again and again until `signal` aborts: rights and apps come and go meanwhile. */
  keep(signal: AbortSignal): Promise<void>;
}

interface Seen {
  /** Absent: every app. */
  readonly apps?: ReadonlySet<string>;
  readonly isAuditor: boolean;
}

export async function openSight(
  { actor, actorNow }: Following,
  { delivery, clock }: { readonly delivery: Pick<Delivery, "sight">; readonly clock: Clock },
): Promise<Sight> {
  let seen = await seenBy(actor, delivery);
  return {
    sees: ({ app }) => (app === undefined ? seen.isAuditor : (seen.apps?.has(app) ?? true)),
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
  return apps === undefined ? { isAuditor } : { apps: new Set(apps), isAuditor };
}
