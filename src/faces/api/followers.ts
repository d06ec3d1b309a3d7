/** The routes that are followed: what they check before the stream starts, and the events they send. */
import { ok, some, type Result } from "#std";
import type { Actor, Clock, Log } from "#domain";
import type { Delivery } from "#delivery";
import type { EventsRouteKey, RouteInput } from "#faces/api/contract";
import type { StreamEvent } from "./event-stream.ts";
import { withLogQuery } from "./handlers.ts";
import { logFollowers } from "./log-handlers.ts";
import { type Head, openJournalFan } from "./journal-fan.ts";
import type { ApiError } from "./problems.ts";
import { toldResource } from "./resources.ts";
import { openSight } from "./sight.ts";

export type Events = (signal: AbortSignal) => AsyncIterable<StreamEvent>;

export type Follower<K extends EventsRouteKey> = (
  input: RouteInput<K>,
  /** The id of the last event the client has seen, when it comes back. */
  lastEventId: number | undefined,
  asked: Following,
) => Promise<Result<Events, ApiError>>;

/** Who follows: now, and as long as they do. */
export interface Following {
  readonly actor: Actor;
  /** Nobody when their credentials have ended. */
  readonly actorNow: () => Promise<Actor | undefined>;
}

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
    "GET /api/v1/events": async ({ query: { after, app, change } }, lastEventId, asked) => {
      const from = lastEventId ?? after;
      const sight = await openSight(asked, { delivery, clock });
      const wants = (head: Head) =>
        (app === undefined || head.app === app) &&
        (change === undefined || head.change === change) &&
        sight.sees(head);
      return ok((signal) => {
        void sight.keep(signal);
        const readsLogsOf = (head: Head) => sight.readsLogsOf(head);
        return fan.follow({ wants, readsLogsOf, signal, ...some("after", from) });
      });
    },
    "GET /api/v1/changes/:change/events": async ({ params, query }, lastEventId, asked) => {
      const found = await delivery.change(params.change);
      if (!found.ok) return found;
      const { id } = found.value.change;
      const after = lastEventId ?? query.after;
      const sight = await openSight(asked, { delivery, clock });
      return ok(async function* events(signal) {
        void sight.keep(signal);
        for await (const told of delivery.followChange(id, after, signal)) {
          const { entry, lines } = sight.readsLogsOf(told.entry)
            ? told
            : (told.withoutLogs ?? told);
          const data = { entry: toldResource(entry), lines };
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
