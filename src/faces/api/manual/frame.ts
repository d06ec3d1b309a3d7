/** The frame around a page of the manual: the pages' palette, where one is, and what else there is. */
import { createHash } from "node:crypto";
import { palette } from "../pages.ts";
import { escapeHtml, type Rendered } from "./render-markdown.ts";
import type { Shelf } from "./shelf.ts";

const style = `${palette}
* { box-sizing: border-box; }
html { scroll-padding-top: 16px; }
body { margin: 0; padding: 32px 24px 64px; background: var(--paper); color: var(--ink); font: 17px/1.6 system-ui, sans-serif; }
.page { max-width: 66rem; margin: 0 auto; }
main { max-width: 44rem; min-width: 0; }
nav { margin-top: 40px; font-size: 0.92rem; }
.top { margin: 0 0 16px; font-size: 0.92rem; }
nav p { margin: 18px 0 4px; font-weight: 600; color: var(--soft); }
nav ul { margin: 0; padding: 0; list-style: none; }
nav li { padding: 2px 0; }
nav a { text-decoration: none; }
nav a:hover, nav a:focus-visible { text-decoration: underline; }
nav a[aria-current] { color: var(--ink); font-weight: 600; }
h1 { margin: 0 0 16px; font-size: 2rem; line-height: 1.2; letter-spacing: -0.02em; text-wrap: balance; }
h2 { margin: 40px 0 8px; font-size: 1.3rem; line-height: 1.3; text-wrap: balance; }
h3 { margin: 28px 0 6px; font-size: 1.05rem; overflow-wrap: anywhere; }
p, ul, ol { margin: 0 0 14px; text-wrap: pretty; }
pre { margin: 0 0 16px; padding: 14px 18px; overflow-x: auto; border-radius: 8px; background: var(--code); font: 14.5px/1.65 ui-monospace, monospace; }
code { font: 0.9em ui-monospace, monospace; overflow-wrap: anywhere; }
pre code { font: inherit; overflow-wrap: normal; }
.wide { margin: 0 0 16px; overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.93rem; }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { color: var(--soft); font-weight: 600; }
a { color: var(--sea); text-underline-offset: 3px; }
:focus-visible { outline: 2px solid var(--sea); outline-offset: 2px; border-radius: 3px; }
picture img { display: block; width: 100%; height: auto; border: 1px solid var(--line); border-radius: 8px; }
footer { margin-top: 56px; padding-top: 16px; border-top: 1px solid var(--line); color: var(--soft); font-size: 0.9rem; }
@media (min-width: 64rem) {
  .page { display: grid; grid-template-columns: 15rem minmax(0, 1fr); gap: 56px; }
  nav { margin: 0; grid-column: 1; grid-row: 1; }
  main { grid-column: 2; }
  .top { display: none; }
}
`;

/** No script, nothing loaded but the manual's own pictures, and the one style sheet whose hash is named here. */
export const manualPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const parts = [
  ["Tutorial", "tutorial"],
  ["How-to guides", "how-to"],
  ["Reference", "reference"],
  ["Explanation", "explanation"],
] as const;

export interface Framing {
  readonly address: string;
  readonly shelf: Shelf;
  /** First headings by address. */
  readonly titles: ReadonlyMap<string, string>;
}

export function frame({ title, html }: Rendered, framing: Framing): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)} · Tidegate</title><style>${style}</style></head>
<body><div class="page"><main><p class="top"><a href="#pages">All pages</a></p>
${html}
<footer><a href="/docs">The manual</a> of the Tidegate that serves it · <a href="/">Tidegate</a></footer></main>
${navigation(framing)}</div></body></html>
`;
}

/** The pages by their kind; those of errors and decisions are reached from their lists. */
function navigation({ address, shelf, titles }: Framing): string {
  const lists = parts.map(([title, folder]) => {
    const pages = [...shelf.files.keys()].filter(
      (each) => new RegExp(`^/docs/${folder}(?:/[^/]+)?$`).test(each) && !each.endsWith(".json"),
    );
    const items = pages.map((each) => item(each, titles.get(each) ?? each, address));
    return items.length === 0 ? "" : `<p>${title}</p><ul>${items.join("")}</ul>`;
  });
  const home = `<ul>${item("/docs", titles.get("/docs") ?? "The manual", address)}</ul>`;
  return `<nav id="pages" aria-label="Manual">${home}${lists.join("")}</nav>`;
}

function item(target: string, title: string, address: string): string {
  const current = target === address ? ' aria-current="page"' : "";
  return `<li><a href="${target}"${current}>${escapeHtml(title)}</a></li>`;
}
