/**
 * Asks again for what events made stale: at once for what is watched, bundled for lists. What is being
 * asked for is never cancelled by the next event, or in a burst no answer would ever arrive; it is asked
 * for once more afterwards, so that the last answer is never older than the last event.
 */
import type { Query, QueryClient } from "@tanstack/react-query";
import type { EventOfStream } from "./follow-events.ts";
import { staleness } from "./what-changed.ts";

/** Twenty deliveries at once tell hundreds of things a second; a list needs no more than this. */
const bundleMs = 400;

export interface Freshener {
  readonly tell: (entry: EventOfStream) => void;
  readonly all: () => void;
  readonly stop: () => void;
}

export function freshener(queries: QueryClient): Freshener {
  const stopped = new AbortController();
  const { signal } = stopped;
  const now = eachAtOnce(queries, signal);
  const soon = bundled(queries, signal);
  return {
    tell: (entry) => {
      now(entry);
      soon(entry);
    },
    all: () => void queries.invalidateQueries({}, { cancelRefetch: false }),
    stop: () => stopped.abort(),
  };
}

/** Each answer by itself: one that is slow to come keeps no other waiting. */
function eachAtOnce(queries: QueryClient, signal: AbortSignal) {
  /** By the query's hash, what is being asked for: whether it was told of again meanwhile. */
  const asked = new Map<string, { isAgain: boolean }>();
  const ask = async ({ queryHash, queryKey }: Pick<Query, "queryHash" | "queryKey">) => {
    const busy = asked.get(queryHash);
    if (busy !== undefined) {
      busy.isAgain = true;
      return;
    }
    const state = { isAgain: true };
    asked.set(queryHash, state);
    while (state.isAgain && !signal.aborted) {
      state.isAgain = false;
      await queries.invalidateQueries({ queryKey, exact: true });
    }
    asked.delete(queryHash);
  };
  return (entry: EventOfStream) => {
    const stale = queries.getQueryCache().findAll({
      predicate: ({ queryKey }) => staleness(queryKey, entry) === "now",
    });
    for (const query of stale) void ask(query);
  };
}

/** Collects for a while, asks, and asks again for what it collected meanwhile. */
function bundled(queries: QueryClient, signal: AbortSignal) {
  let waiting: EventOfStream[] = [];
  let isBusy = false;
  const drain = async () => {
    isBusy = true;
    while (waiting.length > 0 && !signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, bundleMs));
      const told = waiting;
      waiting = [];
      await queries.invalidateQueries({
        predicate: ({ queryKey }) => told.some((entry) => staleness(queryKey, entry) === "soon"),
      });
    }
    isBusy = false;
  };
  return (entry: EventOfStream) => {
    waiting.push(entry);
    if (!isBusy) void drain();
  };
}
