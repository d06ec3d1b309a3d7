/**
 * A log of any length: lines are fetched where one looks, a million of them scroll as ten do, and the search runs
 * where the log is. Text from outside is only text.
 */
import "./log-view.css";
import "./long-log.css";
import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { LogHitsResource } from "#faces/api/contract";
import { explain } from "./explain.ts";
import { Button } from "./button.tsx";
import { stripControls } from "./log-lines.ts";
import { type LogSource, searchQuery, useLogEnd, windowQuery } from "./log-source.ts";
import { Notice } from "./notice.tsx";
import { Empty } from "./page.tsx";
import { lineHeightPx, linesPerChunk, placesOf } from "./long-scroll.ts";
import { useLongScroll } from "./use-long-scroll.ts";
import { count, counted } from "./words.ts";

export interface LongLogProps {
  readonly label: string;
  readonly source: LogSource;
  readonly isLive: boolean;
  /** The line that a link leads to, from 1. */
  readonly line?: number | undefined;
  readonly onLine: (line: number) => void;
}

export function LongLog({ label, source, isLive, line, onLine }: LongLogProps) {
  const end = useLogEnd(source, isLive);
  const [text, setText] = useState("");
  const hits = useQuery({ ...searchQuery(source, text), enabled: text !== "" });
  if (end.error !== null) return <Notice tone="bad" title={explain(end.error).sentence} />;
  if (end.total === undefined) return <div className="log-lines" aria-busy="true" />;
  if (end.total === 0 && end.rest === undefined) {
    return (
      <Empty>
        {isLive ? "Nothing has been printed yet." : "Nothing was printed, or it is no longer kept."}
      </Empty>
    );
  }
  return (
    <div className="log">
      <Tools
        label={label}
        total={end.total}
        text={text}
        hits={hits.data}
        line={line}
        onSearch={setText}
        onLine={onLine}
      />
      <Lines
        label={label}
        source={source}
        total={end.total}
        rest={end.rest}
        isLive={isLive}
        line={line}
        onLine={onLine}
      />
    </div>
  );
}

interface ToolsProps {
  readonly label: string;
  readonly total: number;
  readonly text: string;
  readonly hits: LogHitsResource | undefined;
  readonly line: number | undefined;
  readonly onSearch: (text: string) => void;
  readonly onLine: (line: number) => void;
}

function Tools({ label, total, text, hits, line, onSearch, onLine }: ToolsProps) {
  const [typed, setTyped] = useState("");
  const numbers = hits?.numbers ?? [];
  const go = (to: number | undefined) => {
    if (to !== undefined) onLine(to);
  };
  const next = () => go(numbers.find((one) => one > (line ?? 0)) ?? numbers[0]);
  const previous = () => go(numbers.findLast((one) => one < (line ?? total + 1)) ?? numbers.at(-1));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed === text) next();
    else onSearch(typed);
  };
  return (
    <form className="log-tools" onSubmit={submit} role="search">
      <input
        className="input"
        type="search"
        placeholder="Search all lines"
        aria-label={`Search: ${label}`}
        dir="auto"
        maxLength={200}
        value={typed}
        onChange={({ target: { value } }) => {
          setTyped(value);
          if (value === "") onSearch("");
        }}
      />
      <Button type="submit" onPress={() => undefined}>
        Search
      </Button>
      {text === "" || numbers.length === 0 ? null : (
        <>
          <Button onPress={previous}>Previous</Button>
          <Button onPress={next}>Next</Button>
        </>
      )}
      <span className="soft small" role="status">
        {text === "" || hits === undefined
          ? counted(total, "line")
          : `in ${count(hits.found)} of ${counted(hits.total, "line")}`}
      </span>
    </form>
  );
}

interface LinesProps extends LongLogProps {
  readonly total: number;
  readonly rest: string | undefined;
}

function Lines({ label, source, total, rest, isLive, line, onLine }: LinesProps) {
  const lines = total + (rest === undefined ? 0 : 1);
  const { place, scroll, heightPx } = useLongScroll({ lines, line, isAtEnd: isLive });
  const shown = placesOf({ ...scroll, lines });
  const chunks = chunksOf(shown.first, shown.last, total);
  const windows = useQueries({
    queries: chunks.map((chunk) => ({
      ...windowQuery(source, chunk),
      placeholderData: keepPreviousData,
    })),
  });
  const textOf = (index: number): string | undefined => {
    if (index === total) return rest;
    const at = chunks.findIndex(
      ({ from }) => index + 1 >= from && index + 1 < from + linesPerChunk,
    );
    const window = windows[at]?.data;
    return window === undefined ? undefined : window.lines[index + 1 - window.from];
  };
  const numbers = Array.from({ length: shown.last - shown.first }, (_, at) => shown.first + at);
  return (
    <div
      ref={place}
      className="log-lines long-log"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls: the keyboard must reach it
      tabIndex={0}
      role="region"
      aria-label={label}
      dir="ltr"
    >
      <ol style={{ height: heightPx }}>
        {numbers.map((index) => (
          <li
            key={index}
            className={`log-line ${index + 1 === line ? "log-line-linked" : ""}`}
            style={{
              transform: `translateY(${shown.topPx + (index - shown.first) * lineHeightPx}px)`,
            }}
          >
            <button
              type="button"
              className="log-number"
              tabIndex={-1}
              aria-label={`Link to line ${index + 1}`}
              onClick={() => onLine(index + 1)}
            >
              {index + 1}
            </button>
            <span>{stripControls(textOf(index) ?? "")}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** The parts of the log that hold these lines; the last one is asked for anew when the log has grown. */
function chunksOf(first: number, last: number, total: number) {
  const chunks: { from: number; count: number }[] = [];
  const begin = Math.floor(first / linesPerChunk) * linesPerChunk;
  for (let from = begin; from < Math.min(last, total); from += linesPerChunk) {
    chunks.push({ from: from + 1, count: Math.min(linesPerChunk, total - from) });
  }
  return chunks;
}
