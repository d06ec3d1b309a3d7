/** Names of apps' own over a real store: whose they may be, above all beneath the names of others. */
import { strict as assert } from "node:assert";
import { test, type TestContext } from "node:test";
import { appDomainsMax, parseAppName, parseScope, type Actor, type AppName } from "#domain";
import { storeDuring } from "#ground/storage/testing";
import { Turns } from "#std";
import { addDomain, removeDomain } from "./app-domains.ts";
import type { Hands } from "./hands.ts";

function appName(text: string): AppName {
  const parsed = parseAppName(text);
  assert(parsed.ok);
  return parsed.value;
}

const [shop, blog] = [appName("shop"), appName("blog")];

function operatorOf(...scopes: readonly string[]): Actor {
  const grants = scopes.map((text) => {
    const scope = parseScope(text);
    assert(scope.ok);
    return { role: "operator" as const, scope: scope.value };
  });
  return { name: "ana", grants };
}

const ofBlog = operatorOf("app:blog");
const ofShop = operatorOf("app:shop");
const ofBoth = operatorOf("app:blog", "app:shop");
const ofAll = operatorOf("platform");

/** Shop and blog, where shop has one domain; reached at the platform's. */
async function open(t: TestContext, domain = "shop.test", platform = "example.org") {
  const store = await storeDuring(t);
  for (const name of [shop, blog]) {
    const numbers = { createdAt: 1, configVersion: 0, nextReleaseNumber: 1 };
    const body = { name, createdBy: "ana", trackedBranch: "main", ...numbers };
    await store.commit({ documents: [{ kind: "app", id: name, app: name, body }] });
  }
  const ports = {
    store,
    dataPlane: { urlOf: (host: string) => `https://${host}` },
    reach: { address: { domain: platform, port: 443 }, certificate: "acme" },
  };
  let published = 0;
  const routes = { publish: async () => void (published += 1) };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what domains need
  const hands = { ports, routes, names: new Turns() } as unknown as Hands;
  const add = async (app: AppName, host: string, actor = ofAll) => {
    const added = await addDomain({ app, host }, actor, hands);
    return added.ok ? "added" : added.error;
  };
  assert.equal(await add(shop, domain), "added");
  return { store, hands, add, publishedTimes: () => published };
}

test("domains: of two that are added at once, one above the other's, one is refused", async (t) => {
  const { add } = await open(t);
  for (const host of ["a.test", "b.test", "c.test"]) {
    const outcomes = await Promise.all([
      add(shop, host, ofShop),
      add(blog, `blog.${host}`, ofBlog),
    ]);
    const added = outcomes.filter((one) => one === "added");
    assert.equal(added.length, 1, JSON.stringify(outcomes));
  }
});

// oxfmt-ignore
const beneath: readonly (readonly [claim: string, actor: Actor, app: AppName, host: string, above: string | undefined])[] = [
  ["another app's own domain",                     ofBlog, blog, "blog.shop.test",      "shop.test"],
  ["it, further down",                             ofBlog, blog, "a.b.shop.test",       "shop.test"],
  ["it, by who may for both",                      ofBoth, blog, "blog.shop.test",      undefined],
  ["it, by who may for all",                       ofAll,  blog, "blog.shop.test",      undefined],
  ["one's own",                                    ofBlog, blog, "a.blog.example.org",  undefined],
  ["another app's name of the platform's",         ofBlog, blog, "a.shop.example.org",  "shop.example.org"],
  ["that of an app that is not there yet",         ofBlog, blog, "a.next.example.org",  "next.example.org"],
  ["that, by who may for all",                     ofAll,  blog, "a.next.example.org",  undefined],
  ["what only ends alike",                         ofBlog, blog, "my-shop.test",        undefined],
];
test("domains: a name beneath another's takes the right on that one, too", async (t) => {
  for (const [claim, actor, app, host, above] of beneath) {
    await t.test(claim, async (each) => {
      const { add } = await open(each);
      const added = await add(app, host, actor);
      if (above === undefined) assert.equal(added, "added");
      else {
        assert(added !== "added" && added.code === "invalid_input");
        assert.equal(added.expected, `a name that is not beneath ${above}, which is another app's`);
        assert(!JSON.stringify(added).includes("app shop"), "whose it is, is not told");
      }
    });
  }
});

// oxfmt-ignore
const above: readonly (readonly [claim: string, actor: Actor, app: AppName, host: string, expected: string | undefined])[] = [
  ["another app's own domain",          ofBlog, blog, "shop.test",   "a name without one of another app beneath it"],
  ["it, by who may for both",           ofBoth, blog, "shop.test",   undefined],
  ["it, by who may for all",            ofAll,  blog, "shop.test",   undefined],
  ["one's own",                         ofShop, shop, "shop.test",   undefined],
  ["what only ends alike",              ofBlog, blog, "op.test",     undefined],
  ["the platform's domain",             ofBoth, blog, "example.org", "a name without the console and all apps beneath it"],
  ["it, by who may for all",            ofAll,  blog, "example.org", undefined],
];
test("domains: a name above another's takes the right on that one, too", async (t) => {
  for (const [claim, actor, app, host, expected] of above) {
    await t.test(claim, async (each) => {
      const { add } = await open(each, "www.shop.test");
      const added = await add(app, host, actor);
      if (expected === undefined) assert.equal(added, "added");
      else {
        assert(added !== "added" && added.code === "invalid_input");
        assert.equal(added.expected, expected);
        assert(!JSON.stringify(added).includes("www"), "what is beneath is not told");
      }
    });
  }
});

test("domains: a name above another's is found among more than the store gives at a time", async (t) => {
  const { add, store } = await open(t, "www.shop.test");
  const newer = Array.from({ length: 1_000 }, (_, index) => ({
    kind: "domain" as const,
    id: `n${index}.blog.test`,
    app: blog,
    body: { app: blog },
  }));
  await store.commit({ documents: newer });
  const refused = await add(blog, "shop.test", ofBlog);
  assert(refused !== "added" && refused.code === "invalid_input");
});

test("domains: above the platform's domain all apps are", async (t) => {
  const { add } = await open(t, "shop.test", "apps.example.org");
  const refused = await add(blog, "example.org", ofBoth);
  assert(refused !== "added" && refused.code === "invalid_input");
  assert.equal(await add(blog, "example.org", ofAll), "added");
});

test("domains: the nearest name above decides", async (t) => {
  const { add } = await open(t);
  assert.equal(await add(blog, "blog.shop.test", ofBoth), "added");
  assert.equal(await add(blog, "a.blog.shop.test", ofBlog), "added", "their own is nearer");
  const refused = await add(shop, "b.blog.shop.test", ofShop);
  assert(refused !== "added" && refused.code === "invalid_input");
});

test("domains: a name one has taken before the one above it is taken stays", async (t) => {
  const { add, hands, store } = await open(t);
  assert.equal(await add(blog, "www.blog.test", ofBlog), "added");
  assert.equal(await add(shop, "blog.test", ofBoth), "added");
  assert.deepEqual((await store.get("app", blog))?.body.domains, ["www.blog.test"]);
  const removed = await removeDomain({ app: blog, host: "WWW.blog.test" }, ofBlog, hands);
  assert(removed.ok);
  const again = await add(blog, "www.blog.test", ofBlog);
  assert(again !== "added", "and is not theirs to take again");
});

test("domains: an app has so many, and it is said how there is room for another", async (t) => {
  const { add } = await open(t);
  for (let count = 1; count < appDomainsMax; count += 1) {
    assert.equal(await add(shop, `n${count}.test`), "added");
  }
  const refused = await add(shop, "more.test");
  assert(refused !== "added" && refused.code === "limit_reached");
  assert.match(refused.next ?? "", /tidegate domain remove shop HOST/);
});

test("domains: what is refused writes nothing and changes no table", async (t) => {
  const { add, store, publishedTimes } = await open(t);
  const before = await store.journalLength();
  await add(blog, "shop.test");
  await add(blog, "a.shop.test", ofBlog);
  await add(blog, "x.tidegate.example.org");
  assert.equal(await store.journalLength(), before);
  assert.equal(publishedTimes(), 1, "the one that was there");
});
