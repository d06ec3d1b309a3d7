/** What search is given: every heading with its place, and things that tables name. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openManual, searchAddress } from "./manual.ts";
import { searchIndex } from "./search-index.ts";
import { sectionsOf } from "./sections.ts";

const text = `# Roll *back*

First \`words\`, and a [link](x.md).

<!-- not said -->

## Try it

- one
- two

\`\`\`sh
tidegate rollback
\`\`\`

| key | is |
| --- | --- |
| \`a.b\` | a *thing* |

## Try it

| x | y |
| --- | --- |
| 1 | 2 |
`;

test("search index: a page says by which other words it is looked for", () => {
  const told = `# Let people in\n\n<!-- also: invite, user -->\n\nThey come in.`;
  const address = "/docs/how-to/let-people-in";
  const page = { address, title: "Let people in", text: told };
  const { pages, sections } = searchIndex(
    [page],
    [{ title: "How-to guides", addresses: [address] }],
  );
  assert.deepEqual(pages, [
    { address, title: "Let people in", part: "How-to guides", also: "invite, user" },
  ]);
  assert.deepEqual(sections, [{ page: 0, id: "", heading: "", text: "They come in." }]);
});

test("search index: a page is its headings, with the plain words below each, and what its tables name", () => {
  assert.deepEqual(sectionsOf(text), [
    { depth: 1, id: "roll-back", heading: "Roll back", text: "First words, and a link." },
    { depth: 2, id: "try-it", heading: "Try it", text: "one two tidegate rollback" },
    { depth: 2, id: "try-it-1", heading: "Try it", text: "x y 1 2" },
    { depth: 3, id: "try-it", heading: "a.b", text: "a thing" },
  ]);
});

test("search index: listed pages come first, as they are listed, and a decision is one entry", () => {
  const pages = ["/docs/decisions/0001-a", "/docs/b", "/docs/a"].map((address) => ({
    address,
    title: address,
    text: "# t\n\nx\n\n## h\n\ny\n",
  }));
  const parts = [{ title: "How-to guides", addresses: ["/docs/a", "/docs/b"] }];
  const index = searchIndex(pages, parts);
  assert.deepEqual(
    index.pages.map(({ address, part }) => [address, part]),
    [
      ["/docs/a", "How-to guides"],
      ["/docs/b", "How-to guides"],
      ["/docs/decisions/0001-a", "Decisions"],
    ],
  );
  assert.deepEqual(
    index.sections.map(({ page, heading, text: below }) => [page, heading, below]),
    [
      [0, "", "x"],
      [0, "h", "y"],
      [1, "", "x"],
      [1, "h", "y"],
      [2, "", "x y"],
    ],
  );
});

const indexBytesMax = 150_000;

test("search index: each entry of the manual leads to a heading that is served, and it is small", async () => {
  const manual = openManual();
  const served = await manual.pageAt(searchAddress);
  const index: ReturnType<typeof searchIndex> = JSON.parse(String(served?.body));
  assert.ok(index.pages.length >= 200, `${index.pages.length} pages`);
  assert.ok(index.sections.length >= 600, `${index.sections.length} sections`);
  const faults: string[] = [];
  for (const { page, id, heading } of index.sections) {
    const address = index.pages[page]?.address ?? "";
    const body = String((await manual.pageAt(address))?.body);
    if (id !== "" && !body.includes(`id="${id}"`)) faults.push(`${address}#${id}: ${heading}`);
  }
  assert.deepEqual(faults, []);
  const compressed = served?.brotli?.length ?? Infinity;
  assert.ok(compressed < indexBytesMax, `${compressed} bytes`);
});
