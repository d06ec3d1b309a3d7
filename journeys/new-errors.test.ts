/** An author's change throws: what is new in it is told where they look, with the line of the app's own log. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { lookAt, noBrowser, startBrowser, Visitor } from "./support/browser.ts";
import { eventually } from "./support/eventually.ts";
import type { Repository } from "./support/repository.ts";
import { type Json, Tidegate } from "./support/tidegate.ts";
import { nodeApp } from "./support/tree.ts";

const skip = noBrowser ?? false;
const tide = await Tidegate.start();
const browser = noBrowser === undefined ? await startBrowser() : undefined;

/** Every order logs an old trouble; a body in `serve` is what the change is about. */
function orders(serve: string): string {
  return `import { createServer } from "node:http";
let order = 1000;
const server = createServer((request, response) => {
  try {
    order += 1;
    console.error("ERROR slow supplier for order " + order);
    serveOrder(request, response);
  } catch (error) {
    console.error(error);
    response.statusCode = 500;
    response.end("broken\\n");
  }
});
function serveOrder(request, response) {
  ${serve}
}
process.on("SIGTERM", () => { server.close(); server.closeIdleConnections(); });
server.listen(process.env.PORT, process.env.HOST);
`;
}

const fine = 'response.end("one\\n");';
const broken = `const key = process.env.API_KEY;
  if (order % 2 === 0) throw new TypeError("no total for <b>order " + order + "</b> with " + key);
  response.end("two\\n");`;
const atOnce = { "tidegate.yaml": "rollout:\n  strategy: all-at-once\n" };
const held = { "tidegate.yaml": "rollout:\n  strategy: hold\n  preview: true\n" };
const adaptive = { "tidegate.yaml": "rollout:\n  harmBudget: { requests: 30 }\n" };
const title = "TypeError: no total for <b>order <n></b> with [API_KEY]";

let author: Repository;

async function errorsOf(change: string): Promise<Json> {
  const { status, body } = await tide.api(`GET /api/v1/changes/${change}/errors`);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

test(
  "while a change is looked at, the errors that only it has are listed with their lines",
  { skip },
  async () => {
    assert.ok(browser);
    author = await tide.deliverApp("orders", nodeApp(orders(fine), atOnce));
    const set = ["config", "set", "API_KEY=k3y-of-the-supplier", "--app", "orders"];
    assert.equal((await tide.cli(set)).code, 0);
    await eventually("the key is live", async () => {
      const { body } = await tide.api("GET /api/v1/rollouts/orders");
      return body.state === "promoted" ? true : undefined;
    });
    for (let visit = 0; visit < 4; visit += 1) await tide.visit("orders");
    const commit = await author.commit("Total orders", nodeApp(orders(broken), held));
    await author.push();
    const { id } = await tide.untilState(commit, ["held"]);
    await eventually("the preview is there", async () =>
      (await tide.visit("preview-orders")).status === 404 ? undefined : true,
    );
    const seen: string[] = [];
    for (let visit = 0; visit < 6; visit += 1) seen.push((await tide.visit("preview-orders")).body);
    assert.deepEqual(new Set(seen), new Set(["two\n", "broken\n"]));
    const { found, isFinal } = await eventually("the error is found", async () => {
      const errors = await errorsOf(id);
      return errors.found?.errors[0]?.count >= 3 ? errors : undefined;
    });
    assert.equal(isFinal, false);
    const [first] = found.errors;
    assert.deepEqual([first.title, first.where, first.kind], [title, "server.js:16", "log"]);
    assert.ok(!JSON.stringify(found).includes("k3y-of"), "what it was configured with is not told");
    assert.ok(first.firstAt <= Date.now());
    assert.equal(found.known, 1, "the slow supplier is old");
    const log = await tide.api(
      `GET /api/v1/apps/orders/instances/${first.example.instance}/logs/window?from=${first.example.line}&count=1`,
    );
    assert.match(log.body.lines[0], /^TypeError: no total for <b>order \d+<\/b>/);
    const listed = await tide.cli(["change", "errors", commit]);
    assert.match(
      listed.stdout,
      /^new in this version:\n {2}TypeError: no total for .*server\.js:16\n {4}\d+ times, first .*, line \d+ of ins_/,
    );
    await lookAt(browser, tide, { name: "new-errors", address: `/changes/${id}`, words: title });
    const visitor = await Visitor.come(browser, tide);
    await visitor.open(`/changes/${id}`);
    await visitor.page
      .getByRole("link", { name: /line \d+ of its log/ })
      .first()
      .click();
    await visitor.reads(/TypeError: no total for <b>order/);
    await visitor.leave();
    await tide.json("rollout", "abort", "orders", "--reason", "it throws");
    const stopped = await tide.untilState(commit, ["rolled_back"]);
    const kept = await errorsOf(stopped.id);
    assert.deepEqual([kept.isFinal, kept.found.errors[0].title], [true, title]);
  },
);

test("a change that is stopped for its errors says in push, note and watch what is new in it", async () => {
  const commit = await author.commit("Total orders again", nodeApp(orders(broken), adaptive));
  const traffic = tide.traffic("orders", { requestsPerSecond: 60, users: 100 });
  await author.push();
  await tide.untilState(commit, ["rolled_back"]);
  await traffic.stop();
  const watched = await tide.cli(["change", "watch", commit]);
  const words = watched.stdout.replaceAll(/\s+/g, " ");
  assert.ok(!words.includes("k3y-of"), "what it was configured with is not told");
  assert.match(
    words,
    /new errors TypeError: no total for <b>order <n><\/b> with \[API_KEY\], server\.js:16 \((?:once|\d+ times)\)/,
  );
  await viewersReadNothingPrinted(commit);
  const note = await eventually("the note is there", async () => {
    const fetched = await author.tryGit("fetch", "tide", "+refs/notes/*:refs/notes/*");
    if (fetched.code !== 0) return undefined;
    const shown = await author.tryGit("notes", "--ref", "tidegate", "show", commit);
    return shown.code === 0 ? shown.stdout : undefined;
  });
  assert.match(
    note,
    /^New-error: TypeError: no total for <b>order <n><\/b> with \[API_KEY\], server\.js:16 \(/m,
  );
});

test("what a release printed before it was brought back is not new beside it", async () => {
  const again = await tide.deliverApp("again", nodeApp(orders(fine), atOnce));
  await tide.visit("again");
  const second = await again.commit("Say it again", nodeApp(orders(fine), { ...atOnce, two: "2" }));
  await again.push();
  await tide.untilState(second, ["live"]);
  assert.equal((await tide.cli(["release", "rollback", "--app", "again"])).code, 0);
  const commit = await again.commit("Say it once more", nodeApp(orders(fine), held));
  await again.push();
  const { id } = await tide.untilState(commit, ["held"]);
  const { found } = await eventually("the old trouble is read", async () => {
    await tide.visit("preview-again");
    const errors = await errorsOf(id);
    return errors.found?.known === 1 || errors.found?.errors.length > 0 ? errors : undefined;
  });
  assert.deepEqual(found.errors, []);
  const { sources } = (await tide.api("GET /api/v1/apps/again/instances/logs")).body;
  assert.deepEqual(sources.map(({ release }: Json) => release).toSorted(), ["v2", "v3", "v4"]);
});

/** Who sees the app and may not read its logs is told of the failure, and not what the app printed. */
async function viewersReadNothingPrinted(commit: string): Promise<void> {
  const grants = [{ role: "viewer", on: "app:orders" }];
  await tide.api("POST /api/v1/users", { name: "vera", grants });
  const body = { label: "look", reach: { kind: "all" }, expiresInMs: 3_600_000 };
  const made = await tide.api("POST /api/v1/users/vera/tokens", body);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const env = { TIDEGATE_TOKEN: made.body.text };
  const shown = await tide.cli(["change", "show", commit, "--json"], { env });
  assert.equal(shown.code, 0, shown.stderr);
  const { evidence } = JSON.parse(shown.stdout).rollout;
  assert.equal(evidence.failureExample.request.status, 500);
  const watched = await tide.cli(["change", "watch", commit], { env });
  assert.match(watched.stdout, /one of them/);
  for (const { stdout } of [shown, watched]) assert.doesNotMatch(stdout, /TypeError|supplier/);
}
