/** The store of answers. What is live is kept fresh by events, so nothing is asked for on a clock. */
import { QueryClient } from "@tanstack/react-query";
import { Refused } from "./refused.ts";

const keptMs = 10 * 60_000;
const staleMs = 30_000;
const retriesMax = 2;
/** A log that is followed tells of far more lines than anybody looks at; the rest can be asked for again. */
const logKeptMs = 30_000;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      gcTime: keptMs,
      staleTime: staleMs,
      // A refusal will be the same tomorrow; a silence may be a restart.
      retry: (failures, error) => !(error instanceof Refused) && failures < retriesMax,
      retryDelay: (failures) => 250 * 2 ** failures,
      // Offline is a state that we show ourselves; a paused query would hang without a word.
      networkMode: "always",
    },
    mutations: { networkMode: "always", retry: false },
  },
});

queryClient.setQueryDefaults(["log"], { gcTime: logKeptMs });
