/** What search looks through: every heading of every page, and how its text begins. Pure. */
import { some } from "#std";
import type { ManualIndex, ManualIndexPage, ManualIndexSection } from "#faces/api/contract";
import type { Part } from "./order.ts";
import { sectionsOf } from "./sections.ts";
import { decisionsAddress } from "./shelf.ts";

/** Of a section's text; enough for what it is about, and the whole of most. Changes what one download weighs. */
const textCharsMax = 600;

export interface PageText {
  readonly address: string;
  readonly title: string;
  readonly text: string;
}

export function searchIndex(pages: readonly PageText[], parts: readonly Part[]): ManualIndex {
  const listed = parts.flatMap(({ addresses }) => addresses);
  const rank = (address: string): number => {
    const at = listed.indexOf(address);
    return at === -1 ? listed.length : at;
  };
  const ordered = pages.toSorted((a, b) => rank(a.address) - rank(b.address));
  return {
    pages: ordered.map(({ address, title, text }): ManualIndexPage => ({
      address,
      title,
      part: partOf(address, parts),
      ...some("also", alsoOf(text)),
    })),
    sections: ordered.flatMap(({ address, text }, page) =>
      entriesOf(address, text).map(({ id, heading, text: below }): ManualIndexSection => ({
        page,
        id,
        heading,
        text: below.slice(0, textCharsMax),
      })),
    ),
  };
}

/** The headings of all decisions are the same few: a decision is one entry. */
function entriesOf(address: string, text: string): readonly Omit<ManualIndexSection, "page">[] {
  const sections = sectionsOf(text);
  if (isDecision(address)) {
    return [
      {
        id: "",
        heading: "",
        text: sections
          .map((each) => each.text)
          .join(" ")
          .trim(),
      },
    ];
  }
  return sections.map((section) =>
    section.depth === 1 ? { ...section, id: "", heading: "" } : section,
  );
}

/** A page says in a comment by which words it is looked for, beside its own: `<!-- also: invite, user -->`. */
function alsoOf(text: string): string | undefined {
  return /^<!-- also: (.+?) -->$/m.exec(text)?.[1];
}

function isDecision(address: string): boolean {
  return address.startsWith(`${decisionsAddress}/`);
}

function partOf(address: string, parts: readonly Part[]): string {
  if (isDecision(address)) return "Decisions";
  if (address.startsWith("/docs/reference/errors/")) return "Errors";
  return parts.find(({ addresses }) => addresses.includes(address))?.title ?? "Manual";
}
