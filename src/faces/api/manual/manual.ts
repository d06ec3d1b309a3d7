/** Serves the manual: Markdown that comes with the program, rendered when it is asked for, and kept. */
import { readFile } from "node:fs/promises";
import { decisionsAddress, type Shelf, shelfOf } from "./shelf.ts";

export interface ManualPage {
  readonly contentType: string;
  readonly body: string | Buffer;
}

export interface Manual {
  /** The page at an address such as "/docs/how-to/replay-a-verdict"; `undefined` where there is none. */
  pageAt(address: string): Promise<ManualPage | undefined>;
}

/** Reads nothing before the first page is asked for; the renderer loads with it. */
export function openManual(): Manual {
  let opened: ReturnType<typeof open> | undefined;
  const kept = new Map<string, ManualPage>();
  return {
    async pageAt(asked) {
      const address = asked.length > 1 ? asked.replace(/\/$/, "") : asked;
      const known = kept.get(address);
      if (known !== undefined) return known;
      const { shelf, titles } = await (opened ??= open());
      // Only what is on the shelf is read: nobody's path reaches the file system.
      const file = shelf.files.get(address);
      if (file === undefined) return undefined;
      const page = await made(address, file, { shelf, titles });
      kept.set(address, page);
      return page;
    },
  };
}

interface Opened {
  readonly shelf: Shelf;
  readonly titles: ReadonlyMap<string, string>;
}

function decisionsList(titles: ReadonlyMap<string, string>): string {
  const items = [...titles]
    .filter(([address]) => address.startsWith(`${decisionsAddress}/`))
    .map(([address, title]) => `- [${title}](${address.replace("/docs/", "")}.md)`);
  return `# Decisions\n\nWhy it is like this, a page each.\n\n${items.join("\n")}\n`;
}

async function open(): Promise<Opened> {
  const shelf = await shelfOf();
  const pages = [...shelf.files].filter(
    ([address]) => address !== decisionsAddress && !address.endsWith(".webp"),
  );
  const titles = await Promise.all(
    pages.map(async ([address, file]) => {
      const [, title] = /^# (.+)$/m.exec(await readFile(file, "utf8")) ?? [];
      return [address, title?.replaceAll("`", "") ?? address] as const;
    }),
  );
  return { shelf, titles: new Map([...titles, [decisionsAddress, "Decisions"]]) };
}

async function made(address: string, file: string, { shelf, titles }: Opened): Promise<ManualPage> {
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
    body: frame(rendered, { address, shelf, titles }),
  };
}
