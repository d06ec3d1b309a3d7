/** Who is signed in, in the head of every page: their name leads to their own settings. */
import { useQuery } from "@tanstack/react-query";
import { Link, useRouterState } from "@tanstack/react-router";
import type { MeResource } from "#faces/api/contract";
import { ask } from "../api/ask.ts";

/** Nothing while it is not known, and for strangers. */
export function useMe(): MeResource | undefined {
  const { data } = useQuery({ ...ask("GET /api/v1/me", {}), retry: false });
  return data;
}

export function Session() {
  const me = useQuery({ ...ask("GET /api/v1/me", {}), retry: false });
  const here = useRouterState({ select: ({ location }) => location.href });
  if (me.data !== undefined) {
    return (
      <Link to="/settings/security" className="button shell-me">
        <bdi>{me.data.name}</bdi>
      </Link>
    );
  }
  if (me.error === null || here.startsWith("/sign-in")) return null;
  return (
    <Link to="/sign-in" search={{ return: here }} className="button button-main">
      Sign in
    </Link>
  );
}
