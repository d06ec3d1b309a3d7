/**
 * The product's own manual: which pages there are, and which file each is made of. They come with the
 * program, so that what an instance serves is about the instance that serves it.
 */
import { readdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** Pages beside `docs` that its pages lead to. */
const besides = [
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "GLOSSARY.md",
  "SECURITY.md",
];

/** The page that lists the decisions. */
export const decisionsAddress = "/docs/decisions";

export interface Shelf {
  /** Absolute file by address: "/docs/how-to/replay-a-verdict". */
  readonly files: ReadonlyMap<string, string>;
  /** Address by absolute file. */
  readonly addresses: ReadonlyMap<string, string>;
}

/** Looks what there is: every page, picture and schema under `docs`, and the pages of the project beside it. */
export async function shelfOf(directory = root): Promise<Shelf> {
  const docs = path.join(directory, "docs");
  const names = await readdir(docs, { recursive: true });
  const pages = names
    .filter((name) => /\.(?:md|schema\.json|webp)$/.test(name))
    .map((name) => [addressOf(name), path.join(docs, name)] as const);
  const others = besides.map(
    (name) => [addressOf(name.toLowerCase()), path.join(directory, name)] as const,
  );
  // Decisions have no list of their own that somebody would have to keep.
  const decisions = [decisionsAddress, path.join(docs, "decisions")] as const;
  const all = [...others, ...pages, decisions].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    files: new Map(all),
    addresses: new Map(all.map(([address, file]) => [file, address])),
  };
}

/** "how-to/README.md" is the page of its folder. */
function addressOf(name: string): string {
  const plain = name.split(path.sep).join("/").replace(/\.md$/, "");
  const folder = plain.replace(/(?:^|\/)README$/, "");
  return folder === "" ? "/docs" : `/docs/${folder}`;
}
