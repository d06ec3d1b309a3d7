/** Who is signed in, in the head of every page: their name leads to their own settings. */
import { useQuery } from "@tanstack/react-query";
import { Link, useRouterState } from "@tanstack/react-router";
import type { MeResource } from "#faces/api/contract";
import { ask } from "../api/ask.ts";
import { isStranger } from "../api/refused.ts";

export const whoAmI = ask("GET /api/v1/me", {});

/** Nothing while it is not known, for strangers, and for whose session has ended meanwhile. */
export function useMe(): MeResource | undefined {
  const { data, error } = useQuery({ ...whoAmI, retry: false });
  return isStranger(error) ? undefined : data;
}

export function Session() {
  const { error } = useQuery({ ...whoAmI, retry: false });
  const me = useMe();
  const here = useRouterState({ select: ({ location }) => location.href });
  if (me !== undefined) {
    return (
      <Link to="/settings/security" className="button shell-me">
        <bdi>{me.name}</bdi>
      </Link>
    );
  }
  if (error === null || here.startsWith("/sign-in")) return null;
  return (
    <Link to="/sign-in" search={{ return: here }} className="button button-main">
      Sign in
    </Link>
  );
}
