/** A browser window that measures itself: first paint, how long interactions take, and when words appear. */
import { accessSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import type { Platform } from "../kit/platform.ts";

const programs = [process.env["CHROMIUM"] ?? "", "/usr/bin/chromium", "/usr/bin/chromium-browser"];

/** Nothing where there is no Chromium. */
export async function openBrowser(): Promise<Browser | undefined> {
  const program = programs.find((one) => one !== "" && isThere(one));
  if (program === undefined) return undefined;
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return await chromium.launch({ executablePath: program, args });
}

const saidTimeoutMs = 60_000;

export interface Window extends AsyncDisposable {
  readonly page: Page;
  readonly open: (address: string) => Promise<void>;
  readonly firstPaintMs: () => Promise<number>;
  /** Of each interaction that took 16 ms or more: from the key or click to the next frame. */
  readonly interactionsMs: () => Promise<readonly number[]>;
  /** Until a frame has shown the state sentence begin with these words. */
  readonly untilSaid: (words: string) => Promise<void>;
  /** When each state sentence was first in the page, epoch ms, after the frame that shows it. */
  readonly sentences: () => Promise<readonly { readonly text: string; readonly at: number }[]>;
}

const measuring = `
  globalThis.interactions = {};
  new PerformanceObserver((list) => {
    for (const { interactionId, duration } of list.getEntries()) {
      if (interactionId > 0) interactions[interactionId] = Math.max(interactions[interactionId] ?? 0, duration);
    }
  }).observe({ type: "event", durationThreshold: 16, buffered: true });
  globalThis.sentences = [];
  new MutationObserver(() => {
    const text = document.querySelector(".sentence-now")?.textContent ?? "";
    if (text === "" || text === sentences.at(-1)?.text) return;
    const seen = { text, at: Number.POSITIVE_INFINITY };
    sentences.push(seen);
    requestAnimationFrame(() => { seen.at = Date.now(); });
  }).observe(document, { subtree: true, childList: true, characterData: true });
`;

interface SignedIn {
  readonly origin: string;
  readonly storageState: Awaited<ReturnType<BrowserContext["storageState"]>>;
}

/** One sign-in for all windows of a browser, as a person has it. */
const signedIn = new WeakMap<Browser, Promise<SignedIn>>();

async function signIn(browser: Browser, platform: Platform): Promise<SignedIn> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the API's own type
  const { url } = (await platform.api("POST", "/session/links", {})) as { readonly url: string };
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForURL(({ pathname }) => pathname === "/");
  const storageState = await context.storageState();
  await context.close();
  return { origin: new URL(url).origin, storageState };
}

/** Signs in with a link, the first time. */
export async function signedInAt(browser: Browser, platform: Platform): Promise<SignedIn> {
  const known = signedIn.get(browser) ?? signIn(browser, platform);
  signedIn.set(browser, known);
  return await known;
}

/** With nothing in its cache. */
export async function openWindow(browser: Browser, platform: Platform): Promise<Window> {
  const { origin, storageState } = await signedInAt(browser, platform);
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    storageState,
  });
  await context.addInitScript({ content: measuring });
  const page = await context.newPage();
  return {
    page,
    open: async (address) => {
      await page.goto(`${origin}${address}`);
    },
    firstPaintMs: async () =>
      await page.evaluate(`performance.getEntriesByName("first-contentful-paint")[0]?.startTime`),
    interactionsMs: async () => await page.evaluate("Object.values(interactions)"),
    sentences: async () => await page.evaluate("sentences"),
    untilSaid: async (words) => {
      // Looking through all of the page's text at each frame would be work that the page does not have.
      const begins = `text.startsWith(${JSON.stringify(words)})`;
      const isSaid = `sentences.some(({ text, at }) => ${begins} && Number.isFinite(at))`;
      const deadline = Date.now() + saidTimeoutMs;
      while ((await page.evaluate(isSaid)) !== true) {
        if (Date.now() > deadline) throw new Error(`the page never said "${words}"`);
        await delay(50);
      }
    },
    [Symbol.asyncDispose]: async () => await context.close(),
  };
}

function isThere(file: string): boolean {
  try {
    accessSync(file);
    return true;
  } catch {
    return false;
  }
}
