/** What an app's instances print: by release and instance, live, with search and a link to every line. */
import { useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { AppResource, LogSourceResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { LongLog } from "../../ui/long-log.tsx";
import { Empty, Section } from "../../ui/page.tsx";
import { bytes, instant } from "../../ui/words.ts";
import type { AppSearch } from "./app-search.ts";

interface LogsViewProps {
  readonly app: AppResource;
  readonly search: AppSearch;
}

export function LogsView({ app, search }: LogsViewProps) {
  const navigate = useNavigate();
  const { data } = useSuspenseQuery(
    ask("GET /api/v1/apps/:app/instances/logs", { params: { app: app.name } }),
  );
  const { sources } = data;
  const chosen = sources.find(({ instance }) => instance === search.instance) ?? sources[0];
  if (chosen === undefined) {
    return <Empty>No instance has printed anything that is still kept.</Empty>;
  }
  const open = (instance: string, line?: number) =>
    void navigate({
      to: "/apps/$app",
      params: { app: app.name },
      search: { view: "logs", instance, ...(line === undefined ? {} : { line }) },
      replace: true,
      resetScroll: false,
    });
  return (
    <Section
      title="Logs"
      id="logs"
      command={`tidegate logs ${app.name} --instance ${chosen.instance} --follow`}
      json={data}
      note={chosen.isRunning ? "live" : "it has ended"}
    >
      <label className="field app-source">
        <span className="label">Instance</span>
        <select
          className="input"
          value={chosen.instance}
          onChange={({ target }) => open(target.value)}
        >
          {sources.map((source) => (
            <option key={source.instance} value={source.instance}>
              {nameOf(source)}
            </option>
          ))}
        </select>
      </label>
      <LongLog
        key={chosen.instance}
        label={`Log of ${chosen.instance}`}
        source={{ kind: "instance", app: app.name, instance: chosen.instance }}
        isLive={chosen.isRunning}
        line={search.line}
        onLine={(line) => open(chosen.instance, line)}
      />
    </Section>
  );
}

function nameOf({
  release,
  processType,
  instance,
  startedAt,
  sizeBytes,
  isRunning,
}: LogSourceResource) {
  const state = isRunning ? "running" : "ended";
  return `${release} ${processType}, ${state}, ${bytes(sizeBytes)}, since ${instant(startedAt)}, ${instance}`;
}
