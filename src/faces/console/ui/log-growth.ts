/** How long a log is by now: asked once, then told by its stream, which the browser resumes by itself. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { LogWindowResource } from "#faces/api/contract";
import { headQuestion } from "./log-questions.ts";
import type { LogSource } from "./log-view.tsx";
import { chunksOf, extended, isCountedAnew, type LogPart } from "./log-window.ts";

export interface LogGrowth {
  /** Absent: not known yet. */
  readonly total: number | undefined;
  readonly error: Error | null;
}

export function useLogGrowth(source: LogSource): LogGrowth {
  const head = useQuery(headQuestion(source));
  const begin = head.data?.total;
  const queries = useQueryClient();
  const [grown, setGrown] = useState(0);
  const stream = useRef<EventSource>(undefined);
  const address = source.isLive && begin !== undefined ? source.follow(begin) : undefined;
  const isReady = address !== undefined;
  useEffect(() => {
    if (address === undefined) return;
    stream.current?.close();
    const events = new EventSource(address);
    stream.current = events;
    let known = begin ?? 0;
    events.addEventListener("lines", ({ data }: MessageEvent<string>) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server sends what the contract says
      const told = JSON.parse(data) as LogWindowResource;
      if (isCountedAnew(told, known)) {
        // Its beginning was thrown away: what is here stands at other numbers now.
        events.close();
        setGrown(0);
        void queries.resetQueries({ queryKey: ["log", ...source.key] });
        void queries.resetQueries({ queryKey: ["log-search", ...source.key] });
        return;
      }
      known = told.total;
      for (const first of chunksOf({ first: told.from, count: told.lines.length })) {
        queries.setQueryData(["log", ...source.key, first], (chunk: LogPart | undefined) =>
          extended(chunk, first, told),
        );
      }
      setGrown(told.total);
    });
    // Not when it is no longer live: its last lines may still be on the way, and the server tells of its end.
    events.addEventListener("end", () => events.close());
    // It is followed from where it stood when it was first asked for; a later answer begins nothing anew.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [isReady]);
  useEffect(() => () => stream.current?.close(), []);
  return { total: begin === undefined ? undefined : Math.max(begin, grown), error: head.error };
}
