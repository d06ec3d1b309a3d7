/** The lines of a log that are in sight. */
import { keepPreviousData, useQueries } from "@tanstack/react-query";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { chunkQuestion } from "./log-questions.ts";
import { stripControls } from "./log-text.ts";
import type { LogSource } from "./log-view.tsx";
import { chunksOf, isBehind, lineHeightPx, scrollTopOf, sightOf } from "./log-window.ts";

interface LogLinesProps {
  readonly label: string;
  readonly source: LogSource;
  readonly total: number;
  /** The line that is meant: by a link, or as the present hit of a search. */
  readonly marked: number | undefined;
  readonly hits: readonly number[];
  readonly onLine: (line: number) => void;
}

export function LogLines({ label, source, total, marked, hits, onLine }: LogLinesProps) {
  const place = useRef<HTMLDivElement>(null);
  const [scrolled, setScrolled] = useState({ scrollTopPx: 0, viewportPx: 440 });
  const sight = sightOf({ total, ...scrolled });
  const lines = useLines(source, sight, total);
  useScrollTo(place, { total, marked, isLive: source.isLive });
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const look = () =>
      setScrolled({ scrollTopPx: element.scrollTop, viewportPx: element.clientHeight });
    const resize = new ResizeObserver(look);
    resize.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      resize.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, []);
  const hit = new Set(hits);
  const offset = Math.min(
    scrolled.scrollTopPx - (scrolled.scrollTopPx % lineHeightPx),
    Math.max(0, sight.heightPx - sight.count * lineHeightPx),
  );
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so the keyboard must reach it
    <div ref={place} className="log-lines" tabIndex={0} role="region" aria-label={label} dir="ltr">
      <div className="log-room" style={{ height: sight.heightPx }}>
        <ol style={{ transform: `translateY(${offset}px)` }}>
          {Array.from({ length: sight.count }, (_, index) => {
            const number = sight.first + index;
            const isHit = hit.has(number) ? " log-hit" : "";
            const isMarked = number === marked ? " log-marked" : "";
            return (
              <li key={number} className={`log-line${isHit}${isMarked}`}>
                <button
                  type="button"
                  className="log-number"
                  tabIndex={-1}
                  aria-label={`Link to line ${number}`}
                  onClick={() => onLine(number)}
                >
                  {number}
                </button>
                <span>{stripControls(lines(number) ?? "")}</span>
              </li>
            );
          })}
        </ol>
      </div>
    </div>
  );
}

interface Seen {
  readonly first: number;
  readonly count: number;
}

/** How often the end of a growing log is asked for: what is written a hundred times a second is read by nobody. */
const growthMs = 250;

/** The text of a line that is in sight, as soon as it is here. */
function useLines(source: LogSource, sight: Seen, total: number) {
  const chunks = chunksOf(sight);
  const answers = useQueries({
    queries: chunks.map((from) => ({
      ...chunkQuestion(source, from),
      placeholderData: keepPreviousData,
    })),
  });
  const grown = answers.filter(
    ({ data, isPlaceholderData }, index) =>
      data !== undefined && !isPlaceholderData && isBehind(data, chunks[index] ?? 1, total),
  );
  useEachWhile(grown.length > 0, () => {
    for (const { isFetching, refetch } of grown) if (!isFetching) void refetch();
  });
  return (line: number): string | undefined => {
    const index = chunks.findLastIndex((from) => from <= line);
    const answer = answers[index]?.data;
    return answer === undefined ? undefined : answer.lines[line - answer.from];
  };
}

/** Does it every so often, for as long as there is cause; a cause that goes on begins nothing anew. */
function useEachWhile(isCause: boolean, act: () => void): void {
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  });
  useEffect(() => {
    if (!isCause) return undefined;
    const timer = setInterval(() => latest.current(), growthMs);
    return () => clearInterval(timer);
  }, [isCause]);
}

/** This close to its end, one is taken along. */
const endPx = 60;

interface Goal {
  readonly total: number;
  readonly marked: number | undefined;
  readonly isLive: boolean;
}

/** To the line that is meant; a live log without one is read at its end. */
function useScrollTo(
  place: { readonly current: HTMLDivElement | null },
  { total, marked, isLive }: Goal,
): void {
  const isLeft = useRef(false);
  const lastTop = useRef(0);
  const goal = marked ?? (isLive ? total : undefined);
  const latest = useRef(total);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    // Who scrolls up in a live log wants to read, and is not taken along until back at its end.
    const look = () => {
      const { scrollTop } = element;
      // A log that grows leaves its end behind by itself: only who goes up has left it.
      if (element.scrollHeight - scrollTop - element.clientHeight <= endPx) isLeft.current = false;
      else if (scrollTop < lastTop.current) isLeft.current = true;
      lastTop.current = scrollTop;
    };
    element.addEventListener("scroll", look, { passive: true });
    return () => element.removeEventListener("scroll", look);
  }, [place]);
  useEffect(() => {
    latest.current = total;
  }, [total]);
  useEffect(() => {
    const element = place.current;
    if (element === null || goal === undefined) return;
    if (marked === undefined && isLeft.current) return;
    const whole = Math.max(goal, latest.current);
    element.scrollTo({ top: scrollTopOf(goal, whole, element.clientHeight) });
  }, [goal, marked, place]);
}
