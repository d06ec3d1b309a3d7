/** How long a log is by now: asked once, then told by its stream. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Refusal } from "../api/why-refused.ts";
import { followLog } from "./follow-log.ts";
import { headQuestion } from "./log-questions.ts";
import type { LogSource } from "./log-view.tsx";
import { chunksOf, extended, type LogPart } from "./log-window.ts";

export interface LogGrowth {
  /** Absent: not known yet. */
  readonly total: number | undefined;
  readonly error: Error | null;
  /** Why what comes is not told; absent: it is. */
  readonly refusal: Refusal | undefined;
}

export function useLogGrowth(source: LogSource): LogGrowth {
  const head = useQuery(headQuestion(source));
  const begin = head.data?.total;
  const queries = useQueryClient();
  const [grown, setGrown] = useState(0);
  const [refusal, setRefusal] = useState<Refusal>();
  const leave = useRef<() => void>(undefined);
  const isReady = source.isLive && begin !== undefined;
  useEffect(() => {
    if (!isReady) return;
    leave.current?.();
    leave.current = followLog({
      after: begin,
      address: source.follow,
      onLines: (told) => {
        for (const first of chunksOf({ first: told.from, count: told.lines.length })) {
          queries.setQueryData(["log", ...source.key, first], (chunk: LogPart | undefined) =>
            extended(chunk, first, told),
          );
        }
        setGrown(told.total);
      },
      onRefused: setRefusal,
      onAnew: () => {
        setGrown(0);
        void queries.resetQueries({ queryKey: ["log", ...source.key] });
        void queries.resetQueries({ queryKey: ["log-search", ...source.key] });
      },
    });
    // Not left when it is no longer live: its last lines may still be on the way, and the server tells of its end. It
    // is followed from where it stood when it was first asked for; a later answer begins nothing anew.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [isReady]);
  useEffect(() => () => leave.current?.(), []);
  const total = begin === undefined ? undefined : Math.max(begin, grown);
  return { total, error: head.error, refusal };
}
