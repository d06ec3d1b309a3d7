/** One browser asks what it has, is put in and taken out, by a link: over real sockets, with cookies. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newId, parseAppName, type AppRoute, type CohortPass } from "#domain";
import { some } from "#std";
import {
  armOf,
  ask,
  routeOf,
  shorten,
  startApp,
  tableOf,
  type Asking,
} from "./edge-fixture.conformance.ts";
import { rowsOf, setStage, type Stage } from "./edge-stage.conformance.ts";
import { mePath, openPasses } from "./passes.ts";

/** As the stage's own edge has it. */
const passes = openPasses(Buffer.alloc(32));
const rollout = newId("rol", Math.random);
const parsed = parseAppName("shop");
assert.ok(parsed.ok);
const pass: CohortPass = {
  app: parsed.value,
  rollout,
  to: "candidate",
  by: "ana",
  expiresAt: Date.now() + 60_000,
};

interface Apps {
  readonly stage: Stage;
  /** Puts another rollout, or none, into effect. */
  readonly apply: (version: number, exposed?: Partial<NonNullable<AppRoute["rollout"]>>) => void;
}

/** An app with `one` for everybody and `two` for nobody by chance. */
async function withApps(check: (apps: Apps) => Promise<void>): Promise<void> {
  await using one = await startApp("one");
  await using two = await startApp("two");
  await using stage = await setStage(one.port);
  const [baseline, candidate] = [armOf(one.port), { ...armOf(two.port), label: "v2" }];
  const apply: Apps["apply"] = (version, exposed) => {
    const moving = { id: rollout, salt: "s", candidate, exposure: 0, rules: [], ...exposed };
    const route = exposed === undefined ? { baseline } : { baseline, rollout: moving };
    stage.edge.apply(tableOf(version, routeOf(route)));
  };
  apply(2, { isByHand: true });
  await check({ stage, apply });
}

const byText = (one: unknown, other: unknown) => (String(one) < String(other) ? -1 : 1);

/** A browser that keeps its cookies. */
function browser({ port }: Stage) {
  const cookies = new Map<string, string>();
  return {
    cookies,
    async ask(asking: Asking) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const headers = { ...asking.headers, ...(cookie === "" ? {} : { cookie }) };
      const answer = await ask(port, { ...asking, headers });
      for (const set of answer.headers["set-cookie"] ?? []) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
        if (set.includes("Max-Age=0")) cookies.delete(name);
        else cookies.set(name, value);
      }
      return answer;
    },
  };
}

const link = `${mePath}?pass=${passes.sign(pass)}`;
const form = (to: string, text = passes.sign(pass)): Asking => ({
  path: mePath,
  method: "POST",
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams({ pass: text, to }).toString(),
});
const json: Asking = { path: link, headers: { accept: "application/json" } };

test("a browser is put in, taken out, and left to chance again; it is counted as by rule and met by nobody", () =>
  withApps(async ({ stage }) => {
    const mine = browser(stage);
    const has = async () => (await mine.ask({})).body;
    const me = async () => JSON.parse((await mine.ask(json)).body);
    assert.equal((await me()).because.startsWith("it has no user key yet"), true);
    assert.equal(mine.cookies.size, 0, "who looks gets no key");
    assert.equal(await has(), "one");
    const before = await me();
    assert.deepEqual([before.release, before.isInCandidate], ["v1", false]);
    assert.match(before.because, /bucket \d+ of 10000, not below 0/);
    const put = await mine.ask(form("candidate"));
    assert.deepEqual([put.status, put.headers.location], [303, link]);
    assert.match(String(put.headers["set-cookie"]), /HttpOnly; SameSite=Lax$/);
    assert.equal(await has(), "two");
    const during = await me();
    assert.deepEqual([during.release, during.because], ["v2", "it was put in by hand"]);
    await mine.ask(form("baseline"));
    assert.equal(await has(), "one");
    await mine.ask(form("chance"));
    assert.equal(mine.cookies.has("tidegate_cohort"), false);
    assert.equal(await has(), "one");
    const rows = rowsOf(stage.edge).map((row) => [row.assignedBy, row.arm, row.requests]);
    assert.deepEqual(rows.toSorted(byText), [
      ["random", "baseline", 2],
      ["rule", "baseline", 1],
      ["rule", "candidate", 1],
    ]);
  }));

test("what a browser was put into ends with the rollout, and with its being taken away", () =>
  withApps(async ({ stage, apply }) => {
    const mine = browser(stage);
    await mine.ask(form("candidate"));
    const has = async () => (await mine.ask({})).body;
    assert.equal(await has(), "two");
    apply(3, {});
    assert.equal(await has(), "one", "taken out: a hand says nothing any more");
    apply(4, { isByHand: true, id: newId("rol", Math.random) });
    assert.equal(await has(), "one", "another rollout is not the one that was meant");
    assert.equal((await mine.ask({ path: link })).status, 410);
    apply(5);
    assert.equal(await has(), "one");
    assert.equal((await mine.ask(form("candidate"))).status, 410);
  }));

// oxfmt-ignore
const refused: readonly (readonly [string, Asking, number])[] = [
  ["no pass",                              { path: mePath },                                        403],
  ["a pass of another installation",       { path: `${mePath}?pass=${openPasses(Buffer.alloc(32, 9)).sign(pass)}` }, 403],
  ["a pass whose time is over",            form("candidate", passes.sign({ ...pass, expiresAt: 1 })), 403],
  ["a form of another site",               formWith({ "sec-fetch-site": "cross-site" }),               403],
  ["a form of another app here",           formWith({ "sec-fetch-site": "same-site" }),                403],
  ["a form from an older browser's other site", formWith({ origin: "http://cart.localhost" }),         403],
  ["a form without a place",               form("somewhere"),                                       400],
  ["a form that is too long",              { ...form("candidate"), body: "x".repeat(5_000) },       413],
  ["a form of no declared length that is too long", formWith({ "transfer-encoding": "chunked" }, "x".repeat(5_000)), 413],
  ["another method",                       { path: mePath, method: "PUT" },                         405],
];
function formWith(headers: Readonly<Record<string, string>>, body?: string): Asking {
  const sent = form("candidate");
  return { ...sent, ...some("body", body), headers: { ...sent.headers, ...headers } };
}
for (const [claim, asking, status] of refused) {
  test(`a browser's own page: ${claim} is refused and sets no cookie`, () =>
    withApps(async ({ stage }) => {
      const answer = await ask(stage.port, asking);
      assert.equal(answer.status, status);
      assert.equal(answer.headers["set-cookie"], undefined);
      assert.ok(!answer.body.includes("<form"), "and nothing to send");
    }));
}

test("the form of the page itself is taken, and the page runs and loads nothing", () =>
  withApps(async ({ stage }) => {
    const page = await ask(stage.port, { path: link });
    assert.match(page.body, /name="to" value="candidate" class="main"/);
    assert.match(String(page.headers["content-security-policy"]), /default-src 'none'/);
    assert.ok(!page.body.includes("<script"));
    const own = { "sec-fetch-site": "same-origin", origin: "http://shop.localhost" };
    assert.equal((await ask(stage.port, formWith(own))).status, 303);
  }));

test("a form that is sent without end is logged once for each link and place", () =>
  withApps(async ({ stage }) => {
    for (const to of ["candidate", "candidate", "baseline", "candidate", "baseline"]) {
      assert.equal((await ask(stage.port, form(to))).status, 303);
    }
    const other = passes.sign({ ...pass, by: "bo" });
    await ask(stage.port, form("candidate", other));
    await ask(stage.port, form("candidate", other));
    assert.deepEqual(
      stage.puts.map(({ by, to }) => `${by} ${to}`),
      ["ana candidate", "ana baseline", "bo candidate"],
    );
  }));

test("of links used long ago it is forgotten that the log has them, so that memory has a bound", (t) => {
  shorten(t, { mePutsToldMax: 2 });
  return withApps(async ({ stage }) => {
    for (const to of ["candidate", "baseline", "chance", "chance", "candidate"]) {
      await ask(stage.port, form(to));
    }
    assert.deepEqual(
      stage.puts.map(({ to }) => to),
      ["candidate", "baseline", "chance", "candidate"],
    );
  });
});

test("what is too long is told as that, and not as another page's", () =>
  withApps(async ({ stage }) => {
    const long = await ask(stage.port, { ...form("candidate"), body: "x".repeat(5_000) });
    assert.match(long.body, /<h1>What was sent is too long<.*at most 4096 bytes/);
    const foreign = await ask(stage.port, formWith({ "sec-fetch-site": "cross-site" }));
    assert.match(foreign.body, /<h1>Another page asked for this</);
  }));

test("other paths that begin alike are the app's", () =>
  withApps(async ({ stage }) => {
    assert.equal((await ask(stage.port, { path: `${mePath}nu` })).body, "one");
  }));
