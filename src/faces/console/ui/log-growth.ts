/** How long a log is by now: asked once, then told by its stream, which the browser resumes by itself. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { LogWindowResource } from "#faces/api/contract";
import type { LogSource } from "./log-view.tsx";

export interface LogGrowth {
  /** Absent: not known yet. */
  readonly total: number | undefined;
  readonly error: Error | null;
}

export function useLogGrowth(source: LogSource): LogGrowth {
  const head = useQuery({
    queryKey: ["log", ...source.key, 1, "head"],
    queryFn: ({ signal }) => source.window(1, signal),
    // Lines are no events of the journal.
    staleTime: 0,
  });
  const begin = head.data?.total;
  const [grown, setGrown] = useState(0);
  const address = source.isLive && begin !== undefined ? source.follow(begin) : undefined;
  const isReady = address !== undefined;
  useEffect(() => {
    if (address === undefined) return undefined;
    const events = new EventSource(address);
    events.addEventListener("lines", ({ data }: MessageEvent<string>) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server sends what the contract says
      setGrown((JSON.parse(data) as LogWindowResource).total);
    });
    events.addEventListener("end", () => events.close());
    return () => events.close();
    // It is followed from where it stood when it was first asked for; a later answer begins nothing anew.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [isReady]);
  return { total: begin === undefined ? undefined : Math.max(begin, grown), error: head.error };
}
