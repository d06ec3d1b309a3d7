/** The console in a real browser, on a running platform with real deliveries: every page and every action. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { lookAt, noBrowser, startBrowser, Visitor } from "./support/browser.ts";
import type { Repository } from "./support/repository.ts";
import { Tidegate } from "./support/tidegate.ts";
import type { Traffic } from "./support/traffic.ts";
import { answering, exampleTree, nodeApp } from "./support/tree.ts";

const skip = noBrowser ?? false;
const tide = await Tidegate.start();
const browser = noBrowser === undefined ? await startBrowser() : undefined;

const gates = `rollout:
  strategy: steps
  steps:
    - { weight: 10%, for: 1s, until: approval }
    - { weight: 30%, for: 1s, until: approval }
    - { weight: 60%, for: 1s, until: approval }
`;
let gated: Repository;
let traffic: Traffic;

test("a newcomer sees three commands that lead to a first delivery", { skip }, async () => {
  await lookAt(must(browser), tide, {
    name: "overview-empty",
    address: "/",
    words: "git push tide main",
  });
});

test("who is not signed in is told how to, and sees nothing", { skip }, async () => {
  const stranger = await Visitor.come(must(browser), tide, { isStranger: true });
  await stranger.open("/changes");
  await stranger.reads("You are not signed in");
  await stranger.isAccessible();
  await stranger.photograph("no-session-light-1280");
  await stranger.leave();
});

test(
  "a delivery appears on the overview while one looks, and its page tells its story",
  { skip },
  async () => {
    const visitor = await Visitor.come(must(browser), tide);
    await visitor.open("/");
    await visitor.reads("Nothing is delivered here yet");
    await tide.deliverApp("shop", await exampleTree("hello-node"));
    await visitor.reads("shop");
    await visitor.page.getByRole("link", { name: "First", exact: true }).first().click();
    await visitor.reads("Everybody has it.");
    for (const section of [
      "Exposure",
      "Tests",
      "Gate",
      "Logs",
      "What happened",
      "Commit and build",
      "Evidence",
    ]) {
      await visitor.page.getByRole("heading", { name: section, exact: true }).waitFor();
    }
    await visitor.leave();
    const { id } = await tide.change("shop");
    await lookAt(must(browser), tide, { name: "overview", address: "/", words: "Last changes" });
    await lookAt(must(browser), tide, { name: "changes", address: "/changes", words: "First" });
    await lookAt(must(browser), tide, {
      name: "change-live",
      address: `/changes/${id}`,
      words: "Everybody has it.",
    });
  },
);

test(
  "pause, resume and approve are one key each, and the question names the effect and the users",
  { skip },
  async () => {
    gated = await tide.deliverApp("gated", nodeApp(answering("one"), { "tidegate.yaml": gates }));
    await gated.commit("Say two", nodeApp(answering("two"), { "tidegate.yaml": gates }));
    await gated.push();
    const { id } = await tide.change("gated");
    const visitor = await Visitor.come(must(browser), tide);
    await visitor.open(`/changes/${id}`);
    await visitor.reads(/10 % of users have it; held/);

    await visitor.page.keyboard.press("a");
    await visitor.reads("Approve this rollout?");
    await visitor.reads(/Step 1 of 3 passes; then: 30 % of users/);
    await visitor.reads(/No user has met it yet/);
    // Who reads the question sees whom it is about by then, and not when it was asked.
    traffic = tide.traffic("gated", { requestsPerSecond: 40, users: 600 });
    await visitor.reads(/\d+ users? ha(?:s|ve) met it so far/);
    await visitor.isAccessible();
    await visitor.photograph("confirmation-light-1280");
    await visitor.page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
    await visitor.reads(/30 % of users have it/);

    await lookAt(must(browser), tide, {
      name: "change-held",
      address: `/changes/${id}`,
      words: /30 % of users/,
    });
    await visitor.leave();
  },
);

test("a word about a step that has passed does nothing, and says so", { skip }, async () => {
  const { id } = await tide.change("gated");
  const [ana, ben] = [
    await Visitor.come(must(browser), tide),
    await Visitor.come(must(browser), tide),
  ];
  for (const one of [ana, ben]) {
    await one.open(`/changes/${id}`);
    await one.reads(/30 % of users have it; held/);
    await one.page.keyboard.press("a");
    await one.reads("Approve this rollout?");
  }
  await ana.page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
  await ben.reads("This has changed while you were looking");
  await ben.reads(/It is in step 3 of 3, no longer in 2/);
  await ben.page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
  await ben.reads(/Nothing was done/);
  await ben.photograph("stale-light-1280");
  await ben.isAccessible();
  const { body } = await tide.api(`GET /api/v1/changes/${id}`);
  assert.equal(body.rollout.stepNumber, 3);
  await ana.leave();
  await ben.leave();
});

test(
  "promoting over the evidence asks for a reason, and everybody has it then",
  { skip },
  async () => {
    const { id } = await tide.change("gated");
    const visitor = await Visitor.come(must(browser), tide);
    await visitor.open(`/changes/${id}`);
    await visitor.reads(/60 % of users have it/);
    await visitor.page.keyboard.press("e");
    await visitor.reads(/also the 40 % of users who do not have it/);
    const reason = visitor.page.getByLabel(/Why, for the journal/);
    await reason.fill("checked by hand");
    await reason.press("Enter");
    await visitor.reads("Everybody has it.");
    await visitor.leave();
  },
);

test("abort takes it away with one key and one question", { skip }, async () => {
  await gated.commit("Say three", nodeApp(answering("three"), { "tidegate.yaml": gates }));
  await gated.push();
  const { id } = await tide.change("gated");
  const visitor = await Visitor.come(must(browser), tide);
  await visitor.open(`/changes/${id}`);
  await visitor.reads(/10 % of users have it/);
  await visitor.page.keyboard.press("x");
  await visitor.reads(/taken away from everybody/);
  await visitor.page.getByRole("dialog").getByRole("button", { name: "Abort" }).click();
  await visitor.reads("Admin took it away from those who met it.");
  await visitor.photograph("taken-away-by-a-person-light-1280");
  await visitor.leave();
});

test("pause and resume hold and free a rollout", { skip }, async () => {
  const slow = "rollout:\n  strategy: steps\n  steps:\n    - { weight: 10%, for: 10m }\n";
  await gated.commit("Say four", nodeApp(answering("four"), { "tidegate.yaml": slow }));
  await gated.push();
  const { id } = await tide.change("gated");
  const visitor = await Visitor.come(must(browser), tide);
  await visitor.open(`/changes/${id}`);
  await visitor.reads(/10 % of users have it/);
  await visitor.page.keyboard.press("p");
  await visitor.reads(/Exposure stays at 10 %/);
  await visitor.page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
  await visitor.reads(/10 % of users have it; paused/);
  await visitor.page.keyboard.press("r");
  await visitor.page.getByRole("dialog").getByRole("button", { name: "Resume" }).click();
  await visitor.reads(/^10 % of users have it\.$/);
  await visitor.leave();
  await tide.cli(["rollout", "abort", "--app", "gated"]);
  await traffic.stop();
});

test("tests that failed come first, with what they said", { skip }, async () => {
  const author = await tide.createApp("broken", {
    ...(await exampleTree("hello-node")),
    ...(await exampleTree("hello-node-changes/failing-test")),
  });
  await author.push();
  const { id } = await tide.change("broken");
  await lookAt(must(browser), tide, {
    name: "change-failed",
    address: `/changes/${id}`,
    words: "It was not delivered; no user met it.",
  });
  const visitor = await Visitor.come(must(browser), tide);
  await visitor.open(`/changes/${id}`);
  await visitor.page.locator(".case").first().waitFor();
  const [first] = await visitor.page.locator(".case").allInnerTexts();
  assert.match(first ?? "", /failed/);
  await visitor.leave();
});

test(
  "everything can be done by the keyboard: the palette finds a change and goes there",
  { skip },
  async () => {
    const visitor = await Visitor.come(must(browser), tide);
    await visitor.open("/");
    await visitor.page.keyboard.press("Control+k");
    await visitor.page.getByRole("combobox", { name: /Search apps/ }).fill("Say two");
    await visitor.page.getByRole("option", { name: /Say two/ }).waitFor();
    await visitor.isAccessible();
    await visitor.photograph("palette-light-1280");
    await visitor.page.keyboard.press("Enter");
    await visitor.page.waitForURL(/\/changes\/chg_/);
    await visitor.page.getByRole("heading", { level: 1, name: "Say two" }).waitFor();
    await visitor.page.keyboard.press("g");
    await visitor.page.keyboard.press("o");
    await visitor.page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    await visitor.page.keyboard.press("?");
    await visitor.page.getByRole("dialog", { name: "Keys" }).waitFor();
    await visitor.isAccessible();
    await visitor.leave();
  },
);

test("what a repository, its author and its log say is only ever text", { skip }, async () => {
  const long = "a very long name ".repeat(12);
  const subject = `<img src=x onerror=alert(1)> \u05e9\u05dc\u05d5\u05dd \u202eevil ${long}`;
  const noise = 'console.log("<script>alert(2)</script> \\u001b[31mred\\u001b[0m \\u202egnp.exe");';
  const tests = `import { test } from "node:test";\ntest("<script>alert(3)</script> & 'quotes'", () => { ${noise} throw new Error("<b onmouseover=alert(4)>"); });\n`;
  const app = nodeApp(answering("x"), { "x.test.js": tests });
  const manifest = JSON.parse(app["package.json"] ?? "{}");
  manifest.scripts.test = "node --test";
  const author = await tide.createApp("hostile", {
    ...app,
    "package.json": JSON.stringify(manifest),
  });
  await author.git(
    "commit",
    "--quiet",
    "--amend",
    "--message",
    subject,
    "--author",
    "\"onload='alert(5)' <a@example.org>",
  );
  await author.push();
  const { id } = await tide.change("hostile");
  await lookAt(must(browser), tide, {
    name: "change-hostile",
    address: `/changes/${id}`,
    words: /onerror=alert/,
  });
  await lookAt(must(browser), tide, { name: "overview-hostile", address: "/", words: "hostile" });
  const visitor = await Visitor.come(must(browser), tide);
  await visitor.open(`/changes/${id}`);
  await visitor.reads(/<script>alert\(3\)<\/script>/);
  const foreign = visitor.page.locator("main img, main script, main b[onmouseover], main [onload]");
  assert.equal(await foreign.count(), 0);
  await visitor.page.locator("#diff .commits").waitFor();
  assert.doesNotMatch(await visitor.page.locator("main").innerText(), /[\u202a-\u202e]/);
  await visitor.leave();
});

test(
  "the page goes on where it was when the server is killed and comes back",
  { skip },
  async () => {
    const author = await tide.deliverApp("steady", nodeApp(answering("one")));
    const visitor = await Visitor.come(must(browser), tide);
    await visitor.open("/changes");
    await visitor.page.locator(".live", { hasText: "Live" }).waitFor();
    await tide.kill("server");
    await visitor.page.locator(".live", { hasText: "Reconnecting" }).waitFor();
    await visitor.photograph("reconnecting-light-1280");
    await visitor.page.locator(".live", { hasText: "Live" }).waitFor({ timeout: 30_000 });
    await author.commit("After the fall", { "note.txt": "x" });
    await author.push();
    await visitor.reads("After the fall");
    await visitor.leave();
  },
);

test("at twice its size on a small screen nothing is cut off", { skip }, async () => {
  const { id } = await tide.change("gated");
  for (const address of ["/", "/changes", `/changes/${id}`]) {
    const visitor = await Visitor.come(must(browser), tide);
    // 1280 px at 200 % are 640 px to a page.
    await visitor.page.setViewportSize({ width: 640, height: 400 });
    await visitor.open(address);
    await visitor.fits();
    await visitor.leave();
  }
});

test("an address that leads nowhere says so", { skip }, async () => {
  await lookAt(must(browser), tide, {
    name: "not-found",
    address: "/changes/chg_nothing",
    words: "Not found",
  });
});

test("a mistyped address is a page of the console, with a way back", { skip }, async () => {
  const visitor = await Visitor.come(must(browser), tide);
  for (const address of ["/nonesuch", "/apps/gated/nonesuch", "/docs/nonesuch"]) {
    const answer = await visitor.page.goto(`http://localhost:${tide.port}${address}`);
    assert.equal(answer?.status(), 404, address);
    await visitor.reads("There is no such page");
  }
  await visitor.isAccessible();
  await visitor.photograph("no-such-page-light-1280");
  await visitor.page.getByRole("link", { name: "Go to the overview" }).click();
  await visitor.page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  await visitor.page.keyboard.press("g");
  await visitor.page.keyboard.press("m");
  await visitor.page.getByRole("heading", { level: 1, name: "The manual" }).waitFor();
  await visitor.leave();
});

test(
  "what a section shows is taken along from one quiet menu, and the index says where one is",
  { skip },
  async () => {
    const { id } = await tide.change("gated");
    const visitor = await Visitor.come(must(browser), tide);
    const { page } = visitor;
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await visitor.open(`/changes/${id}`);
    const copied = async () => await page.evaluate<string>("navigator.clipboard.readText()");
    const opener = page.getByRole("button", { name: "Copy Exposure", exact: true });
    await opener.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: /^Copy as command tidegate rollout/ }).waitFor();
    await visitor.isAccessible();
    await visitor.photograph("section-menu-light-1280");
    await page.keyboard.press("Escape");
    assert.equal(
      await page.getByRole("button", { name: /^Copy as command tidegate rollout/ }).count(),
      0,
    );
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("Copied").waitFor();
    assert.match(await copied(), /^tidegate rollout show rol_/);
    await opener.click();
    await page.getByRole("button", { name: /^Copy as JSON as the API has it/ }).click();
    await page.waitForFunction("navigator.clipboard.readText().then((text) => text[0] === '{')");
    assert.equal(JSON.parse(await copied()).app, "gated");
    await page.locator("#guardrails summary", { hasText: "The verdict in full" }).click();
    await page.locator("#guardrails details p", { hasText: /evidence|request/ }).waitFor();
    await page.locator("#guardrails").getByText("baseline, over").first().waitFor();
    const index = page.getByRole("navigation", { name: "On this page" });
    await index.getByRole("link", { name: "Gate", exact: true }).click();
    await index.locator('[aria-current="location"]', { hasText: "Gate" }).waitFor();
    assert.match(page.url(), /#gate$/);
    const [heading, bar] = await Promise.all([
      page.getByRole("heading", { name: "Gate", exact: true }).boundingBox(),
      index.boundingBox(),
    ]);
    assert.ok(
      must(heading ?? undefined).y >= must(bar ?? undefined).y + must(bar ?? undefined).height,
    );
    await visitor.isAccessible();
    await visitor.leave();
  },
);

test("the evidence drawer gives commands that verify what it shows", { skip }, async () => {
  const { id, commit } = await tide.change("gated");
  const visitor = await Visitor.come(must(browser), tide);
  await visitor.open(`/changes/${id}`);
  await visitor.page.locator("#evidence summary").click();
  await visitor.reads("signed here and about this artifact");
  const command = `tidegate evidence verify ${commit.slice(0, 7)}`;
  await visitor.reads(command);
  await visitor.isAccessible();
  await visitor.page.locator("#evidence").scrollIntoViewIfNeeded();
  await visitor.photograph("evidence-light-1280");
  await visitor.leave();
  const verified = await tide.cli(command.split(" ").slice(1));
  assert.equal(verified.code, 0, verified.stderr);
});

test("nothing was logged at error", () =>
  tide.logged("error").then((lines) => assert.deepEqual(lines, [])));

function must<T>(value: T | undefined): T {
  assert.ok(value !== undefined);
  return value;
}
