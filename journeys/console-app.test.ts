/** The page of one app in a real browser: releases and the way back, logs, configuration, tests, delivery. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Browser } from "playwright-core";
import { eventuallyTrue } from "./support/eventually.ts";
import { lookAt, noBrowser, startBrowser, Visitor } from "./support/browser.ts";
import type { Repository } from "./support/repository.ts";
import { type Json, Tidegate } from "./support/tidegate.ts";
import { answering, nodeApp, type Tree } from "./support/tree.ts";

const skip = noBrowser ?? false;
const tide = await Tidegate.start();
const browser = noBrowser === undefined ? await startBrowser() : undefined;

const atOnce = "rollout:\n  strategy: all-at-once\n";
/** Prints what a hostile log could hold, and 30,000 lines. */
const talks = `console.log("\\u001b[31mred\\u001b[0m <script>alert(1)</script> \\u202eevil");
for (let line = 1; line <= 30_000; line += 1) console.log("step " + line + " of the warm-up");
setInterval(() => console.log("still here " + Date.now()), 200);`;

function shop(body: string, tests: string, more: Tree = {}): Tree {
  const scripts = { start: "node server.js", test: "node --test" };
  return {
    ...nodeApp(answering(body, talks), { "tidegate.yaml": atOnce, ...more }),
    "package.json": JSON.stringify({ name: "shop", private: true, type: "module", scripts }),
    "cart.test.js": `import { test } from "node:test";\n${tests}`,
  };
}
const passing = 'test("adds up", () => {});\ntest("rounds", () => {});\n';
const failing = 'test("adds up", () => {});\ntest("rounds", () => { throw new Error("1.5"); });\n';
let repository: Repository;

test("an app's page tells what is live, what runs and where it is reached", { skip }, async () => {
  repository = await tide.deliverApp("shop", shop("one", passing));
  const commit = await repository.commit("Say two", shop("two", passing, { "added.txt": "new\n" }));
  await repository.push();
  await tide.untilState(commit, ["live"]);
  const visitor = await Visitor.come(must(browser), tide);
  await visitor.open("/");
  await visitor.page.getByRole("link", { name: "shop", exact: true }).first().click();
  await visitor.reads("where users reach it");
  await visitor.reads("v2");
  await visitor.leave();
  await lookAt(must(browser), tide, {
    name: "app-releases",
    address: "/apps/shop",
    words: "Releases",
  });
});

test(
  "any two releases are compared by code and by the names of configuration",
  { skip },
  async () => {
    const visitor = await Visitor.come(must(browser), tide);
    await visitor.open("/apps/shop");
    await visitor.page.getByRole("button", { name: "Compare with v2: v1" }).first().click();
    await visitor.reads("added.txt");
    await visitor.reads("Say two");
    assert.match(visitor.page.url(), /from=1&to=2/);
    await visitor.page.getByText("Show the lines").click();
    await visitor.reads(
      '+const server = createServer((request, response) => response.end("two\\n"));',
    );
    await visitor.isAccessible();
    await visitor.photograph("app-compare-light-1280");
    await visitor.leave();
  },
);

test("one goes back to an earlier release with one question", { skip }, async () => {
  const visitor = await Visitor.come(must(browser), tide);
  await visitor.open("/apps/shop");
  await visitor.page.getByRole("button", { name: "Go back to v1" }).click();
  await visitor.reads(/Everybody leaves v2 for the code and configuration of v1/);
  await visitor.isAccessible();
  await visitor.page.getByLabel(/^Why, for the journal/).fill("totals are wrong");
  await visitor.photograph("app-roll-back-light-1280");
  await visitor.page.getByRole("dialog").getByRole("button", { name: "Go back to v1" }).click();
  await visitor.page.getByRole("dialog").waitFor({ state: "hidden" });
  await visitor.reads("a way back to v1");
  assert.equal((await tide.visit("shop")).body, "one\n");
  const { body: audit } = await tide.api("GET /api/v1/audit?limit=20");
  const asked = audit.entries.find((entry: Json) => entry.what === "rollback.asked");
  assert.equal(asked?.why, "totals are wrong");
  await visitor.page.keyboard.press("Control+k");
  await visitor.page.getByRole("combobox", { name: /Search apps/ }).fill("rollback");
  const entry = visitor.page.getByRole("option", { name: /Go back to an earlier release: shop/ });
  await entry.waitFor();
  await visitor.isAccessible();
  await visitor.page.keyboard.press("Escape");
  await visitor.leave();
});

test(
  "a log of 30,000 lines is read at its end, searched and linked, and what it holds is only text",
  { skip },
  async () => {
    const visitor = await Visitor.come(must(browser), tide);
    await visitor.open("/apps/shop?view=logs");
    await visitor.reads(/still here \d+/);
    await visitor.page.getByRole("searchbox", { name: /^Search: Log of/ }).fill("STEP 17171 of");
    await visitor.reads("1 of 1 line");
    await visitor.reads("step 17171 of the warm-up");
    await visitor.page.getByRole("button", { name: "Link to line 17172" }).click();
    await visitor.page.waitForURL(/line=17172/);
    await visitor.page.goto(visitor.page.url().replace(/line=\d+/, "line=1"));
    await visitor.reads("red <script>alert(1)</script>");
    await visitor.isAccessible();
    await visitor.leave();
    await lookAt(must(browser), tide, {
      name: "app-logs",
      address: "/apps/shop?view=logs",
      words: /still here/,
    });
  },
);

test("configuration is written, named, unset, and never shown", { skip }, async () => {
  const visitor = await Visitor.come(must(browser), tide);
  const answers: string[] = [];
  visitor.page.on("response", (response) => {
    if (response.url().includes("/api/"))
      void response.text().then(
        (text) => answers.push(text),
        () => undefined,
      );
  });
  await visitor.open("/apps/shop?view=configuration");
  await visitor.reads("Nothing is set.");
  await visitor.page.getByLabel("Name").fill("PAYMENT_KEY");
  await visitor.page.getByLabel("Value").fill("sk_not_for_eyes");
  await visitor.page.getByRole("button", { name: "Set", exact: true }).click();
  await visitor.reads("PAYMENT_KEY");
  await visitor.reads("version 1");
  await lookAt(must(browser), tide, {
    name: "app-configuration",
    address: "/apps/shop?view=configuration",
    words: "PAYMENT_KEY",
  });
  assert.ok(!(await visitor.page.content()).includes("sk_not_for_eyes"));
  await visitor.page.reload();
  await visitor.reads("PAYMENT_KEY");
  await visitor.page.getByRole("button", { name: "Unset PAYMENT_KEY" }).click();
  await visitor.page.getByRole("button", { name: "Unset PAYMENT_KEY; its value is lost" }).click();
  await visitor.reads("Nothing is set.");
  await visitor.leave();
});

test(
  "an app's own domains are told, added, and removed with a question that names the effect",
  { skip },
  async () => {
    const visitor = await Visitor.come(must(browser), tide);
    await visitor.open("/apps/shop");
    await visitor.page.getByRole("link", { name: "add one" }).click();
    await visitor.reads(/Users reach it by shop\.localhost:\d+ alone/);
    await visitor.isAccessible();
    await visitor.photograph("app-domains-none-light-1280");
    const name = visitor.page.getByLabel("One more name");
    await name.fill("shop.localhost");
    await name.press("Enter");
    await visitor.reads(/Nothing was added: .*beneath \.localhost/);
    await visitor.isAccessible();
    await visitor.photograph("app-domains-refused-light-1280");
    const long = `${"long-".repeat(11)}name.${"of-a-shop-".repeat(5)}in-a-street.test`;
    for (const host of ["www.shop.test", long]) {
      await name.fill(host);
      await name.press("Enter");
      await visitor.page.getByRole("link", { name: host, exact: true }).waitFor();
      await eventuallyTrue("the field is free", async () => (await name.inputValue()) === "");
    }
    await visitor.reads(/open to its own machine only, and so is the name/);
    assert.equal((await tide.visit("", { headers: { host: "www.shop.test" } })).status, 200);
    await lookAt(must(browser), tide, {
      name: "app-domains",
      address: "/apps/shop?view=domains",
      words: "www.shop.test",
    });
    const { stdout } = await tide.cli(["app", "show", "shop"]);
    assert.match(stdout, /domains +http:\/\/www\.shop\.test:\d+, certificate none: plain http\n/);
    await visitor.page.getByRole("button", { name: "Remove www.shop.test" }).click();
    await visitor.reads(/whoever comes by www\.shop\.test is not served/);
    await visitor.isAccessible();
    await visitor.photograph("app-domains-remove-light-1280");
    await visitor.page.getByRole("dialog").getByRole("button", { name: "Remove it" }).click();
    await visitor.page.getByRole("dialog").waitFor({ state: "hidden" });
    await visitor.page
      .getByRole("link", { name: "www.shop.test", exact: true })
      .waitFor({ state: "hidden" });
    assert.equal((await tide.visit("", { headers: { host: "www.shop.test" } })).status, 404);
    await visitor.leave();
  },
);

test("tests that failed lately are told with their runs", { skip }, async () => {
  const commit = await repository.commit("Break the rounding", shop("three", failing));
  await repository.push();
  await tide.untilState(commit, ["failed"]);
  const visitor = await Visitor.come(must(browser), tide);
  await visitor.open("/apps/shop?view=tests");
  await visitor.reads("rounds");
  await visitor.reads(/failed 1 of \d/);
  await visitor.page.getByRole("link", { name: "failed: Break the rounding" }).click();
  await visitor.reads("Break the rounding");
  await visitor.leave();
  await lookAt(must(browser), tide, {
    name: "app-tests",
    address: "/apps/shop?view=tests",
    words: "rounds",
  });
});

test(
  "a wide page fits a window that becomes narrow, what is out of sight too",
  { skip },
  async () => {
    const { body } = await tide.api("GET /api/v1/changes?app=shop&limit=50");
    const two = body.changes.find(({ subject }: Json) => subject === "Say two");
    const visitor = await Visitor.come(must(browser), tide);
    const { page } = visitor;
    // Low, so that most of the page is far out of sight, and is not laid out.
    await page.setViewportSize({ width: 1280, height: 240 });
    await visitor.open(`/changes/${two.id}`);
    await visitor.reads(/Compared with v1 \([0-9a-f]{7}\), which users had before it/);
    await page.locator("#tests .case").first().scrollIntoViewIfNeeded();
    const drawn = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))";
    await page.evaluate(drawn);
    await page.evaluate("scrollTo(0, 0)");
    await page.evaluate(drawn);
    await page.setViewportSize({ width: 360, height: 240 });
    await page.evaluate(drawn);
    const wide = "document.querySelector('#tests .case').getBoundingClientRect().width";
    assert.ok(Number(await page.evaluate(wide)) <= 360, "a row keeps to the width of now");
    await visitor.fits();
    await visitor.photograph("change-resized-light-360");
    await visitor.leave();
  },
);

test(
  "delivery over time says what it measures, with the definitions one click away",
  { skip },
  async () => {
    const visitor = await Visitor.come(must(browser), tide);
    await visitor.open("/apps/shop?view=delivery");
    await visitor.reads("Change lead time, median");
    await visitor.reads("push to live");
    await visitor.page.getByText("What these mean").click();
    await visitor.reads("From the commit until everybody has it.");
    await visitor.leave();
    await lookAt(must(browser), tide, {
      name: "app-delivery",
      address: "/apps/shop?view=delivery",
      words: "push to live",
    });
  },
);

/** Fails where it is asked to. */
const fragile = `import { createServer } from "node:http";
const server = createServer((request, response) => {
  response.statusCode = request.url === "/fail" ? 500 : 200;
  response.end("here\\n");
});
process.on("SIGTERM", () => { server.close(); server.closeIdleConnections(); });
server.listen(process.env.PORT, process.env.HOST);
`;

test("what an app may fail is counted, and what is left of it is told", { skip }, async () => {
  const slo = "slo: { availability: 90%, window: 7d }\n";
  await tide.deliverApp("pledge", nodeApp(fragile, { "tidegate.yaml": `${atOnce}${slo}` }));
  const ask = async (times: number, path: string) => {
    for (let time = 0; time < times; time += 1) await tide.visit("pledge", { path });
  };
  const budget = async () => {
    const { body } = await tide.api("GET /api/v1/apps/pledge");
    return body.environments[0].budget;
  };
  const before = await budget();
  assert.deepEqual(before.slo, { availabilityPercent: 90, windowDays: 7 });
  assert.equal(before.state, "not_enough_traffic");
  const visitor = await Visitor.come(must(browser), tide);
  await visitor.open("/apps/pledge");
  await visitor.reads("not enough traffic yet");
  await ask(60, "/");
  await visitor.reads("100 % left");
  await visitor.reads(/90 % of requests over 7 days are to be answered without a failure/);
  await ask(20, "/fail");
  await eventuallyTrue("the budget is spent", async () => (await budget()).state === "spent");
  await visitor.reads(/20 of 8\d requests failed; [89] may\./);
  await visitor.leave();
  const { stdout } = await tide.cli(["app", "show", "pledge"]);
  assert.match(
    stdout,
    /budget +spent so far: 20 of the 8\d requests failed, against 90 % over 7 d; the app is /,
  );
  await lookAt(must(browser), tide, {
    name: "app-budget",
    address: "/apps/pledge",
    words: "spent so far",
  });
  await lookAt(must(browser), tide, {
    name: "overview-budget",
    address: "/",
    words: "budget: spent so far",
  });
});

test("an app that is not there is said not to be", { skip }, async () => {
  const visitor = await Visitor.come(must(browser), tide);
  await visitor.open("/apps/nobody");
  await visitor.reads(/there is no app "nobody"/);
  await visitor.leave();
});

function must(found: Browser | undefined): Browser {
  assert.ok(found, noBrowser);
  return found;
}

test("an app whose instances end again and again is told so until it is well again", async () => {
  const tree = nodeApp(answering("well"), { "tidegate.yaml": atOnce });
  const author = await tide.deliverApp("waning", tree);
  const dies = `if (request.url === "/end") { console.error("no database"); process.exit(3); }`;
  const source = answering("ill").replace("=> response.end(", `=> { ${dies}\nresponse.end(`);
  const commit = await author.commit("Need a database", {
    "server.js": source.replace('\\n"));', '\\n"); });'),
  });
  await author.push();
  await tide.untilState(commit, ["live"]);
  const production = async (): Promise<Json> =>
    (await tide.json("app", "show", "waning")).environments[0];
  assert.notEqual((await production()).health, "restarting");
  for (const count of [1, 2, 3]) {
    await tide.visit("waning", { path: "/end" }).catch(() => undefined);
    await eventuallyTrue(
      `${count} ends are told`,
      async () => (await production()).restarts?.count === count,
    );
    await tide.untilServes("waning");
  }
  const { restarts, health } = await production();
  assert.deepEqual(
    [restarts.lastExit, restarts.isRestarting, health],
    ["exit code 3", true, "restarting"],
  );
  const told = /waning: v2 restarted 3 times in the last 10 min, exit code 3 \(last [^)]+\)/;
  const status = await tide.cli(["status"]);
  assert.match(status.stdout, /^tidegate .*, 1 app restarting/);
  assert.match(status.stdout, /waning +v2 live, restarting/);
  assert.match(status.stdout, told);
  assert.match(status.stdout, /next: tidegate logs --app waning .*tidegate release rollback/);
  const shown = await tide.cli(["app", "show", "waning"]);
  assert.match(shown.stdout, told);
  assert.match(shown.stdout, / \| no database\n/);
  if (browser !== undefined) {
    await lookAt(browser, tide, { name: "overview-restarting", address: "/", words: "restarting" });
    const page = { name: "app-restarting", address: "/apps/waning", words: "no database" };
    await lookAt(browser, tide, page);
    const address = `/changes/${commit}`;
    await lookAt(browser, tide, { name: "change-restarting", address, words: "no database" });
  }
  const back = await tide.cli(["release", "rollback", "--app", "waning"]);
  assert.equal(back.code, 0, back.stderr);
  assert.equal((await production()).restarts, undefined);
  assert.doesNotMatch((await tide.cli(["status"])).stdout, /restart/);
});
