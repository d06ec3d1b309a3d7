/** Lines of a log, as many as there are: only those in sight are in the page. Text from outside is only text. */
import "./log-view.css";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { matchingLines, stripControls } from "./log-lines.ts";
import { Empty } from "./page.tsx";
import { count } from "./words.ts";

export interface LogViewProps {
  readonly label: string;
  readonly lines: readonly string[];
  readonly isLive: boolean;
}

const lineHeightPx = 22;

export function LogView({ label, lines, isLive }: LogViewProps) {
  const [search, setSearch] = useState("");
  const words = useDeferredValue(search);
  const matching = useMemo(() => matchingLines(lines, words), [lines, words]);
  if (lines.length === 0) {
    return (
      <Empty>
        {isLive ? "Nothing has been printed yet." : "Nothing was printed, or it is no longer kept."}
      </Empty>
    );
  }
  return (
    <div className="log">
      <div className="log-tools">
        <input
          className="input"
          type="search"
          placeholder="Search these lines"
          aria-label={`Search: ${label}`}
          dir="auto"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <span className="soft small" role="status">
          {words === ""
            ? `${count(lines.length)} lines`
            : `${count(matching.length)} of ${count(lines.length)} lines`}
        </span>
      </div>
      <LogLines label={label} lines={lines} shown={matching} isLive={isLive} />
    </div>
  );
}

interface LogLinesProps extends LogViewProps {
  /** Indices of the lines that are shown. */
  readonly shown: readonly number[];
}

function LogLines({ label, lines, shown, isLive }: LogLinesProps) {
  const place = useRef<HTMLDivElement>(null);
  // oxlint-disable-next-line react/incompatible-library -- what it gives is used here only
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => place.current,
    estimateSize: () => lineHeightPx,
    overscan: 20,
  });
  const last = shown.length - 1;
  useEffect(() => {
    // A live log is read at its end, a finished one from its beginning.
    if (isLive && last >= 0) virtual.scrollToIndex(last);
  }, [isLive, last, virtual]);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so the keyboard must reach it
    <div ref={place} className="log-lines" tabIndex={0} role="region" aria-label={label} dir="ltr">
      <ol style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const line = shown[index] ?? 0;
          return (
            <li key={line} className="log-line" style={{ transform: `translateY(${start}px)` }}>
              <span className="log-number">{line + 1}</span>
              <span>{stripControls(lines[line] ?? "")}</span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
