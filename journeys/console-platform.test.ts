/** The platform's own page in a real browser: the machine, people, the audit log and its chain, storage, delivery. */
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
  "somebody is invited, listed, disabled; the policy says what each role may do",
  { skip },
  async () => {
    const visitor = await Visitor.come(must(browser), tide);
    await visitor.open("/platform?view=people");
    await visitor.reads("put everybody back to an earlier release");
    await visitor.page.getByLabel("Name (they may choose it)").fill("ben");
    await visitor.page.getByRole("button", { name: "Make the link" }).click();
    await visitor.reads("Send them this link. It is shown once.");
    await visitor.reads(/\/invitations\/\S+#/);
    await visitor.isAccessible();
    const { status } = await tide.api("POST /api/v1/users", {
      name: "cleo",
      grants: [{ role: "viewer", on: "app:shop" }],
    });
    assert.equal(status, 201);
    await visitor.page.reload();
    await visitor.reads("cleo");
    await visitor.page.getByRole("button", { name: "Disable cleo" }).click();
    await visitor.reads("Disable cleo?");
    await visitor.isAccessible();
    const question = visitor.page.getByRole("dialog");
    await question.getByRole("button", { name: "Disable", exact: true }).click();
    await visitor.page.getByRole("button", { name: "Enable cleo" }).waitFor();
    await visitor.leave();
    await lookAt(must(browser), tide, {
      name: "platform-people",
      address: "/platform?view=people",
      words: "cleo",
    });
  },
);

test("who did what is told newest first, with why; the chain is verified", { skip }, async () => {
  const visitor = await Visitor.come(must(browser), tide);
  await visitor.open("/platform?view=audit");
  await visitor.reads("user changed");
  await visitor.page.getByText("what changed").first().click();
  await visitor.reads(/after: /);
  await visitor.page.getByRole("button", { name: "Verify the chain" }).click();
  await visitor.reads(/It is whole: \d+ entries\./);
  await visitor.leave();
  await lookAt(must(browser), tide, {
    name: "platform-audit",
    address: "/platform?view=audit",
    words: "user changed",
  });
  await lookAt(must(browser), tide, {
    name: "platform-tokens",
    address: "/platform?view=tokens",
    words: "A new token",
  });
});

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
