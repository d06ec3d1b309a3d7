/**
 * The order of the manual: its first page lists the pages by their kind, and that list is the navigation,
 * what is previous and next, and what search shows first. Pure.
 */
import { targetOf } from "./render-markdown.ts";
import type { Shelf } from "./shelf.ts";

export interface Part {
  /** "How-to guides": what stands before the colon of the heading. */
  readonly title: string;
  readonly addresses: readonly string[];
}

/** Reads the list of the manual's first page; `file` is where its text is from. */
export function orderOf(text: string, file: string, shelf: Shelf): readonly Part[] {
  return text
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [heading = ""] = section.split("\n", 1);
      const lists = section.split("\n").filter((line) => /^(?:-|\d+\.| ) /.test(line));
      const links = lists.join("\n").matchAll(/\]\(([^)\s]+)\)/g);
      const found = [...links].map(([, href = ""]) => targetOf(href, file, shelf));
      return {
        title: heading.split(":", 1)[0] ?? heading,
        addresses: [...new Set(found.filter((each) => each !== undefined))].filter(isPage),
      };
    });
}

/** A schema or a picture is no page to turn to. */
function isPage(address: string): boolean {
  return address.startsWith("/docs") && !/\.(?:json|webp)$/.test(address);
}

export interface Place {
  /** The entry of the navigation that is, or holds, the page. */
  readonly entry: string | undefined;
  readonly previous: string | undefined;
  readonly next: string | undefined;
}

/** Where a page stands: in the list, or among its neighbours in a folder that one entry stands for. */
export function placeOf(address: string, parts: readonly Part[], shelf: Shelf): Place {
  const listed = ["/docs", ...parts.flatMap(({ addresses }) => addresses)];
  const entry = listed.findLast((each) => address === each || address.startsWith(`${each}/`));
  const row = entry === address ? listed : [...shelf.files.keys()].filter(isBeside(address));
  const at = row.indexOf(address);
  const isIn = at !== -1;
  return {
    entry: entry === "/docs" && address !== "/docs" ? undefined : entry,
    previous: isIn ? row[at - 1] : undefined,
    next: isIn ? row[at + 1] : undefined,
  };
}

function isBeside(address: string): (other: string) => boolean {
  const folder = address.slice(0, address.lastIndexOf("/") + 1);
  return (other) => other.startsWith(folder) && !other.slice(folder.length).includes("/");
}
