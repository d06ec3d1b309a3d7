/**
 * A log of any length: only the lines in sight are in the page, and only those around them have been asked for.
 * Search goes from hit to hit; every line has an address. Text from outside is only ever text.
 */
import "./log-view.css";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import type { LogHitsResource } from "#faces/api/contract";
import { Button } from "./button.tsx";
import { explain } from "./explain.ts";
import { useLogGrowth } from "./log-growth.ts";
import { LogLines } from "./log-lines.tsx";
import type { LineSource } from "./log-questions.ts";
import { NotFollowed } from "./not-followed.tsx";
import { Notice } from "./notice.tsx";
import { Empty } from "./page.tsx";
import { count, counted } from "./words.ts";

export interface LogSource extends LineSource {
  readonly search: (text: string, signal: AbortSignal) => Promise<LogHitsResource>;
  /** The address of the stream that tells of lines after this one. */
  readonly follow: (after: number) => string;
  readonly isLive: boolean;
}

export interface LogViewProps {
  readonly label: string;
  readonly source: LogSource;
  /** The line a link leads to. */
  readonly line?: number | undefined;
  readonly onLine: (line: number) => void;
}

export function LogView({ label, source, line, onLine }: LogViewProps) {
  const [typed, setTyped] = useState("");
  const [hit, setHit] = useState(0);
  const text = useDeferredValue(typed.trim());
  const growth = useLogGrowth(source);
  const found = useQuery({
    queryKey: ["log-search", ...source.key, text],
    queryFn: ({ signal }) => source.search(text, signal),
    enabled: text !== "",
    placeholderData: keepPreviousData,
  });
  const { total } = growth;
  if (growth.error !== null) return <Notice tone="bad" title={explain(growth.error).sentence} />;
  if (total === undefined) return <Empty>Looking for its lines.</Empty>;
  if (total === 0) {
    return growth.refusal === undefined ? (
      <Silence isLive={source.isLive} />
    ) : (
      <NotFollowed refusal={growth.refusal} />
    );
  }
  const hits = text === "" ? [] : (found.data?.numbers ?? []);
  const move = (by: number) => setHit((hits.length + hit + by) % Math.max(1, hits.length));
  return (
    <div className="log">
      <div className="log-tools">
        <input
          className="input"
          type="search"
          placeholder="Search; Enter goes on"
          aria-label={`Search: ${label}`}
          dir="auto"
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setHit(0);
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter") move(event.shiftKey ? -1 : 1);
          }}
        />
        {hits.length < 2 ? null : (
          <>
            <Button look="quiet" label="The hit before" onPress={() => move(-1)}>
              Back
            </Button>
            <Button look="quiet" label="The next hit" onPress={() => move(1)}>
              Next
            </Button>
          </>
        )}
        <span className="soft small" role="status">
          {text === "" ? counted(total, "line") : hitWords(hit, found.data)}
        </span>
        {growth.refusal === undefined ? null : <NotFollowed refusal={growth.refusal} />}
      </div>
      <LogLines
        label={label}
        source={source}
        total={total}
        marked={hits[hit] ?? line}
        hits={hits}
        onLine={onLine}
      />
    </div>
  );
}

function Silence({ isLive }: { readonly isLive: boolean }) {
  return (
    <Empty>
      {isLive ? "Nothing has been printed yet." : "Nothing was printed, or it is no longer kept."}
    </Empty>
  );
}

function hitWords(hit: number, hits: LogHitsResource | undefined): string {
  if (hits === undefined) return "searching";
  if (hits.found === 0) return `not in ${counted(hits.total, "line")}`;
  return `${count(hit + 1)} of ${counted(hits.found, "line")}`;
}
