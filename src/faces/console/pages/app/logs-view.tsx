/** What an app's instances print: by release and instance, live, with search and a link to every line. */
import { useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import type { AppResource, LogSourceResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { addressOf, call } from "../../api/call.ts";
import { type LogSource, LogView } from "../../ui/log-view.tsx";
import { chunkLines } from "../../ui/log-window.ts";
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
  const [instance, isLive] = [chosen?.instance ?? "", chosen?.isRunning === true];
  const source = useMemo(() => sourceOf(app.name, instance, isLive), [app.name, instance, isLive]);
  if (chosen === undefined) {
    return <Empty>No instance has printed anything that is still kept.</Empty>;
  }
  const open = (which: string, line?: number) =>
    void navigate({
      to: "/apps/$app",
      params: { app: app.name },
      search: { view: "logs", instance: which, ...(line === undefined ? {} : { line }) },
      replace: true,
      resetScroll: false,
    });
  return (
    <Section
      title="Logs"
      id="logs"
      command={`tidegate logs --app ${app.name} --instance ${chosen.instance} --follow`}
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
          {sources.map((each) => (
            <option key={each.instance} value={each.instance}>
              {nameOf(each)}
            </option>
          ))}
        </select>
      </label>
      <LogView
        key={chosen.instance}
        label={`Log of ${chosen.instance}`}
        source={source}
        line={search.line}
        onLine={(line) => open(chosen.instance, line)}
      />
    </Section>
  );
}

function sourceOf(app: string, instance: string, isLive: boolean): LogSource {
  const params = { app, instance };
  return {
    key: [app, instance],
    isLive,
    follow: (after) =>
      addressOf("GET /api/v1/apps/:app/instances/:instance/logs/events", {
        params,
        query: { after },
      }),
    window: (from, signal) =>
      call(
        "GET /api/v1/apps/:app/instances/:instance/logs/window",
        { params, query: { from, count: chunkLines } },
        signal,
      ),
    search: (text, signal) =>
      call(
        "GET /api/v1/apps/:app/instances/:instance/logs/search",
        { params, query: { text } },
        signal,
      ),
  };
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
