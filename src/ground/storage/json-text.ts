/** JSON as PostgreSQL can look into it. */
import type { DocumentKind, DocumentPut } from "#domain";

/** A NUL, or half a pair of surrogates, as `JSON.stringify` writes it; not the same after a
 * backslash of the text's own. */
const unstorable = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;

/** Kinds whose bodies SQL looks into (overview.ts, an index on changes); all others come back bit for bit. */
const lookedInto: ReadonlySet<DocumentKind> = new Set(["app", "change", "release", "rollout"]);

/**
 * A document's body as JSON. One character of it that PostgreSQL's text cannot hold makes every question into the
 * body fail (`->>`, an index on it), and with it every list that the document is in; it is replaced by U+FFFD.
 */
export function bodyText({ kind, body }: Pick<DocumentPut, "kind" | "body">): string {
  const text = JSON.stringify(body);
  if (!lookedInto.has(kind) || !text.includes("\\u")) return text;
  return text.replaceAll(unstorable, "$1\u{fffd}");
}
