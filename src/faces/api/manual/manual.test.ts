/** Every page of the manual as it is served, and every link of it. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { manualPolicy } from "./frame.ts";
import { openManual } from "./manual.ts";
import { renderMarkdown, slugOf } from "./render-markdown.ts";
import { decisionsAddress, shelfOf } from "./shelf.ts";

const shelf = await shelfOf();
const manual = openManual();
const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** What is said of a page that is wrong, by address. */
async function faultsOf(address: string): Promise<readonly string[]> {
  const page = await manual.pageAt(address);
  if (page === undefined) return ["it is not served"];
  if (address.endsWith(".webp")) {
    return isWebp(page.body) && page.contentType === "image/webp" ? [] : ["it is no picture"];
  }
  const body = String(page.body);
  if (address.endsWith(".json")) return JSON.parse(body) === null ? ["it is empty"] : [];
  return await faultsOfPage(body);
}

async function faultsOfPage(body: string): Promise<readonly string[]> {
  const faults: string[] = [];
  if (body.match(/<h1\b/g)?.length !== 1) faults.push("it has not one h1");
  if (/<script|<iframe|\son\w+=|\sstyle=|javascript:/i.test(body)) {
    faults.push("it has what the policy forbids");
  }
  for (const [, href = ""] of body.matchAll(/<a [^>]*href="([^"]*)"/g)) {
    faults.push(...(await faultOfLink(href, body)));
  }
  faults.push(...(await faultsOfPictures(body)));
  return faults;
}

async function faultsOfPictures(body: string): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const [, source = ""] of body.matchAll(/<(?:img src|source [^>]*srcset)="([^"]*)"/g)) {
    if (!/^\/docs\/pictures\/[\w-]+\.webp$/.test(source)) faults.push(`${source} is not ours`);
    if ((await manual.pageAt(source)) === undefined) faults.push(`${source} is not served`);
  }
  return faults;
}

function isWebp(body: string | Buffer): boolean {
  return typeof body !== "string" && body.subarray(0, 4).toString("latin1") === "RIFF";
}

async function faultOfLink(href: string, body: string): Promise<readonly string[]> {
  if (href.startsWith("https://") || href === "/") return [];
  const [address = "", fragment] = href.split("#");
  const target = address === "" ? body : (await manual.pageAt(address))?.body;
  if (target === undefined) return [`${href} leads nowhere`];
  const isThere = fragment === undefined || String(target).includes(`id="${fragment}"`);
  return isThere ? [] : [`${href} leads to no heading`];
}

test("manual: each page is served with one first heading, nothing that runs, and links that lead somewhere", async () => {
  assert.ok(shelf.files.size >= 100, `${shelf.files.size} pages`);
  const faults: string[] = [];
  for (const address of shelf.files.keys()) {
    faults.push(...(await faultsOf(address)).map((fault) => `${address}: ${fault}`));
  }
  assert.deepEqual(faults, []);
});

test("manual: each link of the Markdown leads to a file, for those who read it there", async () => {
  let links = 0;
  const faults: string[] = [];
  const files = [...shelf.files].filter(
    ([address, file]) => file.endsWith(".md") && address !== decisionsAddress,
  );
  for (const [, file] of files) {
    const text = (await readFile(file, "utf8")).replaceAll(/^```[^]*?^```/gm, "");
    for (const [, href = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(?:https?:|#)/.test(href)) continue;
      links += 1;
      const target = path.resolve(path.dirname(file), href.split("#")[0] ?? "");
      if (!existsSync(target)) faults.push(`${path.relative(root, file)}: ${href}`);
    }
  }
  assert.ok(links >= 60, `${links} links`);
  assert.deepEqual(faults, []);
});

test("manual: the first page leads to every tutorial and every guide", async () => {
  const body = String((await manual.pageAt("/docs"))?.body);
  const [main = ""] = /<article>[^]*<\/article>/.exec(body) ?? [];
  const guides = [...shelf.files.keys()].filter((each) =>
    /^\/docs\/(?:tutorial|how-to)\//.test(each),
  );
  assert.ok(guides.length >= 10);
  assert.deepEqual(
    guides.filter((each) => !main.includes(`href="${each}"`)),
    [],
  );
});

// oxfmt-ignore
const addresses: readonly (readonly [address: string, isServed: boolean])[] = [
  ["/docs", true], ["/docs/", true], ["/docs/how-to/roll-back", true], ["/docs/glossary", true], ["/docs/decisions", true],
  ["/docs/nope", false], ["/docs/../package.json", false], ["/docs/..%2fpackage.json", false], ["/docs/how-to/roll-back.md", false],
  ["/docs/reference/manifest.schema.json", true], ["/docs/__proto__", false],
];
for (const [address, isServed] of addresses) {
  test(`manual: ${address} is ${isServed ? "" : "not "}served`, async () => {
    assert.equal((await manual.pageAt(address)) !== undefined, isServed);
  });
}

test("manual: HTML in Markdown is not passed on, nor a link that would run something", () => {
  const text = "# a\n\n<script>x</script> <b>b</b>\n\n[c](javascript:alert(1)) ![d](x.png)";
  const { html } = renderMarkdown(text, "/a.md", shelf);
  assert.doesNotMatch(html, /<script|<b>|javascript|<img/);
  assert.match(html, /c d/);
});

test("manual: headings get the names that GitHub gives them", () => {
  const taken = new Map<string, number>();
  assert.equal(slugOf("GET /api/v1/apps/:app", taken), "get-apiv1appsapp");
  assert.equal(slugOf("Exit codes", taken), "exit-codes");
  assert.equal(slugOf("Exit codes", taken), "exit-codes-1");
});

test("manual: its policy lets nothing load or run but what this server has, and nothing inline", () => {
  assert.match(manualPolicy, /^default-src 'none'; script-src 'self'; style-src 'self'; /);
  assert.match(manualPolicy, /; require-trusted-types-for 'script'; trusted-types 'none'$/);
  assert.doesNotMatch(manualPolicy, /unsafe|sha256|https?:/);
});

test("manual: without a build of the console it is plain; with one it loads the reader's files", async () => {
  const reader = { script: "/assets/reader-12345678.js", style: "/assets/reader-12345678.css" };
  const [plain, whole] = await Promise.all(
    [openManual(), openManual({ reader })].map(async (each) => (await each.pageAt("/docs"))?.body),
  );
  assert.doesNotMatch(String(plain), /<script|rel="stylesheet"/);
  assert.match(
    String(whole),
    /<script type="module" src="\/assets\/reader-12345678.js"><\/script>/,
  );
  assert.match(String(whole), /<link rel="stylesheet" href="\/assets\/reader-12345678.css">/);
});

test("manual: every page is in the navigation, or below an entry of it", async () => {
  const body = String((await manual.pageAt("/docs"))?.body);
  const [navigation = ""] = /<nav id="pages"[^]*?<\/nav>/.exec(body) ?? [];
  const listed = [...navigation.matchAll(/href="([^"]+)"/g)].map(([, href = ""]) => href);
  const pages = [...shelf.files.keys()].filter((each) => !/\.(?:json|webp)$/.test(each));
  const isListed = (page: string): boolean =>
    listed.some((each) => page === each || (each !== "/docs" && page.startsWith(`${each}/`)));
  const lost = pages.filter((page) => !isListed(page));
  assert.deepEqual(lost, []);
  assert.match(navigation, /<h2>Tutorial<\/h2>[^]*<h2>How-to guides<\/h2>[^]*<h2>Reference<\/h2>/);
});

// oxfmt-ignore
const places: readonly (readonly [address: string, entry: string, previous: string | undefined, next: string | undefined])[] = [
  ["/docs",                                  "/docs",                    undefined,                              "/docs/tutorial/1-first-delivery"],
  ["/docs/tutorial/1-first-delivery",        "/docs/tutorial/1-first-delivery", "/docs",                         "/docs/tutorial/2-a-bad-change-is-caught"],
  ["/docs/decisions/0002-the-rollout-drives-itself", "/docs/decisions",  "/docs/decisions/0001-state-is-what-the-journal-adds-up-to", "/docs/decisions/0003-candidates-run-web-alone"],
];
for (const [address, entry, previous, next] of places) {
  test(`manual: ${address} knows its place`, async () => {
    const body = String((await manual.pageAt(address))?.body);
    assert.ok(body.includes(`<a href="${entry}" aria-current="page">`), entry);
    const turns = ["prev", "next"].map(
      (rel) => new RegExp(`<a rel="${rel}" href="([^"]+)"`).exec(body)?.[1],
    );
    assert.deepEqual(turns, [previous, next]);
  });
}

test("manual: a heading has its address beside it, and a page of many has a list of them", async () => {
  const body = String((await manual.pageAt("/docs/how-to/steer-a-rollout"))?.body);
  assert.match(
    body,
    /<div class="heading"><h2 id="take-it-away">Take it away<\/h2><a class="anchor" href="#take-it-away" aria-label="Link to “Take it away”">/,
  );
  assert.match(body, /<nav class="contents"[^]*<a href="#take-it-away">Take it away<\/a>/);
  const short = String((await manual.pageAt("/docs/reference/errors"))?.body);
  assert.doesNotMatch(short, /class="contents"/);
});

const pictureBytesMax = 1_000_000;

test("manual: its pictures are taken by a journey, shown on a page, by day and by night, and small", async () => {
  const journey = await readFile(path.join(root, "journeys/pictures.test.ts"), "utf8");
  const taken = [...journey.matchAll(/^ +name: "([\w-]+)",$/gm)].map(([, name = ""]) => name);
  const shown = new Set<string>();
  for (const [, file] of shelf.files) {
    if (!/docs\/(?:tutorial|how-to|explanation)\//.test(file)) continue;
    const text = await readFile(file, "utf8");
    for (const [, name = ""] of text.matchAll(/!\[[^\]]+\]\(\.\.\/pictures\/([\w-]+)\.webp\)/g)) {
      shown.add(name);
    }
  }
  assert.ok(shown.size >= 4, "pictures were found in the pages");
  assert.deepEqual([...shown].toSorted(), taken.toSorted(), "what is shown is what is taken");
  const kept = [...shelf.files].filter(([address]) => address.endsWith(".webp"));
  assert.deepEqual(
    kept.map(([address]) => path.basename(address, ".webp")).toSorted(),
    taken.flatMap((name) => [name, `${name}-dark`]).toSorted(),
  );
  const sizes = await Promise.all(kept.map(async ([, file]) => (await readFile(file)).length));
  assert.ok(sizes.reduce((sum, each) => sum + each, 0) < pictureBytesMax);
});

test("manual: a picture is shown by the reader's theme, and says what it shows", () => {
  const file = path.join(root, "docs/how-to/x.md");
  const { html } = renderMarkdown('# a\n\n![b "c"](../pictures/overview.webp)', file, shelf);
  assert.match(html, /<source media="\(prefers-color-scheme: dark\)" srcset="[^"]+-dark\.webp">/);
  assert.match(html, /<img src="\/docs\/pictures\/overview\.webp" alt="b &quot;c&quot;" /);
});

test("manual: what could not be read once is read the next time", async () => {
  let isFirst = true;
  const failing = openManual({
    get version() {
      if (!isFirst) return "1.0.0";
      isFirst = false;
      throw new Error("EMFILE: too many open files");
    },
  });
  await assert.rejects(failing.pageAt("/docs"), /EMFILE/);
  assert.ok(await failing.pageAt("/docs"));
});
