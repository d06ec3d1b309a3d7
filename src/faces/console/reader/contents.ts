/** The list of the page's headings: open where there is room for it, and marked where one reads. */
const wide = matchMedia("(min-width: 78rem)");

export function showContents(): void {
  document.querySelector("#pages [aria-current]")?.scrollIntoView({ block: "nearest" });
  const list = document.querySelector<HTMLDetailsElement>(".contents details");
  if (list === null) return;
  const align = () => {
    list.open = wide.matches;
  };
  wide.addEventListener("change", align);
  align();
  list.addEventListener("click", (event) => {
    if (!wide.matches && event.target instanceof HTMLAnchorElement) list.open = false;
  });
  const links = new Map(
    [...list.querySelectorAll("a")].map((link) => [link.hash.slice(1), link] as const),
  );
  const headings = [...document.querySelectorAll<HTMLElement>("article .heading > [id]")].filter(
    ({ id }) => links.has(id),
  );
  const mark = () => markCurrent(headings, links);
  addEventListener("scroll", mark, { passive: true });
  mark();
}

/** The last heading above the upper third of the window; at the very end of the page, the last one. */
function markCurrent(
  headings: readonly HTMLElement[],
  links: ReadonlyMap<string, HTMLAnchorElement>,
): void {
  const isAtEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
  const above = headings.filter((each) => each.getBoundingClientRect().top < innerHeight / 3);
  const current = isAtEnd && scrollY > 0 ? headings.at(-1) : above.at(-1);
  for (const [id, link] of links) {
    if (id !== current?.id) link.removeAttribute("aria-current");
    else if (link.ariaCurrent !== "location") {
      link.setAttribute("aria-current", "location");
      if (wide.matches) keepInView(link);
    }
  }
}

/** Scrolls the list and never the page. */
function keepInView(link: HTMLElement): void {
  const list = link.closest<HTMLElement>(".contents");
  if (list === null) return;
  const { top, bottom } = link.getBoundingClientRect();
  const frame = list.getBoundingClientRect();
  if (top < frame.top) list.scrollTop -= frame.top - top + 40;
  else if (bottom > frame.bottom) list.scrollTop += bottom - frame.bottom + 40;
}
