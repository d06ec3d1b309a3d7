/** An app gets a domain of its own: users come by it, others cannot take it, and it goes again. */
import assert from "node:assert/strict";
import { request as plain } from "node:http";
import { request } from "node:https";
import { test } from "node:test";
import { eventuallyTrue } from "./support/eventually.ts";
import { freePort, type Json, Tidegate } from "./support/tidegate.ts";
import { answering, nodeApp } from "./support/tree.ts";

const tide = await Tidegate.start();
const host = "www.shop.test";
const half = "rollout:\n  strategy: steps\n  steps:\n    - { weight: 50%, for: 10m }\n";
const author = await tide.deliverApp("shop", nodeApp(answering("one")));
await tide.deliverApp("blog", nodeApp(answering("blog")));

interface Told {
  readonly status: number;
  readonly body: string;
  readonly cookie: string;
}

/** Comes by a name of the app's own, which is all that the edge is told of it. */
async function come(name: string, cookie = ""): Promise<Told> {
  const headers = { host: `${name}:${tide.edgePort}`, ...(cookie === "" ? {} : { cookie }) };
  const answer = await tide.visit("", { headers });
  const [set = ""] = [answer.headers["set-cookie"] ?? []].flat();
  return { status: answer.status, body: answer.body.trim(), cookie: set.split(";")[0] ?? "" };
}

test("an app is served by a domain of its own, and it is said what that takes", async () => {
  assert.equal((await come(host)).status, 404);
  const previewed = await tide.cli(["domain", "add", "shop", host, "--dry-run"]);
  assert.match(previewed.stdout, /would serve shop by the name www\.shop\.test as well/);
  assert.equal((await come(host)).status, 404, "a dry run changes nothing");
  const added = await tide.cli(["domain", "add", "shop", "WWW.shop.test"]);
  assert.equal(added.code, 0, added.stderr);
  assert.match(added.stdout, /shop is served by www\.shop\.test: http:\/\/www\.shop\.test:\d+/);
  assert.match(added.stdout, /dns +nothing yet: this instance is open to this machine only/);
  assert.match(added.stdout, /certificate +none: plain http/);
  const { status, body } = await come(host);
  assert.deepEqual([status, body], [200, "one"]);
  assert.equal((await tide.visit("shop")).status, 200, "and by its usual name, as before");
  const { domains } = await tide.json("domain", "list", "shop");
  assert.deepEqual(
    domains.map((domain: Json) => domain.host),
    [host],
  );
});

test("what is no name, ours, or another app's is refused, and not told whose it is", async () => {
  for (const wrong of ["shop", "*.shop.test", "192.0.2.7", "blog.localhost"]) {
    assert.equal((await tide.cli(["domain", "add", "blog", wrong])).code, 2, wrong);
  }
  const taken = await tide.api("POST /api/v1/apps/blog/domains", { host });
  assert.deepEqual([taken.status, taken.body.code], [409, "already_exists"]);
  assert.doesNotMatch(JSON.stringify(taken.body), /"shop"|app shop/);
  assert.equal((await come(host)).body, "one");
});

test("two apps that ask at once do not both get it", async () => {
  const asked = ["shop", "blog"].map(async (app) => {
    const { status } = await tide.api(`POST /api/v1/apps/${app}/domains`, { host: "race.test" });
    return status;
  });
  assert.deepEqual(
    (await Promise.all(asked)).toSorted((a, b) => a - b),
    [201, 409],
  );
});

test("who may only look sees the domains and changes none", async () => {
  await tide.json("user", "create", "vi", "--role", "viewer", "--on", "app:shop");
  const { text } = await tide.json("token", "create", "--label", "looks", "--for", "vi");
  const as = async (...words: readonly string[]) =>
    await tide.cli(words, { env: { TIDEGATE_TOKEN: text } });
  assert.match((await as("domain", "list", "shop")).stdout, /www\.shop\.test/);
  for (const words of [
    ["domain", "remove", "shop", host],
    ["domain", "add", "shop", "more.test"],
  ]) {
    const refused = await as(...words);
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /vi may not add or remove an app's domains/);
  }
  assert.equal((await come(host)).body, "one");
});

test("users who come by it are in a rollout like all others, and stay where they are", async () => {
  const commit = await author.commit(
    "Say two",
    nodeApp(answering("two"), { "tidegate.yaml": half }),
  );
  await author.push();
  await tide.untilState(commit, ["delivering"]);
  await eventuallyTrue("half of the users have it", async () => {
    const { body } = await tide.api("GET /api/v1/rollouts/shop");
    return body.exposurePercent === 50;
  });
  // It is written down before the edges are told.
  await eventuallyTrue("the edge leads users to it", async () => (await come(host)).body === "two");
  const met = await Promise.all(Array.from({ length: 40 }, async () => await come(host)));
  assert.deepEqual([...new Set(met.map(({ body }) => body))].toSorted(), ["one", "two"]);
  for (const { body, cookie } of met) {
    assert.notEqual(cookie, "");
    assert.equal((await come(host, cookie)).body, body);
  }
  await tide.json("rollout", "abort", "--app", "shop", "--reason", "seen enough");
});

test("a domain that was removed is served no more, and is free; so are those of a deleted app", async () => {
  await tide.json("domain", "remove", "shop", host);
  assert.equal((await come(host)).status, 404);
  assert.equal((await tide.cli(["domain", "remove", "shop", host])).code, 2);
  await tide.json("domain", "add", "blog", host);
  assert.equal((await come(host)).body, "blog");
  await tide.json("app", "delete", "blog", "--yes");
  assert.equal((await come(host)).status, 404);
  await tide.json("domain", "add", "shop", host);
  assert.equal((await come(host)).body, "one");
});

test("the audit log has who did it", async () => {
  const { entries } = await tide.json("audit", "list", "--what", "domain", "--app", "shop");
  const told = entries.map((entry: Json) => [entry.what, (entry.after ?? entry.before).host]);
  assert.deepEqual(told.slice(0, 2), [
    ["domain.added", host],
    ["domain.removed", host],
  ]);
});

test("open to others, the name is answered over TLS and led there by plain http; no other is", async () => {
  const [httpsPort, httpPort] = [await freePort(), await freePort()];
  await admit();
  await tide.down();
  const up = await tide.cli(
    [
      ...`up --detach --json --domain dev.localhost --listen 127.0.0.1`.split(" "),
      ...`--https-port ${httpsPort} --http-port ${httpPort}`.split(" "),
      ...tide.portFlags(),
    ],
    { timeoutMs: 180_000 },
  );
  assert.equal(up.code, 0, up.stderr);
  const added = await tide.cli(["domain", "add", "shop", "shop.test"]);
  assert.match(added.stdout, /dns +shop\.test\. CNAME tidegate\.dev\.localhost\./);
  assert.match(added.stdout, /self-signed one does not cover/);
  for (const name of [host, "shop.test"]) {
    assert.deepEqual(await overTls(name, httpsPort), [200, "one"], name);
    assert.equal(await byPlainHttp(name, httpPort), `https://${name}:${httpsPort}/`);
  }
  await assert.rejects(overTls("other.test", httpsPort));
  assert.equal(await byPlainHttp("other.test", httpPort), undefined);
  await tide.json("domain", "remove", "shop", "shop.test");
  await assert.rejects(overTls("shop.test", httpsPort));
});

/** Nothing opens to others before there is an administrator. */
async function admit(): Promise<void> {
  const grants = [{ role: "admin", scope: "platform" }];
  const made = await tide.api("POST /api/v1/invitations", { name: "ada", grants });
  const token = String(made.body.url).replace(/^.*\/invitations\/(\w+)#/, "$1.");
  const credential = { kind: "password", password: "correct horse battery staple 77" };
  const accepted = await fetch(`http://localhost:${tide.port}/api/v1/invitations/accept`, {
    method: "POST",
    headers: { "tidegate-request": "1", "content-type": "application/json" },
    body: JSON.stringify({ token, credential }),
  });
  assert.equal(accepted.status, 201, await accepted.text());
}

async function overTls(name: string, port: number): Promise<readonly [number, string]> {
  return await new Promise((resolve, reject) => {
    const at = { host: "127.0.0.1", port, servername: name, rejectUnauthorized: false };
    const asked = request(
      { ...at, headers: { host: `${name}:${port}` }, agent: false },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (piece: string) => (text += piece));
        answer.once("end", () => resolve([answer.statusCode ?? 0, text.trim()]));
      },
    );
    asked.once("error", reject).end();
  });
}

/** Where one is led. */
async function byPlainHttp(name: string, port: number): Promise<string | undefined> {
  return await new Promise((resolve, reject) => {
    const asked = plain({ host: "127.0.0.1", port, headers: { host: name } }, (answer) => {
      answer.resume();
      resolve(answer.headers.location);
    });
    asked.once("error", reject).end();
  });
}
