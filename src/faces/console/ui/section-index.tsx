/** The parts of a long page in one line that stays in view: the way to each, and which one is read. */
import "./section-index.css";
import { type RefObject, useEffect, useRef, useState } from "react";

/** So much of the part before stays to be seen, where they do not all fit. */
const startPx = 96;

/** A section whose heading is so close below the bar is the one that is read. */
const nearPx = 72;

interface Part {
  readonly id: string;
  readonly title: string;
}

export function SectionIndex() {
  const bar = useRef<HTMLElement>(null);
  const parts = useParts(bar);
  const current = useCurrent(bar);
  useEffect(() => {
    const links = bar.current?.querySelectorAll("a") ?? [];
    const link = [...links].find(({ hash }) => hash === `#${current}`);
    // Sideways and within the bar: the page itself stays where its reader is.
    if (link !== undefined) bar.current?.scrollTo({ left: link.offsetLeft - startPx });
  }, [current]);
  return (
    <nav ref={bar} className="section-index" aria-label="On this page" hidden={parts.length < 2}>
      {parts.map(({ id, title }) => (
        // Not the router's: it calls every place on the page that one is on the current one.
        <a key={id} href={`#${id}`} aria-current={id === current ? "location" : undefined}>
          {title}
        </a>
      ))}
    </nav>
  );
}

/** What sections the page has: they come and go with what is told of a change. */
function useParts(bar: RefObject<HTMLElement | null>): readonly Part[] {
  const [parts, setParts] = useState<readonly Part[]>([]);
  useEffect(() => {
    const page = bar.current?.parentElement;
    if (page === null || page === undefined) return undefined;
    const read = () => {
      const found = sectionsOf(page).map(({ id, firstElementChild }) => ({
        id,
        title: firstElementChild?.querySelector("h2")?.textContent ?? id,
      }));
      setParts((known) => (isSame(known, found) ? known : found));
    };
    read();
    const changes = new MutationObserver(read);
    changes.observe(page, { childList: true });
    return () => changes.disconnect();
  }, [bar]);
  return parts;
}

/** The lowest section that begins close below the bar or above it; at the page's end, the last one. */
function useCurrent(bar: RefObject<HTMLElement | null>): string | undefined {
  const [current, setCurrent] = useState<string>();
  useEffect(() => {
    const page = bar.current?.parentElement;
    if (page === null || page === undefined) return undefined;
    let frame = 0;
    const look = () => {
      frame = 0;
      const line = (bar.current?.getBoundingClientRect().bottom ?? 0) + nearPx;
      const sections = sectionsOf(page);
      const begun = sections.filter((section) => section.getBoundingClientRect().top <= line);
      const { scrollHeight } = document.documentElement;
      const isAtEnd = scrollY > 0 && scrollY + innerHeight >= scrollHeight - 1;
      setCurrent((isAtEnd ? sections : begun).at(-1)?.id);
    };
    const soon = () => {
      frame ||= requestAnimationFrame(look);
    };
    soon();
    addEventListener("scroll", soon, { passive: true });
    addEventListener("resize", soon);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener("scroll", soon);
      removeEventListener("resize", soon);
    };
  }, [bar]);
  return current;
}

function sectionsOf(page: Element): readonly Element[] {
  return [...page.children].filter((one) => one.matches("section.section[id]"));
}

function isSame(known: readonly Part[], found: readonly Part[]): boolean {
  return (
    known.length === found.length &&
    found.every(({ id, title }, index) => known[index]?.id === id && known[index].title === title)
  );
}
