/** A dry run, and what is said to come next, by the rights of who asks. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { permissions, rolesThatMay, wordsOf, type Permission } from "#domain";
import { soughtBy, type Planned, type Sought } from "./allowed.ts";
import { saidBy, type Answers } from "./answers.testing.ts";

// oxfmt-ignore
const requests: readonly (readonly [planned: Planned, sought: Sought | undefined])[] = [
  [{ method: "DELETE", path: "/api/v1/apps/shop" },                                     { permission: "app.delete", app: "shop" }],
  [{ method: "POST", path: "/api/v1/apps" },                                            { permission: "app.create" }],
  [{ method: "POST", path: "/api/v1/apps/shop/rollback" },                              { permission: "release.restore", app: "shop" }],
  [{ method: "PATCH", path: "/api/v1/apps/shop/config" },                               { permission: "config.write", app: "shop" }],
  [{ method: "POST", path: "/api/v1/users/ana/disable" },                               { permission: "people.write" }],
  [{ method: "PUT", path: "/api/v1/grants/platform/bob/admin" },                        { permission: "grant.write" }],
  [{ method: "PUT", path: "/api/v1/grants/app%3Ashop%2Fproduction/bob/admin" },         { permission: "grant.write", app: "shop" }],
  [{ method: "PUT", path: "/api/v1/grants/team%3Aops/bob/admin" },                      undefined],
  [{ method: "POST", path: "/api/v1/rollouts/rol_1/promote", app: "shop" },             { permission: "rollout.steer", app: "shop" }],
  [{ method: "POST", path: "/api/v1/rollouts/rol_1/pause", app: "shop" },               { permission: "rollout.stop", app: "shop" }],
  [{ method: "POST", path: "/api/v1/rollouts/rol_1/links", app: "shop" },               { permission: "rollout.join", app: "shop" }],
  [{ method: "POST", path: "/api/v1/rollouts/rol_1/promote" },                          undefined],
  [{ method: "DELETE", path: "/api/v1/tokens/tok_1" },                                  undefined],
];
for (const [planned, sought] of requests) {
  const { method, path } = planned;
  test(`allowed: ${method} ${path} takes ${sought?.permission ?? "what only the server knows"}`, async () => {
    assert.deepEqual(await soughtBy(planned), sought);
  });
}

/** What is answered to vera, who may do these and no more. */
function answersTo(may: readonly Permission[], on = "app:shop", more: object = {}): Answers {
  const mayNot = permissions
    .filter((permission) => !may.includes(permission))
    .map((permission) => ({
      permission,
      words: wordsOf(permission),
      roles: rolesThatMay(permission),
      ...more,
    }));
  return {
    "GET /api/v1/me": { name: "vera", grants: [] },
    "GET /api/v1/rights": { on, may, mayNot, grantors: ["ana"] },
  };
}

const rollout = {
  id: "rol_1",
  app: "shop",
  environment: "production",
  change: "chg_1",
  candidate: "rel_2",
  baseline: "rel_1",
  state: "running",
  exposurePercent: 50,
  exposure: 5_000,
  startedAt: 0,
  reason: "",
  steps: [],
  stepNumber: 0,
  verdict: { kind: "not_enough_evidence", sentence: "not enough evidence yet" },
  policy: { strategy: "adaptive", maxDurationMs: 60_000, baseline: "running" },
  evidence: {
    guardrails: [],
    throughIndex: 0,
    totals: {
      usersExposed: 3,
      usersHarmed: 0,
      candidateRequests: 9,
      candidateErrors: 0,
      baselineRequests: 9,
      baselineErrors: 0,
    },
  },
};
const atRollout = (more: object): Answers => ({
  "GET /api/v1/rollouts/shop": rollout,
  "GET /api/v1/changes": { changes: [] },
  "POST /api/v1/rollouts/shop/pause": { ...rollout, state: "paused" },
  ...more,
});

const grant = (role: string, on: string): string =>
  `next: Ask ana: tidegate grant add vera ${role} --on ${on}\n`;
// oxfmt-ignore
const refused: readonly (readonly [words: string, answers: Answers, said: string])[] = [
  ["grant add bob admin --on platform",  answersTo(["app.read"], "platform"),                     `tidegate: vera may not grant roles; that takes grant.write on the whole platform\n${grant("admin", "platform")}`],
  ["domain remove shop shop.test",       answersTo(["app.read"]),                                  `tidegate: app shop: vera may not add or remove an app's domains; that takes domain.write\n${grant("operator", "app:shop")}`],
  ["rollout promote shop --reason so",   atRollout(answersTo(["rollout.stop"])),                   `tidegate: app shop: vera may not resume, promote or skip ahead; that takes rollout.steer\n${grant("operator", "app:shop")}`],
  ["domain remove shop shop.test",       answersTo(["app.read"], "app:shop", { isTokenTooNarrow: true }), "tidegate: app shop: this token may not add or remove an app's domains; that takes domain.write\nnext: Use another token: vera may do this, this token may not; see: tidegate domain remove --help\n"],
];
for (const words of [
  "invitation revoke a%b/c",
  "provider remove a%b/c",
  "app create shop --team a%b/c",
]) {
  test(`allowed: a dry run of ${words} is one of a name that nothing has`, async () => {
    const apps = { "GET /api/v1/apps": { apps: [] } };
    const ran = await saidBy([...words.split(" "), "--dry-run", "--json"], {
      ...answersTo(permissions, "platform"),
      ...apps,
    });
    assert.equal(ran.exitCode, 0);
    assert.match(ran.result, /"path": "[^"]*\/a%25b%2Fc/);
  });
}

for (const [words, answers, said] of refused) {
  test(`allowed: a dry run of ${words} is refused as the command would be`, async () => {
    const ran = await saidBy([...words.split(" "), "--dry-run"], answers);
    assert.deepEqual([ran.exitCode, ran.result, ran.narration], [2, "", said]);
    assert.ok(ran.asked.every((key) => key.startsWith("GET ")));
  });
}

test("allowed: a dry run of what one may do tells what would come of it", async () => {
  const answers = atRollout(answersTo(["rollout.stop"]));
  const ran = await saidBy(["rollout", "abort", "shop", "--dry-run"], answers);
  assert.equal(ran.exitCode, 0);
  assert.match(ran.result, /^would take the candidate of shop away from 50 % of users/);
  assert.match(ran.narration, /next: the same without --dry-run\n$/);
});

test("allowed: a dry run tells that a reason is wanted, and is no refusal", async () => {
  const answers = atRollout(answersTo(["rollout.steer"]));
  const ran = await saidBy(["rollout", "promote", "shop", "--dry-run"], answers);
  assert.equal(ran.exitCode, 0);
  assert.match(
    ran.result,
    /^would give the candidate of shop to everybody, .*\nwould need a --reason for the journal/,
  );
  assert.match(ran.narration, /\nnext: tidegate rollout promote shop --reason "…"\n$/);
});

test("allowed: who pauses and may not resume is told who can", async () => {
  const stops = await saidBy(["rollout", "pause", "shop"], atRollout(answersTo(["rollout.stop"])));
  assert.equal(
    stops.narration,
    "app shop: vera may not resume, promote or skip ahead; that takes rollout.steer\n" +
      "next: tidegate rollout show rol_1, or ask ana: tidegate grant add vera operator --on app:shop\n",
  );
  const steers = await saidBy(
    ["rollout", "pause", "shop"],
    atRollout(answersTo(["rollout.stop", "rollout.steer"])),
  );
  assert.equal(
    steers.narration,
    "next: tidegate rollout resume rol_1, or tidegate rollout show rol_1\n",
  );
});

test("allowed: the rights are asked for once for all that can be typed, and what helps is said once", async () => {
  const asks =
    'tidegate rollout promote --app shop --reason "…", or tidegate rollout abort --app shop';
  const answers = {
    ...atRollout(answersTo(["app.read"], "app:shop", { isTokenTooNarrow: true })),
    "GET /api/v1/rollouts/shop": { ...rollout, state: "held", waitsSince: 0, asks },
  };
  const ran = await saidBy(["rollout", "show", "shop"], answers);
  assert.equal(
    ran.narration,
    "app shop: this token may not pause or abort a rollout; that takes rollout.stop\n" +
      "app shop: this token may not resume, promote or skip ahead; that takes rollout.steer\n" +
      "next: use another token: vera may do this, this token may not\n",
  );
  assert.deepEqual(ran.asked.slice(-2), ["GET /api/v1/rights", "GET /api/v1/me"]);
  assert.equal(ran.asked.filter((key) => key === "GET /api/v1/rights").length, 1);
});

test("allowed: of what waits, who may abort and not promote is told so", async () => {
  const asks =
    'tidegate rollout promote --app shop --reason "…", or tidegate rollout abort --app shop';
  const waiting = { ...rollout, state: "held", waitsSince: 0, asks };
  const answers = {
    ...atRollout(answersTo(["rollout.stop"])),
    "GET /api/v1/rollouts/shop": waiting,
  };
  const ran = await saidBy(["rollout", "show", "shop"], answers);
  assert.equal(
    ran.narration,
    "app shop: vera may not resume, promote or skip ahead; that takes rollout.steer\n" +
      "next: tidegate rollout abort --app shop, or ask ana: tidegate grant add vera operator --on app:shop\n",
  );
});
