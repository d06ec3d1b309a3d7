/** The manual as somebody reads it who is not signed in: by search, by its lists, by day, by night, on paper. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { lookAt, noBrowser, startBrowser, Visitor } from "./support/browser.ts";
import { eventuallyTrue } from "./support/eventually.ts";
import { Tidegate } from "./support/tidegate.ts";

const skip = noBrowser ?? false;
const tide = await Tidegate.start();
const browser = noBrowser === undefined ? await startBrowser() : undefined;

async function reader(options: { readonly width?: 1280 | 360 } = {}): Promise<Visitor> {
  assert.ok(browser !== undefined, noBrowser);
  return await Visitor.come(browser, tide, { ...options, isStranger: true });
}

const looks = [
  ["manual", "/docs", "Your first delivery"],
  ["manual-tutorial", "/docs/tutorial/1-first-delivery", "Start Tidegate"],
  ["manual-guide", "/docs/how-to/steer-a-rollout", "Take it away"],
  ["manual-verdicts", "/docs/explanation/verdicts", "Part one"],
  ["manual-command-line", "/docs/reference/cli", "tidegate up"],
  ["manual-words", "/docs/glossary", "harm budget"],
] as const;
for (const [name, address, words] of looks) {
  test(
    `reading: ${address} fits and breaks no rule, by day, by night, wide and narrow`,
    { skip },
    async () => {
      assert.ok(browser !== undefined, noBrowser);
      await lookAt(browser, tide, { name, address, words: new RegExp(words), isStranger: true });
    },
  );
}

test(
  "reading: by the keyboard alone, from a key to a heading of another page",
  { skip },
  async () => {
    const visitor = await reader();
    const { page } = visitor;
    await visitor.open("/docs");
    await page.keyboard.press("/");
    await page.getByRole("combobox", { name: "Search the manual" }).waitFor();
    await visitor.isAccessible();
    await page.keyboard.type("zzzz");
    await visitor.reads("Nothing in the manual has all these words.");
    await page.getByRole("combobox").fill("take away rollout");
    const first = page.getByRole("option").first();
    await first.getByText("Take it away").waitFor();
    assert.equal(await first.getAttribute("aria-selected"), "true");
    await visitor.isAccessible();
    await visitor.photograph("manual-search");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/docs/how-to/steer-a-rollout#take-it-away");
    // The index was asked for, and nothing else beside the page and what it is made of.
    const asked = await page.evaluate(
      "performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)",
    );
    assert.ok(
      Array.isArray(asked) && asked.every((each) => /^\/(?:assets|docs)\//.test(String(each))),
      String(asked),
    );
    await visitor.leave();
  },
);

test("reading: the way back, the page before and after, and where one is", { skip }, async () => {
  const visitor = await reader();
  const { page } = visitor;
  await visitor.open("/docs/how-to/steer-a-rollout");
  await page.locator('#pages [aria-current="page"]', { hasText: "Steer a rollout" }).waitFor();
  await page.locator(".contents").getByRole("link", { name: "Take it away" }).click();
  await page.locator('.contents [aria-current="location"]', { hasText: "Take it away" }).waitFor();
  await page.getByRole("link", { name: /^Next/ }).click();
  await page.waitForURL("**/docs/how-to/roll-back");
  await page.getByRole("link", { name: /^Previous/ }).click();
  await page.waitForURL("**/docs/how-to/steer-a-rollout");
  assert.equal(await page.getByRole("link", { name: "Console" }).getAttribute("href"), "/");
  const icon = await page.locator('link[rel="icon"]').getAttribute("href");
  assert.equal((await page.request.get(`http://localhost:${tide.port}${icon}`)).status(), 200);
  await visitor.leave();
});

test(
  "reading: a heading's address and a command are copied, and that is said",
  { skip },
  async () => {
    const visitor = await reader();
    const { page } = visitor;
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await visitor.open("/docs/tutorial/1-first-delivery");
    await page.getByRole("link", { name: "Link to “Deliver it”" }).click();
    await page.getByRole("status").getByText("Link copied").waitFor();
    const address = `http://localhost:${tide.port}/docs/tutorial/1-first-delivery#deliver-it`;
    assert.equal(await page.evaluate("navigator.clipboard.readText()"), address);
    assert.equal(page.url(), address);
    await page.getByRole("button", { name: "Copy" }).first().click();
    await page
      .getByRole("status")
      .getByText(/^Copied$/)
      .waitFor();
    assert.match(String(await page.evaluate("navigator.clipboard.readText()")), /npm install/);
    await visitor.leave();
  },
);

test(
  "reading: a theme that is chosen here is the console's too, and pictures follow it",
  { skip },
  async () => {
    const visitor = await reader();
    const { page } = visitor;
    await visitor.open("/docs/how-to/steer-a-rollout");
    const button = page.getByRole("button", { name: /^Theme/ });
    await button.click();
    await button.click();
    const theme = "document.documentElement.dataset.theme";
    assert.equal(await page.evaluate(theme), "dark");
    const picture = page.locator("article picture img").first();
    await picture.scrollIntoViewIfNeeded();
    const shown = "document.querySelector('article picture img').currentSrc";
    await eventuallyTrue(
      "the picture is by night",
      async () => String(await page.evaluate(shown)).endsWith("-dark.webp"),
      5_000,
    );
    await page.goto(`http://localhost:${tide.port}/sign-in`);
    assert.equal(await page.evaluate(theme), "dark");
    await visitor.leave();
  },
);

test(
  "reading: on a narrow screen the pages and the headings are behind a button each",
  { skip },
  async () => {
    const visitor = await reader({ width: 360 });
    const { page } = visitor;
    await visitor.open("/docs/how-to/steer-a-rollout");
    const pages = page.locator("#pages");
    assert.equal(await pages.isVisible(), false);
    await page.getByRole("button", { name: "Pages" }).click();
    await pages.getByRole("link", { name: "Roll back" }).waitFor();
    await visitor.isAccessible();
    await page.keyboard.press("Escape");
    await pages.waitFor({ state: "hidden" });
    await page.getByText("On this page").click();
    await page.locator(".contents").getByRole("link", { name: "Take it away" }).click();
    await page.locator(".contents li").first().waitFor({ state: "hidden" });
    await visitor.fits();
    await visitor.leave();
  },
);

test("reading: on paper there is the text, in ink, and nothing to press", { skip }, async () => {
  const visitor = await reader();
  const { page } = visitor;
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  await visitor.open("/docs/tutorial/1-first-delivery");
  for (const name of ["header", "#pages", ".contents", ".turn", ".copy", ".anchor"]) {
    assert.equal(await page.locator(name).first().isVisible(), false, name);
  }
  const ink = await page.evaluate("getComputedStyle(document.body).color");
  assert.equal(ink, "rgb(0, 0, 0)");
  await visitor.photograph("manual-print");
  await visitor.leave();
});

const firstPageBytesMax = 60_000;

test(
  "reading: the first page with all that it loads is small, and a second visit asks for no file again",
  { skip },
  async () => {
    const visitor = await reader();
    const { page } = visitor;
    await visitor.open("/docs");
    await page.waitForLoadState("networkidle");
    const sum = `[...performance.getEntriesByType("resource"), ...performance.getEntriesByType("navigation")]
    .reduce((bytes, { transferSize }) => bytes + transferSize, 0)`;
    const bytes = Number(await page.evaluate(sum));
    assert.ok(bytes > 1_000 && bytes < firstPageBytesMax, `${bytes} bytes`);
    const again = await page.request.get(page.url());
    const tag = again.headers()["etag"] ?? "";
    const same = await page.request.get(page.url(), { headers: { "if-none-match": tag } });
    assert.deepEqual([again.status(), same.status()], [200, 304]);
    await visitor.leave();
  },
);
