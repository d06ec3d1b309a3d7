/** Serves the manual: Markdown that comes with the program, rendered when it is asked for, and kept. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import type { ReaderFiles } from "./frame.ts";
import type { Part } from "./order.ts";
import { decisionsAddress, type Shelf, shelfOf } from "./shelf.ts";

export interface ManualPage {
  readonly contentType: string;
  readonly body: string | Buffer;
  /** The same, compressed; pictures are already. */
  readonly brotli?: Buffer;
  /** Changes with the content: an HTTP entity tag. */
  readonly tag: string;
}

export interface Manual {
  /** The page at an address such as "/docs/how-to/replay-a-verdict"; `undefined` where there is none. */
  pageAt(address: string): Promise<ManualPage | undefined>;
}

export interface ManualOptions {
  readonly reader?: ReaderFiles;
  readonly version?: string;
}

/** What search looks through, beside the pages. */
export const searchAddress = "/docs/search.json";

/** Not the best, which takes seconds for a long page and saves little. */
const brotliQuality = 6;

/** Reads nothing before the first page is asked for; the renderer loads with it. */
export function openManual(options: ManualOptions = {}): Manual {
  let opened: ReturnType<typeof open> | undefined;
  const kept = new Map<string, ManualPage>();
  return {
    async pageAt(asked) {
      const address = asked.length > 1 ? asked.replace(/\/$/, "") : asked;
      const known = kept.get(address);
      if (known !== undefined) return known;
      opened ??= open(options);
      const manual = await opened.catch((fault: unknown) => {
        // What could not be read once may be the next time: files run out, and come back.
        opened = undefined;
        throw fault;
      });
      const made = await contentAt(address, manual);
      if (made === undefined) return undefined;
      const page = await finished(made);
      kept.set(address, page);
      return page;
    },
  };
}

interface Opened extends Required<ManualOptions> {
  readonly shelf: Shelf;
  readonly titles: ReadonlyMap<string, string>;
  readonly parts: readonly Part[];
}

type Content = Pick<ManualPage, "contentType" | "body">;

async function finished(content: Content): Promise<ManualPage> {
  const digest = createHash("sha256").update(content.body).digest("base64url").slice(0, 22);
  const page = { ...content, tag: `"${digest}"` };
  if (typeof content.body !== "string") return page;
  const params = { [constants.BROTLI_PARAM_QUALITY]: brotliQuality };
  return { ...page, brotli: await promisify(brotliCompress)(content.body, { params }) };
}

function decisionsList(titles: ReadonlyMap<string, string>): string {
  const items = [...titles]
    .filter(([address]) => address.startsWith(`${decisionsAddress}/`))
    .map(([address, title]) => `- [${title}](${address.replace("/docs/", "")}.md)`);
  return `# Decisions\n\nWhy it is like this, a page each.\n\n${items.join("\n")}\n`;
}

async function open({ reader = {}, version = "" }: ManualOptions): Promise<Opened> {
  const [shelf, { orderOf }] = await Promise.all([shelfOf(), import("./order.ts")]);
  const titles = await Promise.all(
    pagesOf(shelf).map(async ([address, file]) => {
      const [, title] = /^# (.+)$/m.exec(await readFile(file, "utf8")) ?? [];
      return [address, title?.replaceAll("`", "") ?? address] as const;
    }),
  );
  const first = shelf.files.get("/docs");
  const parts = first === undefined ? [] : orderOf(await readFile(first, "utf8"), first, shelf);
  const all = new Map([...titles, [decisionsAddress, "Decisions"] as const]);
  return { shelf, titles: all, parts, reader, version };
}

/** Those that are Markdown files: no picture, no schema, and not the list of decisions, which is made. */
function pagesOf({ files }: Shelf): readonly (readonly [address: string, file: string])[] {
  return [...files].filter(
    ([address]) => address !== decisionsAddress && !/\.(?:webp|json)$/.test(address),
  );
}

async function contentAt(address: string, manual: Opened): Promise<Content | undefined> {
  const { shelf, titles } = manual;
  if (address === searchAddress) return await searchContent(manual);
  // Only what is on the shelf is read: nobody's path reaches the file system.
  const file = shelf.files.get(address);
  if (file === undefined) return undefined;
  if (file.endsWith(".webp")) return { contentType: "image/webp", body: await readFile(file) };
  const text = address === decisionsAddress ? decisionsList(titles) : await readFile(file, "utf8");
  if (file.endsWith(".json")) return { contentType: "application/schema+json", body: text };
  const [{ renderMarkdown }, { frame }] = await Promise.all([
    import("./render-markdown.ts"),
    import("./frame.ts"),
  ]);
  const rendered = renderMarkdown(text, file, shelf);
  return {
    contentType: "text/html; charset=utf-8",
    body: frame(rendered, { ...manual, address }),
  };
}

async function searchContent({ shelf, titles, parts }: Opened): Promise<Content> {
  const { searchIndex } = await import("./search-index.ts");
  const read = pagesOf(shelf).map(async ([address, file]) => ({
    address,
    title: titles.get(address) ?? address,
    text: await readFile(file, "utf8"),
  }));
  const index = searchIndex(await Promise.all(read), parts);
  return { contentType: "application/json; charset=utf-8", body: JSON.stringify(index) };
}
