/** Keeps a long log scrolled where one looks: at its end while it grows and one is there, or at a linked line. */
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { heightOf, type Scroll, scrollTo } from "./long-scroll.ts";

interface LongScrollOptions {
  readonly lines: number;
  /** From 1. */
  readonly line: number | undefined;
  /** A live log is read at its end. */
  readonly isAtEnd: boolean;
}

const viewPxFirst = 416;
/** This close to its end, one is taken along. */
const endPx = 60;

export function useLongScroll({ lines, line, isAtEnd }: LongScrollOptions): {
  readonly place: RefObject<HTMLDivElement | null>;
  readonly scroll: Scroll;
  readonly heightPx: number;
} {
  const place = useRef<HTMLDivElement>(null);
  const isTaken = useRef(isAtEnd && line === undefined);
  const [scroll, setScroll] = useState<Scroll>({ topPx: 0, viewPx: viewPxFirst });
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const look = () => {
      const { scrollTop, clientHeight, scrollHeight } = element;
      isTaken.current = scrollHeight - scrollTop - clientHeight < endPx;
      setScroll({ topPx: scrollTop, viewPx: clientHeight });
    };
    element.addEventListener("scroll", look, { passive: true });
    const resize = new ResizeObserver(look);
    resize.observe(element);
    return () => {
      element.removeEventListener("scroll", look);
      resize.disconnect();
    };
  }, []);
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null || !isAtEnd || !isTaken.current) return;
    element.scrollTop = element.scrollHeight;
  }, [lines, isAtEnd]);
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null || line === undefined) return;
    isTaken.current = false;
    element.scrollTop = scrollTo(line - 1, { viewPx: element.clientHeight, lines });
    // Only another line moves it: more lines at the end do not.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [line]);
  return { place, scroll, heightPx: heightOf(lines) };
}
