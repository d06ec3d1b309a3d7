/** The reference of API, events and errors is as the code is; `npm run docs` writes it anew. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { routes } from "#faces/api/contract";
import { apiReference } from "./reference/api-reference.ts";
import { errorPages, errorsReference } from "./reference/errors-reference.ts";
import { eventsReference } from "./reference/events-reference.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const reference = path.join(root, "docs/reference");
const asItIs = { serializers: [String] };

test("reference: docs/reference/api.md has every route as it is", (context) => {
  const text = apiReference();
  for (const key of Object.keys(routes)) assert.ok(text.includes(`\n### ${key}\n`), key);
  context.assert.fileSnapshot(text, path.join(reference, "api.md"), asItIs);
});

test("reference: docs/reference/events.md has every event with its data", async (context) => {
  const files = ["journal", "people-events", "sign-in-events"].map(
    (name) => `src/domain/${name}.ts`,
  );
  const declarations = files.map(async (file) => await readFile(path.join(root, file), "utf8"));
  const text = eventsReference((await Promise.all(declarations)).join("\n"));
  assert.doesNotMatch(text, /```text\n\n```/, "an event without its data");
  context.assert.fileSnapshot(text, path.join(reference, "events.md"), asItIs);
});

test("reference: docs/reference/errors.md lists every problem", (context) => {
  context.assert.fileSnapshot(errorsReference(), path.join(reference, "errors.md"), asItIs);
});

for (const { file, text } of errorPages()) {
  test(`reference: docs/reference/${file} says what the server says`, (context) => {
    context.assert.fileSnapshot(text, path.join(reference, file), asItIs);
  });
}

test("reference: there is a page for each problem, and none for one that is gone", async () => {
  const kept = (await readdir(path.join(reference, "errors"))).map((name) => `errors/${name}`);
  assert.deepEqual(
    kept.toSorted(),
    errorPages()
      .map(({ file }) => file)
      .toSorted(),
  );
});
