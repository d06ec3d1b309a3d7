/** The routes that are followed: what they check before the stream starts, and the events they send. */
import { ok, type Result } from "#std";
import { isAllowed, type Actor, type Clock, type Log } from "#domain";
import type { Delivery } from "#delivery";
import type { EventsRouteKey, RouteInput } from "#faces/api/contract";
import type { StreamEvent } from "./event-stream.ts";
import { withLogQuery } from "./handlers.ts";
import { sightMsMax } from "./limits.ts";
import { logFollowers } from "./log-handlers.ts";
import { type Head, openJournalFan } from "./journal-fan.ts";
import type { ApiError } from "./problems.ts";
import { entryResource } from "./resources.ts";

export type Events = (signal: AbortSignal) => AsyncIterable<StreamEvent>;

export type Follower<K extends EventsRouteKey> = (
  input: RouteInput<K>,
  /** The id of the last event the client has seen, when it comes back. */
  lastEventId: number | undefined,
  actor: Actor,
) => Promise<Result<Events, ApiError>>;

export type Followers = { readonly [K in EventsRouteKey]: Follower<K> };

export interface FollowersOptions {
  readonly delivery: Delivery;
  readonly log: Log;
  readonly clock: Clock;
  /** Aborts when the server closes. */
  readonly signal: AbortSignal;
}

export function followersOf({
  delivery,
  log,
  clock,
  signal: closing,
}: FollowersOptions): Followers {
  const fan = openJournalFan({
    delivery,
    log,
    pause: async (ms, over) => await clock.sleep(ms, over),
    signal: closing,
  });
  return {
    ...logFollowers(delivery),
    "GET /api/v1/events": async ({ query: { after, app, change } }, lastEventId, actor) => {
      const from = lastEventId ?? after;
      const sees = await sightOf(actor, delivery);
      const wants = (head: Head) =>
        sees(head) &&
        (app === undefined || head.app === app) &&
        (change === undefined || head.change === change);
      const isWhole = isAllowed(actor, "app.read", { kind: "platform" });
      return ok((signal) => {
        const query = { wants, ...(from === undefined ? {} : { after: from }) };
        const over = isWhole ? signal : overSoon(signal, clock);
        return fan.follow({ ...query, signal: over });
      });
    },
    "GET /api/v1/changes/:change/events": async ({ params, query }, lastEventId) => {
      const found = await delivery.change(params.change);
      if (!found.ok) return found;
      const { id } = found.value.change;
      const after = lastEventId ?? query.after;
      return ok(async function* events(signal) {
        for await (const { entry, lines } of delivery.followChange(id, after, signal)) {
          const data = { entry: entryResource(entry), lines };
          yield { id: entry.seq, name: "entry", data };
        }
      });
    },
    // Lines have no place in the journal, so a follower of logs that comes back starts with a tail again.
    "GET /api/v1/apps/:app/logs/events": ({ params, query }) =>
      withLogQuery<Events>(params.app, query, async (checked) => {
        const known = await delivery.app(checked.app);
        if (!known.ok) return known;
        return ok(async function* events(signal) {
          const lines = await delivery.logs({ ...checked, follow: true, signal });
          if (!lines.ok) return;
          for await (const line of lines.value) yield { name: "line", data: line };
        });
      }),
  };
}

/**
 * Which entries an actor may see: all, or those of their apps. What is about no app is about people and the
 * platform, and for those who may read the audit log.
 */
async function sightOf(
  actor: Actor,
  delivery: Pick<Delivery, "apps">,
): Promise<(head: Head) => boolean> {
  const platform = { kind: "platform" } as const;
  const seesPlatform = isAllowed(actor, "audit.read", platform);
  if (isAllowed(actor, "app.read", platform)) {
    return ({ app }) => app !== undefined || seesPlatform;
  }
  const apps = new Set((await delivery.apps(actor)).map(({ app }): string => app.name));
  return ({ app }) => app !== undefined && apps.has(app);
}

/** What somebody may see is found out anew when their stream begins, so it begins again every now and then. */
function overSoon(signal: AbortSignal, clock: Clock): AbortSignal {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  void clock.sleep(sightMsMax, either).then(() => over.abort());
  return either;
}
