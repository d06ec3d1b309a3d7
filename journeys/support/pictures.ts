/**
 * Pictures for the manual: of a page as it is, in both themes. With TIDEGATE_PICTURES=write they go to
 * `docs/pictures`, and beside them what stood on the page; without, what stands there now is compared with
 * that, so that no picture outlives the page it shows.
 */
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Browser, Page } from "playwright-core";
import { themes, Visitor } from "./browser.ts";
import { eventuallyTrue } from "./eventually.ts";
import type { Tidegate } from "./tidegate.ts";

const directory = path.join(import.meta.dirname, "..", "..", "docs", "pictures");
const outlineFile = path.join(directory, "outlines.json");
const size = { width: 1120, height: 840 };
const quality = 80;
const wholeWithinMs = 10_000;
const isWriting = process.env["TIDEGATE_PICTURES"] === "write";

export interface Picture {
  /** `docs/pictures/NAME.webp`, and `NAME-dark.webp`. */
  readonly name: string;
  readonly address: string;
  /** What is to be read there before it is taken, so that the page is whole. */
  readonly words: readonly (string | RegExp)[];
  /** What is to be in its middle; default: the top of the page. */
  readonly at?: string;
}

export async function takePicture(
  browser: Browser,
  tide: Tidegate,
  { name, address, words, at }: Picture,
): Promise<void> {
  for (const theme of themes) {
    const visitor = await Visitor.come(browser, tide, { theme });
    await visitor.page.setViewportSize(size);
    await visitor.open(address);
    for (const each of words) await visitor.reads(each);
    await visitor.page.locator(".live", { hasText: "Live" }).waitFor();
    if (at !== undefined) await visitor.page.evaluate(toMiddle(at));
    // Nothing is pointed at, and what moves in stands where it will.
    await visitor.page.mouse.move(0, 0);
    await visitor.page.evaluate("document.fonts.ready");
    if (!isWriting) await untilWhole(visitor.page, (await outlines())[name]);
    const outline = await outlineOf(visitor.page);
    const file = `${name}${theme === "dark" ? "-dark" : ""}.webp`;
    if (isWriting) await write(visitor.page, { name, file, outline });
    else assert.deepEqual(outline, (await outlines())[name], stale(name));
    await visitor.leave();
  }
}

function stale(name: string): string {
  return `docs/pictures/${name}.webp shows another page than there is: npm run docs -- --pictures`;
}

/** Sections come when their answers do; what is not there in time is told by the comparison. */
async function untilWhole(page: Page, kept: unknown): Promise<void> {
  const isWhole = async () => isDeepStrictEqual(await outlineOf(page), kept);
  await eventuallyTrue("the page is whole", isWhole, wholeWithinMs).catch(() => undefined);
}

/** What a reader would look for in a picture: the parts of the page, and what can be pressed or followed. */
async function outlineOf(page: Page): Promise<unknown> {
  return await page.evaluate(`[...document.querySelectorAll(
    "nav[aria-label=Pages] a, main h2, main .actions button"
  )].map((one) => one.firstChild.textContent)`);
}

async function outlines(): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(outlineFile, "utf8").catch(() => "{}");
  const read: Readonly<Record<string, unknown>> = JSON.parse(text);
  return read;
}

interface Written {
  readonly name: string;
  readonly file: string;
  readonly outline: unknown;
}

/** Playwright itself makes no WebP, which takes a third of the room. */
async function write(page: Page, { name, file, outline }: Written): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const { data } = await devtools.send("Page.captureScreenshot", { format: "webp", quality });
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, file), Buffer.from(data, "base64"));
  const all = { ...(await outlines()), [name]: outline };
  const sorted = Object.fromEntries(Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  await writeFile(outlineFile, `${JSON.stringify(sorted, undefined, 2)}\n`);
}

function toMiddle(selector: string): string {
  return `document.querySelector(${JSON.stringify(selector)}).scrollIntoView({ block: "center", behavior: "instant" })`;
}
