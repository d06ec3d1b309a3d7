/** One thing to do to the platform: afterwards whatever it may have changed is asked for again. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { JsonRouteKey } from "#faces/api/contract";
import { type Call, call } from "../../api/call.ts";

export function useAct<K extends JsonRouteKey>(key: K) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (input: Call<K>) => call(key, input),
    onSettled: () => queries.invalidateQueries(),
  });
}
