/** What building and testing printed, with search and a link to every line. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { ChangeResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { LogView } from "../../ui/log-view.tsx";
import { Section } from "../../ui/page.tsx";
import { short } from "../../ui/words.ts";

const route = getRouteApi("/changes/$change");
const stages = ["build", "test"] as const;

export function LogSection({ change }: { readonly change: ChangeResource }) {
  const { log = defaultLog(change) } = route.useSearch();
  const stage = change.stages.find(({ name }) => name === log);
  const isRunning = stage?.state === "running";
  const found = useQuery({
    ...ask("GET /api/v1/changes/:change/logs/:stage", {
      params: { change: change.id, stage: log },
    }),
    enabled: stage?.startedAt !== undefined,
    // Lines are no events of the journal.
    refetchInterval: isRunning ? 1_000 : false,
    staleTime: isRunning ? 0 : Number.POSITIVE_INFINITY,
  });
  const hasBegun = change.stages.some(
    ({ name, startedAt }) => (name === "build" || name === "test") && startedAt !== undefined,
  );
  if (!hasBegun) return null;
  const lines = found.data?.lines ?? [];
  return (
    <Section
      title="Logs"
      id="logs"
      command={`tidegate change show ${short(change.commit)} --log ${log}`}
      json={lines}
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
      <LogView lines={lines} isLive={isRunning} label={`Log of ${log}`} />
    </Section>
  );
}

/** What failed is what one came for. */
function defaultLog({ stages: all }: ChangeResource): "build" | "test" {
  return all.some(({ name, startedAt }) => name === "test" && startedAt !== undefined)
    ? "test"
    : "build";
}
