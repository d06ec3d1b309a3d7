/** A page of the manual as HTML. Its Markdown is ours, and yet no HTML of it is passed on. */
import path from "node:path";
import { Marked, type Tokens } from "marked";
import type { Shelf } from "./shelf.ts";

export interface Rendered {
  readonly title: string;
  readonly html: string;
  /** In their order, without the title. */
  readonly headings: readonly Heading[];
}

export interface Heading {
  readonly depth: number;
  readonly id: string;
  readonly text: string;
}

/** `file` is where the text is from: its links are relative to it. */
export function renderMarkdown(text: string, file: string, shelf: Shelf): Rendered {
  const taken = new Map<string, number>();
  let title = "Manual";
  const headings: Heading[] = [];
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text: raw }: Tokens.Heading) {
        const plain = plainHeading(raw);
        const id = slugOf(plain, taken);
        const heading = `<h${depth} id="${id}">${this.parser.parseInline(tokens)}</h${depth}>`;
        if (depth === 1) {
          title = plain;
          return `${heading}\n`;
        }
        headings.push({ depth, id, text: plain });
        // Beside the heading and not in it, so that the heading is read out as it is.
        const label = escapeHtml(`Link to “${plain}”`);
        return `<div class="heading">${heading}<a class="anchor" href="#${id}" aria-label="${label}">#</a></div>\n`;
      },
      link({ href, tokens }: Tokens.Link) {
        const inner = this.parser.parseInline(tokens);
        const target = targetOf(href, file, shelf);
        return target === undefined ? inner : `<a href="${escapeHtml(target)}">${inner}</a>`;
      },
      code({ text: code, lang }: Tokens.Code) {
        // What is typed or written can be copied; what is printed has no language.
        const look = lang === undefined || /^(?:text)?$/.test(lang) ? "" : ' class="typed"';
        return `<pre tabindex="0"${look}><code>${escapeHtml(code)}\n</code></pre>\n`;
      },
      table(token: Tokens.Table) {
        const cells = (row: readonly Tokens.TableCell[], tag: string): string =>
          row.map(({ tokens }) => `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`).join("");
        const rows = token.rows.map((row) => `<tr>${cells(row, "td")}</tr>`).join("\n");
        const head = `<thead><tr>${cells(token.header, "th")}</tr></thead>`;
        return `<div class="wide" tabindex="0"><table>${head}<tbody>${rows}</tbody></table></div>\n`;
      },
      // Comments are for who edits the page; there is no other HTML in the manual.
      html: () => "",
      image: ({ href, text: alternative }: Tokens.Image) =>
        pictureOf({ href, alternative }, file, shelf) ?? escapeHtml(alternative),
    },
  });
  const html = marked.parse(text, { async: false });
  return { title, html, headings };
}

/** A picture that the manual has, by day and by night; nothing for any other image. */
function pictureOf(
  { href, alternative }: { readonly href: string; readonly alternative: string },
  file: string,
  shelf: Shelf,
): string | undefined {
  const target = path.resolve(path.dirname(file), decodeURI(href));
  const light = shelf.addresses.get(target);
  if (light === undefined || !target.endsWith(".webp")) return undefined;
  const dark = shelf.addresses.get(target.replace(/\.webp$/, "-dark.webp"));
  const source =
    dark === undefined
      ? ""
      : `<source media="(prefers-color-scheme: dark)" srcset="${escapeHtml(dark)}">`;
  const image = `<img src="${escapeHtml(light)}" alt="${escapeHtml(alternative)}" loading="lazy">`;
  return `<picture>${source}${image}</picture>`;
}

/** A heading's words without the marks of Markdown. */
export function plainHeading(raw: string): string {
  return raw.replaceAll(/[`*]/g, "");
}

/** As GitHub makes them, so that a link to a heading leads there in both. */
export function slugOf(heading: string, taken: Map<string, number>): string {
  const slug = heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(/\s/g, "-");
  const count = taken.get(slug) ?? 0;
  taken.set(slug, count + 1);
  return count === 0 ? slug : `${slug}-${count}`;
}

/** Where a link leads on the site; nowhere when its target is a file that is not part of the manual. */
export function targetOf(href: string, file: string, shelf: Shelf): string | undefined {
  if (/^https?:\/\//.test(href) || href.startsWith("#")) return href;
  const [name = "", fragment] = href.split("#");
  const target = path.resolve(path.dirname(file), decodeURI(name));
  const address =
    shelf.addresses.get(target.replace(/\/$/, "")) ??
    shelf.addresses.get(path.join(target, "README.md"));
  if (address === undefined) return undefined;
  return fragment === undefined ? address : `${address}#${fragment}`;
}

export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);
}
