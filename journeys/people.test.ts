/** An operator lets others in with fewer rights; the rights hold over the API, the command line and git. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { run, type Ran } from "./support/command.ts";
import { gitEnvironment } from "./support/repository.ts";
import { type Json, Tidegate } from "./support/tidegate.ts";
import { answering, nodeApp } from "./support/tree.ts";

const tide = await Tidegate.start();
const rules = "gate:\n  four-eyes: approver != author\n";
const manifest = (rollout: string) => ({ "tidegate.yaml": `${rules}rollout:\n${rollout}` });
const author = await tide.deliverApp(
  "shop",
  nodeApp(answering("one"), manifest("  strategy: all-at-once\n")),
);
await tide.json("app", "create", "plans");

/** Creates a user with one role on the shop; gives a token that may all they may. */
async function letIn(name: string, role: string): Promise<string> {
  await tide.json("user", "create", name, "--role", role, "--on", "app:shop");
  return (await tide.json("token", "create", "--label", "laptop", "--for", name)).text;
}

const bo = await letIn("bo", "developer");
const cy = await letIn("cy", "approver");

async function as(token: string, ...words: readonly string[]): Promise<Ran> {
  return await tide.cli(words, { env: { TIDEGATE_TOKEN: token } });
}

async function statusFor(token: string, route: string, body?: object): Promise<number> {
  const [method = "GET", address = ""] = route.split(" ");
  const answer = await fetch(`http://127.0.0.1:${tide.port}${address}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  await answer.arrayBuffer();
  return answer.status;
}

/** Git as somebody else than the repository is linked for, with the token as password. */
async function gitAs(token: string, app: string, ...argv: readonly string[]): Promise<Ran> {
  const url = `http://who:${token}@127.0.0.1:${tide.port}/git/${app}.git`;
  const words = argv.map((word) => (word === "URL" ? url : word));
  return await run("git", ["-c", "credential.helper=", ...words], {
    cwd: author.directory,
    env: gitEnvironment,
  });
}

async function commitAndPush(token: string, word: string, rollout: string): Promise<Json> {
  const commit = await author.commit(`Say ${word}`, nodeApp(answering(word), manifest(rollout)));
  const pushed = await gitAs(token, "shop", "push", "URL", "main");
  assert.equal(pushed.code, 0, pushed.stderr);
  return commit;
}

test("alone on the machine, everything is as it was: nobody to create, nothing to sign in to", async () => {
  const me = await tide.json("whoami");
  assert.deepEqual([me.name, me.user], ["admin", undefined]);
});

test("who was let in sees what is theirs, and the rest is not there", async () => {
  const { apps } = JSON.parse((await as(bo, "app", "list", "--json")).stdout);
  assert.deepEqual(
    apps.map((app: Json) => app.name),
    ["shop"],
  );
  const overview = await fetch(`http://127.0.0.1:${tide.port}/api/v1/overview`, {
    headers: { authorization: `Bearer ${bo}` },
  });
  const seen = await overview.text();
  assert.ok(seen.includes('"shop"') && !seen.includes('"plans"'), "nor does the console show it");
  const hidden = await as(bo, "app", "show", "plans");
  const missing = await as(bo, "app", "show", "plots");
  assert.equal(hidden.code, 2);
  assert.equal(hidden.stderr.replaceAll("plans", "plots"), missing.stderr);
  assert.equal(await statusFor(bo, "GET /api/v1/apps/plans"), 404);
  assert.match((await gitAs(bo, "plans", "ls-remote", "URL")).stderr, /there is no app "plans"/);
});

test("what they may see and not do is refused with the permission, and the command that would grant it", async () => {
  const refused = await as(bo, "config", "set", "A=1", "--app", "shop");
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /bo may not change configuration; that takes config\.write/);
  assert.match(refused.stderr, /tidegate grant add bo operator --on app:shop/);
  assert.equal(await statusFor(bo, "DELETE /api/v1/apps/shop"), 403);
  assert.equal(await statusFor(bo, "PUT /api/v1/grants/platform/bo/admin"), 403);
  assert.equal(await statusFor(bo, "POST /api/v1/users", { name: "eve" }), 403);
  const push = await gitAs(cy, "shop", "push", "URL", "main");
  assert.match(push.stderr, /cy may not push; that takes source\.push/);
  assert.equal((await gitAs(cy, "shop", "ls-remote", "URL")).code, 0, "an approver may read");
});

test("a push is its pusher's, whoever the commit says wrote it; and they cannot approve it themselves", async () => {
  const commit = await commitAndPush(bo, "two", "  strategy: blue-green\n");
  const change = await tide.untilState(commit, ["held"]);
  assert.deepEqual([change.pushedBy, change.author.name], ["bo", "Ada"]);
  assert.match((await as(bo, "change", "show", change.id)).stdout, /Ada · pushed .* by bo/);
  const steer = await as(bo, "rollout", "promote", "--app", "shop", "--reason", "mine");
  assert.match(steer.stderr, /that takes rollout\.steer/);
  // Also with the right to approve: the rule asks who wrote it.
  await tide.json("grant", "add", "bo", "approver", "--on", "app:shop");
  const own = await as(bo, "rollout", "approve", "--app", "shop", "--step", "1");
  assert.equal(own.code, 2);
  assert.match(own.stderr, /against the rule four-eyes: approver != author does not hold/);
  const other = await as(cy, "rollout", "approve", "--app", "shop", "--step", "1");
  assert.equal(other.code, 0, other.stderr);
  await tide.untilState(commit, ["live"]);
});

test("a change cannot take away the rule under which it is approved", async () => {
  const text = "rollout:\n  strategy: blue-green\n";
  const commit = await author.commit("Say three", {
    ...nodeApp(answering("three")),
    "tidegate.yaml": text,
  });
  assert.equal((await gitAs(bo, "shop", "push", "URL", "main")).code, 0);
  await tide.untilState(commit, ["held"]);
  const own = await as(bo, "rollout", "approve", "--app", "shop", "--step", "1");
  assert.match(own.stderr, /against the rule four-eyes/);
  await tide.json("rollout", "abort", "--app", "shop", "--reason", "it was a try");
  await tide.untilState(commit, ["rolled_back"]);
});

test("a token that pushes to an app does that and nothing else", async () => {
  const made = JSON.parse(
    (await as(bo, "token", "create", "--label", "ci", "--push", "shop", "--json")).stdout,
  );
  await author.git("reset", "--quiet", "--hard", "HEAD~1");
  await author.git("commit", "--quiet", "--allow-empty", "--message", "Again");
  assert.match((await gitAs(made.text, "shop", "ls-remote", "URL")).stderr, /this token may not/);
  assert.equal(
    (await gitAs(made.text, "shop", "push", "--force", "URL", "main:refs/heads/ci")).code,
    0,
  );
  for (const route of ["GET /api/v1/apps/shop", "GET /api/v1/dora", "GET /api/v1/audit"]) {
    assert.equal(await statusFor(made.text, route), 403, route);
  }
  assert.equal(
    await statusFor(made.text, "POST /api/v1/tokens", { label: "x", reach: { kind: "all" } }),
    409,
  );
  const cut = await as(made.text.slice(0, -9), "whoami");
  assert.match(cut.stderr, /this token is not whole/);
  const { tokens } = JSON.parse((await as(bo, "token", "list", "--json")).stdout);
  const used = tokens.find((token: Json) => token.id === made.id);
  assert.ok(used.lastUsedAt > 0 && used.lastAddress.includes("127.0.0.1"));
  assert.equal((await as(bo, "token", "revoke", made.id)).code, 0);
  assert.match((await gitAs(made.text, "shop", "ls-remote", "URL")).stderr, /has ended/);
});

test("the audit log has every mutation with who, from where, before and after; and no secret", async () => {
  const { entries } = await tide.json("audit", "list", "--limit", "500");
  const seen = new Set<string>(entries.map((entry: Json) => entry.what));
  for (const what of [
    "repository.created",
    "user.created",
    "token.created",
    "token.revoked",
    "change.merged",
    "user.changed",
    "rollout.commanded",
  ]) {
    assert.ok(seen.has(what), what);
  }
  for (const entry of entries) assert.equal(entry.by.address, "127.0.0.1", entry.what);
  const granted = entries.find((entry: Json) => entry.what === "user.changed");
  assert.deepEqual([granted.before.grants.length, granted.after.grants.length], [1, 2]);
  const text = JSON.stringify(entries);
  for (const secret of [bo, cy, await tide.token()]) assert.ok(!text.includes(secret));
  const mine = await tide.json("audit", "list", "--who", "bo", "--what", "change");
  assert.deepEqual(
    new Set(mine.entries.map((entry: Json) => [entry.who, entry.what].join(" "))),
    new Set(["bo change.merged"]),
  );
  assert.ok(mine.entries[0].by.token.startsWith("tok_"));
  const verified = await tide.cli(["audit", "verify"]);
  assert.deepEqual([verified.code, /the audit log is whole/.test(verified.stdout)], [0, true]);
  assert.equal((await as(cy, "audit", "list")).code, 2);
});

test("a team's members have what the team has; an app that is the team's is theirs", async () => {
  await tide.json("team", "create", "crew");
  await tide.json("grant", "add", "team:crew", "operator", "--on", "team:crew");
  await tide.json("team", "add", "crew", "cy");
  assert.equal((await as(cy, "app", "show", "plans")).code, 2);
  await tide.json("app", "assign", "plans", "--team", "crew");
  assert.equal((await as(cy, "config", "set", "A=1", "--app", "plans")).code, 0);
  await tide.json("team", "remove", "crew", "cy");
  assert.equal((await as(cy, "app", "show", "plans")).code, 2);
});

test("whoever is disabled is out at once, over the API, the command line and git", async () => {
  await tide.json("user", "disable", "bo");
  assert.equal(await statusFor(bo, "GET /api/v1/apps"), 401);
  assert.match((await gitAs(bo, "shop", "ls-remote", "URL")).stderr, /has ended/);
  await tide.json("user", "enable", "bo");
  assert.equal(await statusFor(bo, "GET /api/v1/apps"), 401, "what has ended stays ended");
});

test("the machine's own key goes on after any number of wrong ones", async () => {
  const statuses = await Promise.all(
    Array.from({ length: 40 }, async () => await statusFor("tg_wrong", "GET /api/v1/apps")),
  );
  assert.deepEqual(new Set(statuses), new Set([401, 429]));
  assert.equal((await tide.api("GET /api/v1/apps")).status, 200);
});

test("an app of the same name starts afresh: what was granted on the one before is gone", async () => {
  assert.equal((await as(cy, "app", "show", "shop")).code, 0);
  await tide.json("app", "delete", "shop", "--yes");
  await tide.json("app", "create", "shop");
  assert.equal((await as(cy, "app", "show", "shop")).code, 2);
  const { grants } = await tide.json("grant", "list");
  assert.ok(!grants.some((grant: Json) => grant.on.startsWith("app:shop")));
});

test("nothing of this was logged as an error", async () => {
  assert.deepEqual(await tide.logged("error"), []);
});
