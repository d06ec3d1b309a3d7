/**
 * Asks again for what events made stale: at once for what is watched, bundled for lists. What is being
 * asked for is never cancelled by the next event, or in a burst no answer would ever arrive; it is asked
 * for once more afterwards, so that the last answer is never older than the last event.
 */
import type { QueryClient } from "@tanstack/react-query";
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
  const lanes = [
    lane(queries, { which: "now", delayMs: 0, signal: stopped.signal }),
    lane(queries, { which: "soon", delayMs: bundleMs, signal: stopped.signal }),
  ];
  return {
    tell: (entry) => {
      for (const tell of lanes) tell(entry);
    },
    all: () => void queries.invalidateQueries({}, { cancelRefetch: false }),
    stop: () => stopped.abort(),
  };
}

interface LaneOptions {
  readonly which: "now" | "soon";
  readonly delayMs: number;
  readonly signal: AbortSignal;
}

/** Collects while it asks, and asks again for what it collected. */
function lane(queries: QueryClient, { which, delayMs, signal }: LaneOptions) {
  let waiting: EventOfStream[] = [];
  let isBusy = false;
  const drain = async () => {
    isBusy = true;
    while (waiting.length > 0 && !signal.aborted) {
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
      const told = waiting;
      waiting = [];
      await queries.invalidateQueries({
        predicate: ({ queryKey }) => told.some((entry) => staleness(queryKey, entry) === which),
      });
    }
    isBusy = false;
  };
  return (entry: EventOfStream) => {
    waiting.push(entry);
    if (!isBusy) void drain();
  };
}
