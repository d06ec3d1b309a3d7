/**
 * Asks again for what events made stale: at once for what is watched, bundled for lists. What is being
 * asked for is never cancelled by the next event, or in a burst no answer would ever arrive; it is asked
 * for once more afterwards, so that the last answer is never older than the last event.
 */
import type { Query, QueryClient } from "@tanstack/react-query";
import { staleness, type ToldEntry } from "./what-changed.ts";

/** Twenty deliveries at once tell hundreds of things a second; a list needs no more than this. */
const bundleMs = 400;

export interface Freshener {
  readonly tell: (entry: ToldEntry) => void;
  readonly all: () => void;
  readonly stop: () => void;
}

export function freshener(queries: QueryClient): Freshener {
  const stopped = new AbortController();
  const { signal } = stopped;
  const ask = asker(queries, signal);
  const staleBy = (told: readonly ToldEntry[], when: "now" | "soon") =>
    queries.getQueryCache().findAll({
      predicate: ({ queryKey }) => told.some((entry) => staleness(queryKey, entry) === when),
    });
  const soon = bundled((told) => Promise.all(staleBy(told, "soon").map(ask)), signal);
  return {
    tell: (entry) => {
      // Each by itself: one that is slow to come keeps no other waiting.
      for (const query of staleBy([entry], "now")) void ask(query);
      soon(entry);
    },
    all: () => {
      for (const query of queries.getQueryCache().findAll()) void ask(query);
    },
    stop: () => stopped.abort(),
  };
}

/** Asks one query anew, after what it is asking for has come: a further page of a list, say, or its first answer. */
function asker(queries: QueryClient, signal: AbortSignal) {
  /** By the query's hash, what is being asked for: whether it was told of again meanwhile. */
  const asked = new Map<string, { isAgain: boolean }>();
  return async (query: Query): Promise<void> => {
    const { queryHash, queryKey } = query;
    const busy = asked.get(queryHash);
    if (busy !== undefined) {
      busy.isAgain = true;
      return;
    }
    const state = { isAgain: true };
    asked.set(queryHash, state);
    while (state.isAgain && !signal.aborted) {
      await untilIdle(query);
      state.isAgain = false;
      await queries.invalidateQueries({ queryKey, exact: true });
    }
    asked.delete(queryHash);
  };
}

/** Whether it came or failed is for those who asked. */
async function untilIdle(query: Query): Promise<void> {
  if (query.state.fetchStatus !== "fetching") return;
  await query.promise?.catch(() => undefined);
}

/** Collects for a while, asks, and asks again for what it collected meanwhile. */
function bundled(ask: (told: readonly ToldEntry[]) => Promise<unknown>, signal: AbortSignal) {
  let waiting: ToldEntry[] = [];
  let isBusy = false;
  const drain = async () => {
    isBusy = true;
    while (waiting.length > 0 && !signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, bundleMs));
      const told = waiting;
      waiting = [];
      await ask(told);
    }
    isBusy = false;
  };
  return (entry: ToldEntry) => {
    waiting.push(entry);
    if (!isBusy) void drain();
  };
}
