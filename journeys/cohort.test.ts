/** A person looks whether they have a change, puts themselves in and out, and asks of others. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { lookAt, noBrowser, startBrowser, Visitor } from "./support/browser.ts";
import { eventually, eventuallyTrue } from "./support/eventually.ts";
import type { Repository } from "./support/repository.ts";
import { type Json, Tidegate } from "./support/tidegate.ts";
import { answering, nodeApp } from "./support/tree.ts";

const skip = noBrowser ?? false;
const tide = await Tidegate.start();
const browser = noBrowser === undefined ? await startBrowser() : undefined;

const held = `rollout:
  strategy: hold
  userKey: { header: x-user }
  cohorts: { rules: [{ header: x-beta, value: "yes" }, { users: [ana@example.org] }], for: 0s, until: approval }
`;
let author: Repository;
let commit: string;

/** A client that keeps cookies, as a browser does. */
function client(app: string) {
  const cookies = new Map<string, string>();
  const ask = async (path: string, form?: URLSearchParams) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { accept: "application/json", ...(cookie === "" ? {} : { cookie }) };
    const answer = await tide.visit(app, {
      path,
      headers,
      ...(form === undefined ? {} : { form }),
    });
    for (const set of answer.headers["set-cookie"] ?? []) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      cookies.set(name, value);
    }
    return answer;
  };
  return {
    has: async () => (await ask("/")).body.trim(),
    async open(link: string) {
      const { pathname, search } = new URL(link);
      const { status, body } = await ask(pathname + search);
      return { status, me: status === 200 ? JSON.parse(body) : undefined };
    },
    async put(link: string, to: string) {
      const { pathname, searchParams } = new URL(link);
      const pass = searchParams.get("pass") ?? "";
      return (await ask(pathname, new URLSearchParams({ pass, to }))).status;
    },
  };
}

/** What was counted so far: by chance in each arm, and by rule. */
async function counted(): Promise<Json> {
  const { body } = await tide.api("GET /api/v1/rollouts/club/counts?limit=500");
  const sums = { candidate: 0, users: 0, ruled: 0 };
  for (const { candidate, ruled } of body.intervals) {
    sums.candidate += candidate.requests;
    sums.users += candidate.usersFirstSeen;
    sums.ruled += ruled?.requests ?? 0;
  }
  return sums;
}

test("who puts themselves in has the change, by rule and in nobody's verdict, and leaves again", async () => {
  author = await tide.deliverApp(
    "club",
    nodeApp(answering("one"), { "tidegate.yaml": "rollout:\n  strategy: all-at-once\n" }),
  );
  commit = await author.commit("Say two", nodeApp(answering("two"), { "tidegate.yaml": held }));
  await author.push();
  await tide.untilState(commit, ["held"]);
  const mine = client("club");
  assert.equal(await mine.has(), "one");
  const { links } = await tide.json("rollout", "join", "club");
  assert.equal(links.length, 1);
  const link: string = links[0].url;
  assert.match(link, /^http:\/\/club\.localhost:\d+\/\.well-known\/tidegate\/me\?pass=/);
  const before = (await mine.open(link)).me;
  assert.deepEqual([before.release, before.isInCandidate], ["v1", false]);
  assert.equal(await mine.put(link, "candidate"), 303);
  assert.equal(await mine.has(), "two");
  const during = (await mine.open(link)).me;
  assert.deepEqual([during.release, during.because], ["v2", "it was put in by hand"]);
  await eventually("it is counted as by rule", async () =>
    (await counted()).ruled >= 1 ? true : undefined,
  );
  const { candidate, users } = await counted();
  assert.deepEqual([candidate, users], [0, 0], "the verdict has not seen it");
  const { body: shown } = await tide.api("GET /api/v1/rollouts/club");
  assert.equal(shown.evidence.totals.requestsByRule, (await counted()).ruled);
  await mine.put(link, "baseline");
  assert.equal(await mine.has(), "one");
  await mine.put(link, "candidate");
  assert.equal(await mine.has(), "two");
  assert.equal(await client("club").has(), "one", "nobody else has it by that");
});

test("a link is its app's and its rollout's, and no visitor can make one", async () => {
  const visitor = client("club");
  const forged = `http://club.localhost:${tide.edgePort}/.well-known/tidegate/me?pass=bm8.bm8`;
  assert.equal((await visitor.open(forged)).status, 403);
  assert.equal(await visitor.put(forged, "candidate"), 403);
  assert.equal(await visitor.has(), "one");
  const made = (await tide.journal()).filter(
    ({ type }) => type === "dev.tidegate.rollout.link_made",
  );
  assert.equal(made.length, 1);
  assert.ok(made[0].by.address.length > 0, "who had it made is in the audit log");
});

test("of any user it is said whether they are in, and why", async () => {
  const ana = await tide.json("rollout", "who", "club", "--user", "ana@example.org");
  assert.deepEqual([ana.isIn, ana.by, ana.release], [true, "rule", "v2"]);
  assert.ok(ana.sinceAt <= Date.now());
  const ben = await tide.cli(["rollout", "who", "club", "--user", "ben"]);
  assert.match(
    ben.stdout,
    /^not in it: the user has v1 of club\nbecause {4}chance: the user is in bucket \d+ of 10000, and the candidate has those below 0\n/,
  );
  assert.match(ben.stdout, /unless {5}who sends the header x-beta: yes is in by rule/);
  const who = await tide.cli(["rollout", "who", "club"]);
  assert.match(
    who.stdout,
    /^rule 1 {5}who sends the header x-beta: yes\nrule 2 {5}1 user named by key\n/,
  );
  assert.match(who.stdout, /by all of these, \d+ requests? so far\nby chance {2}0 % of users/);
});

test(
  "in the console a person sees who has it, puts their own browser in, and asks of a user",
  { skip },
  async () => {
    assert.ok(browser);
    const { id } = await tide.change("club");
    const visitor = await Visitor.come(browser, tide);
    await visitor.open(`/changes/${id}`);
    await visitor.reads("rule 1: who sends the header x-beta: yes");
    await visitor.page.getByRole("button", { name: "Am I in it? Put me in" }).click();
    await visitor.reads("Your link is ready");
    await visitor.isAccessible();
    const [opened] = await Promise.all([
      visitor.page.context().waitForEvent("page"),
      visitor.page.getByRole("link", { name: /See what this browser has of club/ }).click(),
    ]);
    await opened.getByRole("button", { name: "Put this browser in v2" }).click();
    await opened.getByRole("heading", { name: "This browser has v2" }).waitFor();
    await opened.goto(`http://club.localhost:${tide.edgePort}/`);
    assert.equal((await opened.locator("body").innerText()).trim(), "two");
    await opened.close();
    await visitor.page.getByLabel("A user's key").fill("ana@example.org");
    await visitor.page.getByRole("button", { name: "Is this user in it?" }).click();
    await visitor.reads("By this key alone: in it, with v2");
    await visitor.isAccessible();
    await visitor.photograph("cohort-asked-light-1280");
    await visitor.leave();
    await lookAt(browser, tide, {
      name: "cohort",
      address: `/changes/${id}#cohorts`,
      words: "Who has it",
    });
  },
);

test(
  "the page at the app's address is readable in both themes and at any width",
  { skip },
  async () => {
    assert.ok(browser);
    const { links } = await tide.json("rollout", "leave", "club");
    for (const theme of ["light", "dark"] as const) {
      const visitor = await Visitor.come(browser, tide, { theme, width: 360, isStranger: true });
      await visitor.page.goto(links[0].url);
      await visitor.reads("Take this browser out of it");
      await visitor.fits();
      await visitor.photograph(`me-${theme}-360`);
      await visitor.leave();
    }
  },
);

test("with the rollout it ends for everybody, whatever their browser was put into", async () => {
  const mine = client("club");
  const { links } = await tide.json("rollout", "join", "club");
  const link: string = links[0].url;
  await mine.put(link, "candidate");
  assert.equal(await mine.has(), "two");
  await tide.json("rollout", "abort", "--app", "club", "--reason", "enough seen");
  await tide.untilState(commit, ["rolled_back"]);
  await eventuallyTrue("they are back", async () => (await mine.has()) === "one");
  assert.equal((await mine.open(link)).status, 410);
  const late = await tide.cli(["rollout", "join", "club"]);
  assert.notEqual(late.code, 0);
  assert.match(late.stderr, /everybody has the same release/);
  const ana = await tide.json("rollout", "who", "club", "--user", "ana@example.org");
  assert.deepEqual([ana.isIn, ana.by, ana.release], [false, "everybody", "v1"]);
});

test("a change that is held from everybody is seen by who puts themselves in", async () => {
  const policy = { "tidegate.yaml": "rollout:\n  strategy: hold\n" };
  const next = await author.commit("Say three", nodeApp(answering("three"), policy));
  await author.push();
  await tide.untilState(next, ["held"]);
  const { links } = await tide.json("rollout", "join", "club");
  const mine = client("club");
  assert.equal(await mine.put(links[0].url, "candidate"), 303);
  assert.equal(await mine.has(), "three");
  await tide.kill("server");
  assert.equal(await mine.has(), "three", "the edge needs nobody for it");
  await eventuallyTrue("it is back", async () => {
    const answer = await tide.api("GET /api/v1/rollouts/club").catch(() => undefined);
    return answer?.status === 200;
  });
});
