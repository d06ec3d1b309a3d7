/** What the reader may do to an app, or without one to the platform. */
import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import type { Permission } from "#domain";
import { ask } from "../api/ask.ts";
import { refusalOf, rightsAgain } from "./rights.ts";

/** Why not, for a permission that is asked about; nothing when one may. */
export type Refusal = (permission: Permission) => string | undefined;

export function rightsQuery(app?: string) {
  return ask("GET /api/v1/rights", { query: app === undefined ? {} : { app } });
}

function rightsKept(app?: string) {
  return {
    ...rightsQuery(app),
    refetchInterval: ({ state }: { readonly state: { readonly error: Error | null } }) =>
      rightsAgain(state.error),
  };
}

/** For what is pressed: as long as the rights are not known, nothing is held back. */
export function useRefusal(app?: string): Refusal {
  const { data } = useQuery(rightsKept(app));
  return useCallback((permission: Permission) => refusalOf(data, permission), [data]);
}

/** For what is asked for by itself: only once it is known that one may. */
export function useMay(app?: string): (permission: Permission) => boolean {
  const { data } = useQuery(rightsKept(app));
  return useCallback((permission: Permission) => data?.may.includes(permission) === true, [data]);
}

/** For what is asked for as soon as it is shown: waits until the rights are known. */
export function useKnownRefusal(app?: string): Refusal {
  const { data } = useSuspenseQuery(rightsKept(app));
  return useCallback((permission: Permission) => refusalOf(data, permission), [data]);
}
