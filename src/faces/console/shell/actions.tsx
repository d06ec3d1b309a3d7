/** What the open page can do, so that the command palette offers it too. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { useKeys } from "./keys.ts";

export interface Action {
  readonly label: string;
  /** Other words for it, by which the palette finds it. */
  readonly also?: string;
  /** A single key that does it. */
  readonly key: string;
  /** Why it may not be done now. */
  readonly refusal?: string | undefined;
  readonly run: () => void;
}

interface Registry {
  readonly actions: readonly Action[];
  readonly offer: (actions: readonly Action[]) => void;
}

const Offered = createContext<Registry>({ actions: [], offer: () => undefined });

export function ActionsProvider({ children }: { readonly children: ReactNode }) {
  const [actions, offer] = useState<readonly Action[]>([]);
  const registry = useMemo(() => ({ actions, offer }), [actions]);
  return <Offered value={registry}>{children}</Offered>;
}

export function useOfferedActions(): readonly Action[] {
  return useContext(Offered).actions;
}

/** Offers actions while mounted: by key, and in the palette. Keep the list stable with `useMemo`. */
export function useActions(actions: readonly Action[]): void {
  const { offer } = useContext(Offered);
  useEffect(() => {
    offer(actions);
    return () => offer([]);
  }, [actions, offer]);
  const allowed = actions.filter(({ refusal }) => refusal === undefined);
  useKeys(Object.fromEntries(allowed.map(({ key, run }) => [key, run])));
}
