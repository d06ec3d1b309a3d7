/** Finds headings of the manual by what was typed. Pure. */
import type { ManualIndex } from "#faces/api/contract";

export interface Hit {
  readonly href: string;
  /** The heading; the page's title where the words are at its beginning. */
  readonly title: string;
  /** Where that is: "How-to guides · Roll back". */
  readonly where: string;
  /** The text around the words; empty when the words are all in the heading. */
  readonly excerpt: string;
}

export const hitsMax = 30;
/** Of one page, so that a long one does not hide the others. */
const hitsOfPageMax = 5;
const excerptChars = 110;

/** Pages beside those that one reads: they come later than others of the same worth. */
const besides = new Set(["Decisions", "Errors", "Manual"]);

/**
 * Every word has to begin a word of the section, its heading or its page's title, and one of them is to be the
 * section's own. A heading counts more than the text below it, and what a page says it is looked for by counts
 * like its title; equal ones stay in reading order. "invite" finds "invitation", though it counts less.
 */
export function find(index: ManualIndex, typed: string): readonly Hit[] {
  const words = typed
    .toLowerCase()
    .split(/[^\p{L}\p{N}_]+/u)
    .filter(Boolean);
  if (words.length === 0) return [];
  const ofPage = new Map<number, number>();
  return index.sections
    .map((section) => ({ section, score: scoreOf(section, index, words) }))
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score)
    .filter(({ section: { page } }) => {
      const count = (ofPage.get(page) ?? 0) + 1;
      ofPage.set(page, count);
      return count <= hitsOfPageMax;
    })
    .slice(0, hitsMax)
    .map(({ section }) => hitOf(section, index, words));
}

type Section = ManualIndex["sections"][number];

/** Zero: a word is nowhere, or all are in the title of the page only. */
function scoreOf(section: Section, { pages }: ManualIndex, words: readonly string[]): number {
  const { title = "", also = "", part = "" } = pages[section.page] ?? {};
  const isPage = section.heading === "";
  const own = isPage ? `${title} ${also}` : section.heading;
  const here = words.map((word) => placeIn(own, word) * 8 + placeIn(section.text, word));
  const all = words.map((word, at) => (here[at] ?? 0) + placeIn(title, word) * 2);
  if (all.includes(0) || sum(here) === 0) return 0;
  // What is called just that comes first; among others, the page before its parts.
  const name = isPage ? title : section.heading;
  const called = name.toLowerCase() === words.join(" ") ? 40 : 0;
  const score = sum(all) + called + (isPage ? 1 : 0);
  return besides.has(part) ? score / 2 : score;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

/** 2: as a whole word; 1: as the beginning of one; a half: as another form of it; 0: not. */
function placeIn(text: string, word: string): number {
  const low = text.toLowerCase();
  const place = beginningIn(low, word);
  const stem = stemOf(word);
  return place === 0 && stem !== undefined && beginningIn(low, stem) > 0 ? 0.5 : place;
}

/** What forms of an English word share, roughly: "invit" of "invite", "roll" of "rolling". Short words have none. */
function stemOf(word: string): string | undefined {
  const stem = word.replace(/(?:ations?|ing|ed|es|e|s)$/, "");
  return stem.length >= 4 && stem !== word ? stem : undefined;
}

function beginningIn(low: string, word: string): number {
  let best = 0;
  for (let at = low.indexOf(word); at !== -1 && best < 2; at = low.indexOf(word, at + 1)) {
    if (isLetter(low[at - 1])) continue;
    best = isLetter(low[at + word.length]) ? 1 : 2;
  }
  return best;
}

function isLetter(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}

function hitOf(section: Section, { pages }: ManualIndex, words: readonly string[]): Hit {
  const page = pages[section.page];
  const title = page?.title ?? "";
  const part = page?.part ?? "";
  return {
    href: `${page?.address ?? "/docs"}${section.id === "" ? "" : `#${section.id}`}`,
    title: section.heading === "" ? title : section.heading,
    where: section.heading === "" ? part : `${part} · ${title}`,
    excerpt: excerptOf(section.text, words),
  };
}

/** Begins a little before the first word that is found. */
function excerptOf(text: string, words: readonly string[]): string {
  const low = text.toLowerCase();
  const places = words.map((word) => low.indexOf(word)).filter((at) => at !== -1);
  const first = Math.min(...places, text.length);
  const from = first < 40 || first === text.length ? 0 : text.lastIndexOf(" ", first - 30) + 1;
  const cut = text.slice(from, from + excerptChars);
  const isWhole = from + excerptChars >= text.length;
  return `${from === 0 ? "" : "… "}${isWhole ? cut : `${cut.slice(0, cut.lastIndexOf(" "))} …`}`;
}
