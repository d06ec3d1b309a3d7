/** A question to the API as a query: who asks it twice gets one answer, and events make it stale. */
import { queryOptions } from "@tanstack/react-query";
import type { JsonRouteKey } from "#faces/api/contract";
import { type Call, call } from "./call.ts";

/** The route's key comes first, so that `what-changed.ts` can name answers by route and parameters. */
export function ask<K extends Extract<JsonRouteKey, `GET ${string}`>>(key: K, input: Call<K>) {
  return queryOptions({
    queryKey: [key, input.params ?? {}, input.query ?? {}] as const,
    queryFn: ({ signal }) => call(key, input, signal),
  });
}
