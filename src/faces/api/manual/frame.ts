/** The frame around a page of the manual: where one is, what else there is, and the way back to the console. */
import { escapeHtml, type Heading, type Rendered } from "./render-markdown.ts";
import { type Part, placeOf } from "./order.ts";
import type { Shelf } from "./shelf.ts";

/**
 * Files of this server only: its pictures, its style sheet, and the one script that searches, by an index it
 * asks this server for. The browser itself refuses to make markup of a string.
 */
export const manualPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** Where the reader's script and style were built to; without them the page is plain, and can be read. */
export interface ReaderFiles {
  readonly script?: string | undefined;
  readonly style?: string | undefined;
}

export interface Framing {
  readonly address: string;
  readonly shelf: Shelf;
  /** First headings by address. */
  readonly titles: ReadonlyMap<string, string>;
  readonly parts: readonly Part[];
  readonly reader: ReaderFiles;
  readonly version: string;
}

/** Below this many headings a page needs no list of them. */
const headingsMin = 2;
/** A page with more headings than this lists the upper ones only. */
const headingsMax = 60;

const wave = `<svg class="wave" viewBox="0 0 56 32" aria-hidden="true"><path d="M3 12c8-10 14-10 22 0s14 10 28-4"/><path d="M3 26c8-10 14-10 22 0s14 10 28-4" opacity=".45"/></svg>`;
const lens = `<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.4 10.4L14 14"/></svg>`;

export function frame({ title, html, headings }: Rendered, framing: Framing): string {
  const { address, parts, shelf } = framing;
  const place = placeOf(address, parts, shelf);
  const name = address === "/docs" ? "Manual" : `${escapeHtml(title)} · Manual`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${name} · Tidegate</title>
<link rel="icon" href="/assets/mark.svg" type="image/svg+xml">
${files(framing.reader)}</head>
<body><a class="skip" href="#main">Skip to the page</a>
<header><a class="mark" href="/docs">${wave}<span>Tidegate</span> <span class="soft">Manual</span></a>
<a class="console" href="/">Console</a>
<div class="tools"><button type="button" class="button to-pages" popovertarget="pages">Pages</button>
<button type="button" class="button to-search" hidden>${lens}<span>Search</span><kbd>/</kbd></button>
<button type="button" class="button to-theme" hidden></button></div></header>
<div class="page">${navigation(framing, place.entry)}
${contents(headings)}<main id="main" tabindex="-1"><article>
${html}</article>
${turning(place, framing)}<footer>The manual of Tidegate ${escapeHtml(framing.version)}, served by the instance it is about</footer></main></div>
</body></html>
`;
}

function files({ script, style }: ReaderFiles): string {
  // The theme comes before the first paint, so that the page does not flash.
  const theme = `<script src="/assets/theme.js"></script>`;
  const sheet = `<link rel="stylesheet" href="${style}">`;
  const reader = `<script type="module" src="${script}"></script>`;
  const scripts = script === undefined ? [] : [theme, reader];
  return [...scripts, ...(style === undefined ? [] : [sheet])].join("\n");
}

/** The pages by their kind; beside the text where there is room, else opened by a button. */
function navigation({ parts, titles }: Framing, entry: string | undefined): string {
  const item = (target: string): string => {
    const current = target === entry ? ' aria-current="page"' : "";
    return `<li><a href="${target}"${current}>${escapeHtml(titles.get(target) ?? target)}</a></li>`;
  };
  const lists = parts.map(
    ({ title, addresses }) =>
      `<h2>${escapeHtml(title)}</h2><ul>${addresses.map(item).join("")}</ul>`,
  );
  return `<nav id="pages" aria-label="Manual" popover><ul>${item("/docs")}</ul>${lists.join("")}</nav>`;
}

function contents(headings: readonly Heading[]): string {
  const most = headings.filter(({ depth }) => depth <= 3);
  const upper = most.filter(({ depth }) => depth === 2);
  const shown = most.length > headingsMax && upper.length >= headingsMin ? upper : most;
  if (shown.length < headingsMin) return "";
  const items = shown.map(
    ({ depth, id, text }) =>
      `<li${depth === 3 ? ' class="lower"' : ""}><a href="#${id}">${escapeHtml(text)}</a></li>`,
  );
  return `<nav class="contents" aria-label="On this page"><details><summary>On this page</summary><ul>${items.join("")}</ul></details></nav>\n`;
}

function turning(
  { previous, next }: { readonly previous: string | undefined; readonly next: string | undefined },
  { titles }: Framing,
): string {
  const link = (target: string | undefined, rel: "prev" | "next", word: string): string =>
    target === undefined
      ? ""
      : `<a rel="${rel}" href="${target}"><small>${word}</small> ${escapeHtml(titles.get(target) ?? target)}</a>`;
  const links = `${link(previous, "prev", "Previous")}${link(next, "next", "Next")}`;
  return links === "" ? "" : `<nav class="turn" aria-label="Next to this page">${links}</nav>\n`;
}
