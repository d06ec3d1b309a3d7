/** Where a long log is asked for: windows, searches, and how long it is by now. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { LogWindowResource } from "#faces/api/contract";
import { addressOf, call } from "../api/call.ts";

export type LogSource =
  | { readonly kind: "change"; readonly change: string; readonly stage: "build" | "test" }
  | { readonly kind: "instance"; readonly app: string; readonly instance: string };

interface Chunk {
  readonly from: number;
  readonly count: number;
}

const keptMs = 60_000;

export function windowQuery(source: LogSource, query: Chunk) {
  return queryOptions({
    queryKey: ["log window", source, query] as const,
    queryFn: ({ signal }): Promise<LogWindowResource> =>
      source.kind === "change"
        ? call(
            "GET /api/v1/changes/:change/logs/:stage/window",
            { params: { change: source.change, stage: source.stage }, query },
            signal,
          )
        : call(
            "GET /api/v1/apps/:app/instances/:instance/logs/window",
            { params: { app: source.app, instance: source.instance }, query },
            signal,
          ),
    // Lines that were printed do not change.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: keptMs,
  });
}

export function searchQuery(source: LogSource, text: string) {
  return queryOptions({
    queryKey: ["log search", source, text] as const,
    queryFn: ({ signal }) =>
      source.kind === "change"
        ? call(
            "GET /api/v1/changes/:change/logs/:stage/search",
            { params: { change: source.change, stage: source.stage }, query: { text } },
            signal,
          )
        : call(
            "GET /api/v1/apps/:app/instances/:instance/logs/search",
            { params: { app: source.app, instance: source.instance }, query: { text } },
            signal,
          ),
    gcTime: keptMs,
  });
}

export interface LogEnd {
  /** Absent: not known yet. */
  readonly total: number | undefined;
  readonly rest: string | undefined;
  readonly error: Error | null;
}

/** How long the log is, and as it grows; the browser resumes a stream that breaks by itself. */
export function useLogEnd(source: LogSource, isLive: boolean): LogEnd {
  const first = useQuery({ ...windowQuery(source, { from: 1, count: 1 }), staleTime: 0 });
  const [grown, setGrown] = useState<Pick<LogWindowResource, "total" | "rest">>();
  const begin = first.data?.total;
  const address = followAddress(source, begin ?? 0);
  const isReady = isLive && begin !== undefined;
  useEffect(() => {
    if (!isReady) return undefined;
    const events = new EventSource(address);
    events.addEventListener("lines", ({ data }: MessageEvent<string>) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server sends what the contract says
      setGrown(JSON.parse(data) as LogWindowResource);
    });
    events.addEventListener("end", () => events.close());
    return () => events.close();
    // Where it began is where it is followed from: a later answer must not begin it anew.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [isReady]);
  const { total, rest } = grown ?? first.data ?? {};
  return { total, rest, error: first.error };
}

function followAddress(source: LogSource, after: number): string {
  return source.kind === "change"
    ? addressOf("GET /api/v1/changes/:change/logs/:stage/events", {
        params: { change: source.change, stage: source.stage },
        query: { after },
      })
    : addressOf("GET /api/v1/apps/:app/instances/:instance/logs/events", {
        params: { app: source.app, instance: source.instance },
        query: { after },
      });
}
