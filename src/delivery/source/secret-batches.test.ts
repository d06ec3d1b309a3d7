import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isLocalUrl } from "./local-url.ts";
import { batchTexts, locate } from "./secret-batches.ts";

test("batches: every line of every text is found again where it was", () => {
  const text = fc.array(fc.constantFrom("a", "b\r\nc", "", "d\re", "f\u2028g"), { maxLength: 5 });
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 6 }), fc.nat(40), (texts, lengthMax) => {
      const marked = texts.map((lines, index) => ({
        path: `f${index}`,
        text: [...lines, `mark-${index}`].join("\n"),
      }));
      for (const batch of batchTexts(marked, lengthMax)) {
        for (const [index, line] of batch.text.split(/\r\n|[\r\n\u2028\u2029]/).entries()) {
          if (!line.startsWith("mark-")) continue;
          const place = locate(batch, index + 1);
          assert.equal(place.path, `f${line.slice(5)}`);
          const own = marked.find(({ path }) => path === place.path)?.text ?? "";
          assert.equal(own.split(/\r\n|[\r\n\u2028\u2029]/)[place.line - 1], line);
        }
      }
    }),
  );
});

test("batches: what goes by its name or has its own comments stays alone", () => {
  const texts = ["a.js", "package.json", "b.js", "x/.npmrc", "k.p12"].map((path) => ({
    path,
    text: path,
  }));
  const batches = batchTexts([...texts, { path: "c.js", text: "// secretlint-disable" }], 1000);
  assert.deepEqual(
    batches.map(({ fileName, parts }) => [fileName, parts.map(({ path }) => path)]),
    [
      ["package.json", ["package.json"]],
      [".npmrc", ["x/.npmrc"]],
      ["text.txt", ["c.js"]],
      ["text.txt", ["a.js", "b.js", "k.p12"]],
    ],
  );
});

// oxfmt-ignore
const urls: readonly (readonly [text: string, isLocal: boolean])[] = [
  ["DATABASE_URL=postgres://shop:hunter2@localhost:5432/shop",  true],
  ["postgres://shop:hunter2@127.0.0.1/shop",                    true],
  ["amqp://guest:guest@rabbit:5672",                            true],
  ["https://user:pass@api.example.com/x",                       true],
  ["postgres://shop:hunter2@db.shop.io/shop",                   false],
  ["postgres://shop:hunter2@10.0.0.7/shop",                     false],
  ["https://user:pass@localhost.evil.io/",                      false],
  ["no address at all",                                         false],
];

for (const [text, isLocal] of urls) {
  test(`addresses: ${text} ${isLocal ? "opens nothing" : "may open something"}`, () => {
    assert.equal(isLocalUrl(`first\n${text}\nlast`, [6, 6 + text.length]), isLocal);
  });
}
