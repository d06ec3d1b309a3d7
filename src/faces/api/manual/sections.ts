/** A page of the manual as search reads it: its headings, and the plain words below each. Pure. */
import { Marked, type Token, type Tokens } from "marked";
import { plainHeading, slugOf } from "./render-markdown.ts";

export interface Section {
  readonly depth: number;
  /** As the rendered heading has it; a row of a table has that of the heading above it. */
  readonly id: string;
  readonly heading: string;
  readonly text: string;
}

/** Tables of these are lists of things that one looks for by name. */
const named = new Set(["word", "key", "option", "code"]);

export function sectionsOf(text: string): readonly Section[] {
  const taken = new Map<string, number>();
  const sections: { depth: number; id: string; heading: string; text: string }[] = [];
  const rows: Section[] = [];
  for (const token of new Marked().lexer(text)) {
    if (isHeading(token)) {
      const heading = plainHeading(token.text);
      sections.push({ depth: token.depth, id: slugOf(heading, taken), heading, text: "" });
      continue;
    }
    const last = sections.at(-1);
    if (last === undefined) continue;
    if (isTable(token) && named.has(token.header[0]?.text ?? "")) {
      rows.push(...rowsOf(token, last));
    } else last.text = `${last.text} ${plainText(token)}`.trim();
  }
  return [...sections, ...rows].map((section) => ({
    ...section,
    text: section.text.replaceAll(/\s+/g, " "),
  }));
}

function rowsOf(table: Tokens.Table, { id, depth }: Section): readonly Section[] {
  return table.rows.map(([name, ...cells]) => ({
    depth: depth + 1,
    id,
    heading: name === undefined ? "" : cellText(name),
    text: cells.map(cellText).join(" · "),
  }));
}

function isHeading(token: Token): token is Tokens.Heading {
  return token.type === "heading";
}

function isTable(token: Token): token is Tokens.Table {
  return token.type === "table";
}

function cellText({ tokens }: Tokens.TableCell): string {
  return tokens.map(plainText).join("");
}

/** The words of a token without their marks. */
function plainText(token: Token): string {
  if (token.type === "html" || token.type === "space") return "";
  if (isTable(token)) return [token.header, ...token.rows].flat().map(cellText).join(" ");
  if (token.type === "list") {
    const items: readonly Token[] = token["items"];
    return items.map(plainText).join(" ");
  }
  if ("tokens" in token && token.tokens !== undefined) return token.tokens.map(plainText).join("");
  return "text" in token ? String(token.text) : "";
}
