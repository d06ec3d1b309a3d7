import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAppName } from "./ids.ts";
import { publicHosts } from "./public-hosts.ts";

const at = { domain: "example.org", port: 8443 };

function app(text: string) {
  const name = parseAppName(text);
  assert.ok(name.ok);
  return { name: name.value };
}

test("public hosts: what users come by is named before any preview", () => {
  assert.deepEqual(publicHosts([{ ...app("shop"), domains: ["www.shop.test"] }, app("blog")], at), [
    "shop.example.org",
    "blog.example.org",
    "www.shop.test",
    "preview-shop.example.org",
    "preview-blog.example.org",
  ]);
});

test("public hosts: an app that is called like a preview is named once", () => {
  assert.deepEqual(publicHosts([app("shop"), app("preview-shop")], at), [
    "shop.example.org",
    "preview-shop.example.org",
    "preview-preview-shop.example.org",
  ]);
});
