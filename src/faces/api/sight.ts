/** What somebody who follows everything may see of it, looked at again while they do. */
import { some } from "#std";
import { isAllowed, type Actor, type Clock } from "#domain";
import type { Delivery, SeenApp } from "#delivery";
import type { Following } from "./followers.ts";
import type { Head } from "./journal-fan.ts";
import { streamCheckMs } from "./limits.ts";

export interface Sight {
  /**
   * Entries of an app are seen by who may see the app, since there is this one: a deleted one of its name was
   * another. Those of none are seen by who may read all that was done.
   */
  sees(head: Head): boolean;
  /** Whether they may have with it what the app's instances printed. */
  readsLogsOf(head: Head): boolean;
  /** Looks again and again until `signal` aborts: rights and apps come and go meanwhile. */
  keep(signal: AbortSignal): Promise<void>;
}

interface Seen {
  /** By name, since when there is this one; absent: every app. */
  readonly apps?: ReadonlyMap<string, number>;
  /** The same of those whose logs they may read. */
  readonly logs?: ReadonlyMap<string, number>;
  readonly isAuditor: boolean;
}

export async function openSight(
  { actor, actorNow }: Following,
  { delivery, clock }: { readonly delivery: Pick<Delivery, "sight">; readonly clock: Clock },
): Promise<Sight> {
  let seen = await seenBy(actor, delivery);
  return {
    sees: ({ app, at }) => (app === undefined ? seen.isAuditor : isIn(seen.apps, app, at)),
    readsLogsOf: ({ app, at }) => app !== undefined && isIn(seen.logs, app, at),
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

function isIn(apps: Seen["apps"], app: string, at: number): boolean {
  return apps === undefined || at >= (apps.get(app) ?? Infinity);
}

async function seenBy(actor: Actor, delivery: Pick<Delivery, "sight">): Promise<Seen> {
  const [apps, logs] = await Promise.all([
    delivery.sight(actor),
    delivery.sight(actor, "log.read"),
  ]);
  const isAuditor = isAllowed(actor, "audit.read", { kind: "platform" });
  return {
    isAuditor,
    ...some("apps", apps && byName(apps)),
    ...some("logs", logs && byName(logs)),
  };
}

function byName(apps: readonly SeenApp[]): ReadonlyMap<string, number> {
  return new Map(apps.map(({ name, createdAt }) => [name, createdAt]));
}
