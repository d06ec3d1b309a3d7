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
  if (address.endsWith(".json")) return JSON.parse(page.body) === null ? ["it is empty"] : [];
  const faults: string[] = [];
  if (page.body.match(/<h1\b/g)?.length !== 1) faults.push("it has not one h1");
  if (/<script|<img|<iframe|\son\w+=|\sstyle=|javascript:/i.test(page.body)) {
    faults.push("it has what the policy forbids");
  }
  for (const [, href = ""] of page.body.matchAll(/<a [^>]*href="([^"]*)"/g)) {
    faults.push(...(await faultOfLink(href, page.body)));
  }
  return faults;
}

async function faultOfLink(href: string, body: string): Promise<readonly string[]> {
  if (href.startsWith("https://") || href === "/") return [];
  const [address = "", fragment] = href.split("#");
  const target = address === "" ? body : (await manual.pageAt(address))?.body;
  if (target === undefined) return [`${href} leads nowhere`];
  const isThere = fragment === undefined || target.includes(`id="${fragment}"`);
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
  const body = (await manual.pageAt("/docs"))?.body ?? "";
  const [main = ""] = /<main>[^]*<\/main>/.exec(body) ?? [];
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

test("manual: its policy lets nothing load and nothing run", () => {
  assert.match(manualPolicy, /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+'; /);
});
