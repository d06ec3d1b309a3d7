/** What gives somebody a way in, or a role, is made soon after a sign-in only: said before a form is filled in. */
import "./fresh.css";
import { useQuery } from "@tanstack/react-query";
import { Link, useRouterState } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { ask } from "../api/ask.ts";
import { Notice } from "../ui/notice.tsx";
import { isStale } from "./stale.ts";

/** The server's clock decides, so it is asked again while one looks at the page. */
const askedAgainMs = 60_000;

/** Whether the sign-in is too long ago to make a way in. While that is not known, it is not. */
export function useIsStale(): boolean {
  const { data } = useQuery({
    ...ask("GET /api/v1/session", {}),
    refetchInterval: askedAgainMs,
    refetchOnMount: "always",
  });
  return isStale(data);
}

/** Goes to the sign-in page, and comes back to where one was. */
export function SignInAgain() {
  const here = useRouterState({ select: ({ location }) => location.href });
  return (
    <Link to="/sign-in" search={{ return: here }} className="button button-main">
      Sign in again
    </Link>
  );
}

interface FreshOnlyProps {
  /** What takes a fresh sign-in: "make a token". */
  readonly toDo: string;
  readonly children: ReactNode;
}

/** A form that can be filled in while the sign-in is fresh. */
export function FreshOnly({ toDo, children }: FreshOnlyProps) {
  const isTooLate = useIsStale();
  return (
    <>
      {isTooLate ? (
        <Notice tone="wait" title={`Sign in again to ${toDo}`}>
          <p className="soft">
            Your sign-in is more than a quarter of an hour ago. A browser that was left open must
            not give anybody a way in, or a role, that lasts. You come back to this page.
          </p>
          <p className="fresh-way">
            <SignInAgain />
          </p>
        </Notice>
      ) : null}
      <fieldset className="fresh" disabled={isTooLate}>
        {children}
      </fieldset>
    </>
  );
}
