/** What a page shows when it cannot be: no session, no right, not there, no answer, our fault. */
import { useQueryClient } from "@tanstack/react-query";
import { Link, useRouter, useRouterState } from "@tanstack/react-router";
import { useEffect } from "react";
import { isStranger, Refused, Unreachable } from "../api/refused.ts";
import { Button } from "./button.tsx";
import { Command } from "./copy.tsx";
import { explain } from "./explain.ts";
import { Page } from "./page.tsx";
import { Notice } from "./notice.tsx";

export interface FailureProps {
  readonly error: unknown;
  readonly reset?: () => void;
}

export function Failure({ error, reset }: FailureProps) {
  const router = useRouter();
  const queries = useQueryClient();
  const again = () => {
    queries.removeQueries({ predicate: ({ state }) => state.status === "error" });
    reset?.();
    void router.invalidate();
  };
  const { title, tone, sentence, next, command } = explain(error);
  useEffect(() => {
    if (!(error instanceof Unreachable)) return undefined;
    addEventListener("tidegate-live", again);
    return () => removeEventListener("tidegate-live", again);
  });
  const here = useRouterState({ select: ({ location }) => location.href });
  const request = error instanceof Refused ? error.problem.instance : undefined;
  return (
    <Page title={title}>
      <Notice tone={tone} title={sentence}>
        <p className="soft">{next}</p>
      </Notice>
      {command === undefined ? null : <Command text={command} />}
      <div className="row">
        {isStranger(error) ? (
          <Link to="/sign-in" search={{ return: here }} className="button button-main">
            Sign in
          </Link>
        ) : null}
        <Button look={isStranger(error) ? "plain" : "main"} onPress={again}>
          Try again
        </Button>
        {request === undefined ? null : <code className="soft small">{request}</code>}
      </div>
    </Page>
  );
}
