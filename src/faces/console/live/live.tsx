/** One connection for the whole page, over which everything that happens arrives; queries are made fresh by it. */
import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { useMe, whoAmI } from "../shell/session.tsx";
import { type EventOfStream, followEvents, type LiveStatus } from "./follow-events.ts";
import { freshener } from "./freshener.ts";

export interface Live {
  readonly status: LiveStatus;
  /** Hears each event once, in order, while mounted. */
  readonly hear: (listener: (event: EventOfStream) => void) => () => void;
}

/** By then a page is there that loads quickly. */
const firstCatchUpMs = 1_000;

const LiveContext = createContext<Live>({
  status: { kind: "connecting" },
  hear: () => () => undefined,
});

export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const queries = useQueryClient();
  const [status, setStatus] = useState<LiveStatus>({ kind: "connecting" });
  const [listeners] = useState(() => new Set<(event: EventOfStream) => void>());
  // A stranger would be refused again and again.
  const isKnown = useMe() !== undefined;
  useEffect(() => {
    if (!isKnown) return undefined;
    const fresh = freshener(queries);
    let isFirst = true;
    let catchUp: ReturnType<typeof setTimeout> | undefined;
    const stop = followEvents({
      onEvent: (event) => {
        fresh.tell(event);
        for (const listener of listeners) listener(event);
      },
      onStatus: (next) => {
        setStatus(next);
        // A stream does not say why it was refused: whether one is still signed in is asked.
        if (next.kind === "lost") void queries.invalidateQueries({ queryKey: whoAmI.queryKey });
        if (next.kind !== "live") return;
        // What was asked for before the stream stood may be old already. A page that opens was asked for a moment
        // ago: asking for all of it again must not stand before what it has not got yet.
        if (isFirst) catchUp = setTimeout(fresh.all, firstCatchUpMs);
        else fresh.all();
        isFirst = false;
        dispatchEvent(new Event("tidegate-live"));
      },
    });
    return () => {
      stop();
      clearTimeout(catchUp);
      fresh.stop();
    };
  }, [queries, listeners, isKnown]);
  const live = useMemo(
    () => ({
      status,
      hear: (listener: (event: EventOfStream) => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    }),
    [status, listeners],
  );
  return <LiveContext value={live}>{children}</LiveContext>;
}

export function useLive(): Live {
  return useContext(LiveContext);
}
