/** What building and testing printed, with search and a link to every line. */
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import type { ChangeResource } from "#faces/api/contract";
import { addressOf, call } from "../../api/call.ts";
import { type LogSource, LogView } from "../../ui/log-view.tsx";
import { Section } from "../../ui/page.tsx";
import { short } from "../../ui/words.ts";
import { linesOf } from "./change-questions.ts";

const route = getRouteApi("/changes/$change");
const stages = ["build", "test"] as const;

export function LogSection({ change }: { readonly change: ChangeResource }) {
  const { log = defaultLog(change), line } = route.useSearch();
  const navigate = useNavigate({ from: "/changes/$change" });
  const isLive = change.stages.some(({ name, state }) => name === log && state === "running");
  const source = useMemo(() => sourceOf(change.id, log, isLive), [change.id, log, isLive]);
  const hasBegun = change.stages.some(
    ({ name, startedAt }) => (name === "build" || name === "test") && startedAt !== undefined,
  );
  if (!hasBegun) return null;
  return (
    <Section
      title="Logs"
      id="logs"
      command={`tidegate change show ${short(change.commit)} --log ${log}`}
      note={
        <span className="tabs" role="group" aria-label="Which log">
          {stages.map((name) => (
            <Link
              key={name}
              to="."
              search={{ log: name }}
              hash="logs"
              resetScroll={false}
              aria-current={name === log ? "true" : undefined}
            >
              {name}
            </Link>
          ))}
        </span>
      }
    >
      <LogView
        key={log}
        label={`Log of ${log}`}
        source={source}
        line={line}
        onLine={(chosen) =>
          void navigate({ search: { log, line: chosen }, hash: "logs", resetScroll: false })
        }
      />
    </Section>
  );
}

function sourceOf(change: string, stage: "build" | "test", isLive: boolean): LogSource {
  const params = { change, stage };
  return {
    ...linesOf(change, stage),
    isLive,
    follow: (after) =>
      addressOf("GET /api/v1/changes/:change/logs/:stage/events", { params, query: { after } }),
    search: (text, signal) =>
      call("GET /api/v1/changes/:change/logs/:stage/search", { params, query: { text } }, signal),
  };
}

/** What failed is what one came for. */
function defaultLog({ stages: all }: ChangeResource): "build" | "test" {
  const hasTested = all.some(({ name, startedAt }) => name === "test" && startedAt !== undefined);
  return hasTested ? "test" : "build";
}
