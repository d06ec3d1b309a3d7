/** The pages that the manual shows as pictures, brought about as a reader would; see support/pictures.ts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { noBrowser, startBrowser } from "./support/browser.ts";
import { takePicture } from "./support/pictures.ts";
import { Tidegate } from "./support/tidegate.ts";
import type { Traffic } from "./support/traffic.ts";
import { exampleTree } from "./support/tree.ts";

const skip = noBrowser ?? false;
const tide = await Tidegate.start();
const browser = noBrowser === undefined ? await startBrowser() : undefined;
const slo = "slo: { availability: 99%, window: 7d }\n";
const steps = `rollout:\n  strategy: steps\n  steps:\n    - { weight: 20%, until: approval }\n    - { weight: 60%, for: 10m }\n`;
let visitors: Traffic;

test("picture: what has been delivered, at a glance", { skip }, async () => {
  const shop = await exampleTree("hello-node");
  const author = await tide.deliverApp("shop", { ...shop, "tidegate.yaml": slo });
  visitors = tide.traffic("shop", { requestsPerSecond: 100, users: 300 });
  await visitors.more(300);
  const bad = await exampleTree("hello-node-changes/bad");
  const commit = await author.commit("Draw an offer for every visit", bad);
  await author.push();
  await tide.untilState(commit, ["rolled_back"]);
  await takePicture(must(browser), tide, {
    name: "taken-away",
    address: `/changes/${commit}`,
    words: ["It was taken away.", "Errors new in this version", "What happened", "Gate"],
  });
  const next = await author.commit("Say what shipping costs", {
    ...Object.fromEntries(Object.keys(bad).map((name) => [name, shop[name]])),
    "tidegate.yaml": `${slo}${steps}`,
    "README.md": "# Shop\n",
  });
  await author.push();
  await tide.untilState(next, ["held"]);
  await visitors.more(500);
  await takePicture(must(browser), tide, {
    name: "under-way",
    address: `/changes/${next}`,
    words: [/20 % of users have it/, "What happened", "Gate", "Guardrails"],
  });
  await takePicture(must(browser), tide, {
    name: "overview",
    address: "/",
    words: ["On its way", "Last changes", /budget: \d/],
  });
});

test("picture: what is left of a promise", { skip }, async () => {
  await takePicture(must(browser), tide, {
    name: "error-budget",
    address: "/apps/shop",
    words: [/% left/, "Compare two releases", "Releases"],
    at: "#budget",
  });
  await visitors.stop();
});

function must<T>(found: T | undefined): T {
  assert.ok(found !== undefined, noBrowser);
  return found;
}
