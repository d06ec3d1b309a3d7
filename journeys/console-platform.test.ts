/** The platform's own page in a real browser: the machine, the journal and its chain, storage, delivery. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Browser } from "playwright-core";
import { lookAt, noBrowser, startBrowser, Visitor } from "./support/browser.ts";
import { Tidegate } from "./support/tidegate.ts";
import { answering, nodeApp } from "./support/tree.ts";

const skip = noBrowser ?? false;
const tide = await Tidegate.start();
const browser = noBrowser === undefined ? await startBrowser() : undefined;

test("the machine tells its sandbox level and what the doctor found", { skip }, async () => {
  await tide.deliverApp("shop", nodeApp(answering("one")));
  const { body } = await tide.api("GET /api/v1/findings");
  const visitor = await Visitor.come(must(browser), tide);
  await visitor.open("/");
  await visitor.page.keyboard.press("g");
  await visitor.page.keyboard.press("p");
  await visitor.reads(/level \d of 3/);
  for (const { name } of body.findings) await visitor.reads(name);
  await visitor.leave();
  await lookAt(must(browser), tide, {
    name: "platform-machine",
    address: "/platform",
    words: /level \d of 3/,
  });
});

test(
  "the journal is told newest first and grows while one looks; its chain is verified",
  { skip },
  async () => {
    const visitor = await Visitor.come(must(browser), tide);
    await visitor.open("/platform?view=journal");
    await visitor.reads("repository created");
    await visitor.page.getByRole("button", { name: "Verify the chain" }).click();
    await visitor.reads(/It is whole: \d+ entries\./);
    await tide.createApp("blog", nodeApp(answering("blog")));
    await visitor.reads("blog");
    const first = await visitor.page.locator(".journal li").first().textContent();
    assert.match(first ?? "", /repository created blog/);
    await visitor.leave();
    await lookAt(must(browser), tide, {
      name: "platform-journal",
      address: "/platform?view=journal",
      words: "repository created",
    });
  },
);

test("storage and delivery are told for the whole platform", { skip }, async () => {
  const visitor = await Visitor.come(must(browser), tide);
  await visitor.open("/platform?view=storage");
  await visitor.reads(/free of/);
  await visitor.page.getByRole("link", { name: "shop" }).click();
  await visitor.reads("where users reach it");
  await visitor.leave();
  await lookAt(must(browser), tide, {
    name: "platform-storage",
    address: "/platform?view=storage",
    words: /free of/,
  });
  await lookAt(must(browser), tide, {
    name: "platform-delivery",
    address: "/platform?view=delivery",
    words: "push to live",
  });
});

function must(found: Browser | undefined): Browser {
  assert.ok(found, noBrowser);
  return found;
}
