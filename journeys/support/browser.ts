/**
 * A person at a browser: Debian's Chromium by playwright-core. Pages are looked at in both themes and two
 * widths; pictures go to an ignored folder, and every page is held against axe-core's rules.
 */
import assert from "node:assert/strict";
import { accessSync, constants } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { after } from "node:test";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import type { Tidegate } from "./tidegate.ts";

const programs = [process.env["CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser"];
const program = programs.find((one) => one !== undefined && isProgram(one));

/** Why no browser can be had here; absent: one can. */
export const noBrowser: string | undefined =
  program === undefined ? "there is no Chromium here: apt-get install chromium" : undefined;

export const themes = ["light", "dark"] as const;
export const widthsPx = [1280, 360] as const;
const heightsPx = { 1280: 900, 360: 740 } as const;
const shotsDir = path.join(import.meta.dirname, "..", "..", "coverage", "screenshots");

/** Starts a browser that is closed after the file's tests. */
export async function startBrowser(): Promise<Browser> {
  const browser = await launchBrowser();
  after(async () => await browser.close());
  return browser;
}

/** Starts a browser that whoever asked for it closes. */
export async function launchBrowser(more: readonly string[] = []): Promise<Browser> {
  assert.ok(program, noBrowser);
  // Root may not use Chromium's own sandbox; the pages are ours.
  const args = process.getuid?.() === 0 ? ["--no-sandbox", ...more] : [...more];
  return await chromium.launch({ executablePath: program, args });
}

export interface VisitorOptions {
  readonly theme?: (typeof themes)[number];
  readonly width?: (typeof widthsPx)[number];
  /** Not signed in. */
  readonly isStranger?: boolean;
}

/**
 * A person with a window of their own. Who is signed in, is so as the machine's admin, and all windows of
 * that person belong to one browser: it has fetched and compiled the console once.
 */
export class Visitor {
  readonly page: Page;
  /** What the page complained of: there is to be nothing. */
  readonly complaints: string[] = [];
  readonly #tide: Tidegate;

  private constructor(tide: Tidegate, page: Page) {
    this.#tide = tide;
    this.page = page;
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("dialog", (dialog) => {
      this.complaints.push(`a script ran: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("console", (message) => {
      const text = message.text();
      const { url } = message.location();
      // A wrong password, a spent link, a provider's no: refused because somebody tried it.
      const isTried = /\/api\/v1\/session\/|\/auth\/oidc\//.test(url);
      const isRefused = /status of (?:401|403)/.test(text) && !isTried;
      if (isRefused || /Content Security Policy|Trusted/i.test(text)) {
        this.complaints.push(`${text} (${url})`);
      }
    });
  }

  static async come(
    browser: Browser,
    tide: Tidegate,
    { theme = "light", width = 1280, isStranger = false }: VisitorOptions = {},
  ): Promise<Visitor> {
    const page = isStranger
      ? await browser.newPage()
      : await (await signedIn(browser, tide)).newPage();
    const visitor = new Visitor(tide, page);
    await visitor.sits({ theme, width });
    return visitor;
  }

  /** Before a screen of this width that is light or dark. */
  async sits({ theme, width }: Required<Pick<VisitorOptions, "theme" | "width">>): Promise<void> {
    await this.page.emulateMedia({ colorScheme: theme });
    await this.page.setViewportSize({ width, height: heightsPx[width] });
  }

  async open(address: string): Promise<void> {
    // A session belongs to the name under which it began, and passkeys want one.
    const url = `http://localhost:${this.#tide.port}${address}`;
    // Who is there already loads it anew, also when it ends in a fragment.
    await (this.page.url() === url ? this.page.reload() : this.page.goto(url));
    await this.page.locator("main h1").first().waitFor();
  }

  /** Waits until these words are in the page. */
  async reads(words: string | RegExp, withinMs = 20_000): Promise<void> {
    const found = this.page.getByText(words).filter({ visible: true }).first();
    try {
      await found.waitFor({ timeout: withinMs });
    } catch (cause) {
      const text = (await this.page.locator("body").innerText()).slice(0, 2_000);
      throw new Error(`not within ${withinMs} ms: ${String(words)}; the page says:\n${text}`, {
        cause,
      });
    }
  }

  /** No rule of axe-core is broken on the page as it is. */
  async isAccessible(): Promise<void> {
    await this.page.evaluate(await axeSource());
    const broken: unknown = await this.page.evaluate(`axe
      .run(document, { resultTypes: ["violations"] })
      .then(({ violations }) => violations.map(({ id, nodes }) =>
        id + ": " + nodes.map(({ html }) => html.slice(0, 160)).join(" | ")))`);
    assert.deepEqual(broken, [], `${this.page.url()} breaks rules of accessibility`);
  }

  /** Nothing sticks out sideways. */
  async fits(): Promise<void> {
    const root = "document.documentElement";
    const wide = Number(await this.page.evaluate(`${root}.scrollWidth`));
    const wanted = Number(await this.page.evaluate(`${root}.clientWidth`));
    assert.ok(wide <= wanted, `${this.page.url()} is ${wide} px wide in ${wanted} px`);
  }

  async photograph(name: string): Promise<void> {
    await mkdir(shotsDir, { recursive: true });
    await this.page.screenshot({ path: path.join(shotsDir, `${name}.png`), fullPage: true });
  }

  async leave(): Promise<void> {
    await this.page.close();
    assert.deepEqual(this.complaints, []);
  }
}

const signedInto = new WeakMap<Tidegate, Promise<BrowserContext>>();

/** The browser of somebody who came in as `tidegate open` lets them in; one for each platform. */
async function signedIn(browser: Browser, tide: Tidegate): Promise<BrowserContext> {
  const context = signedInto.get(tide) ?? enter(browser, tide);
  signedInto.set(tide, context);
  return await context;
}

async function enter(browser: Browser, tide: Tidegate): Promise<BrowserContext> {
  const { body } = await tide.api("POST /api/v1/session/links", {});
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(body.url);
  await page.waitForURL((url) => url.pathname === "/");
  await page.close();
  return context;
}

export interface Look {
  readonly name: string;
  readonly address: string;
  /** What is to be read there before it is looked at. */
  readonly words: string | RegExp;
  readonly isStranger?: boolean;
}

/** Looks at a page in both themes and widths: it fits, breaks no rule, and has its picture taken. */
export async function lookAt(
  browser: Browser,
  tide: Tidegate,
  { name, address, words, isStranger = false }: Look,
): Promise<void> {
  const visitor = await Visitor.come(browser, tide, { isStranger });
  for (const theme of themes) {
    for (const width of widthsPx) {
      await visitor.sits({ theme, width });
      await visitor.open(address);
      await visitor.reads(words);
      await visitor.fits();
      await visitor.isAccessible();
      await visitor.photograph(`${name}-${theme}-${width}`);
    }
  }
  await visitor.leave();
}

let axe: string | undefined;

async function axeSource(): Promise<string> {
  axe ??= await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  return axe;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
