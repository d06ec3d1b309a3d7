import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  digestOf,
  firstReleaseReason,
  newId,
  parseAppName,
  parseObjectId,
  type Change,
  type ChangeState,
  type EventData,
  type EventType,
  type GuardrailState,
  type StoryEventType,
  type HarmTotals,
  type JournalEntry,
  type TestReport,
  type Verdict,
} from "#domain";
import { sha256Hex } from "#std";
import { lineColumnsMax } from "./limits.ts";
import { noteOf } from "./note.ts";
import { mayPushEnd, renderPushEnd } from "./push-end.ts";
import { renderEntry } from "./story.ts";
import { renderLogLine } from "./lines.ts";

function must<T>(result: { ok: true; value: T } | { ok: false }): T {
  assert.ok(result.ok);
  return result.value;
}

const pushedAt = 1_790_000_000_000;
const app = must(parseAppName("shop"));
const web = must(parseAppName("web"));
const changeId = newId("chg", () => 0.3);
const rollout = newId("rol", () => 0.4);
const release = newId("rel", () => 0.5);
const artifact = digestOf(sha256Hex("artifact"));

const change: Change = {
  id: changeId,
  app,
  environment: "production",
  branch: "main",
  commit: must(parseObjectId("a41c9d2".padEnd(40, "0"))),
  tree: must(parseObjectId("b".repeat(40))),
  subject: "Round totals half to even",
  author: { name: "Ana", email: "ana@example.org" },
  committedAt: pushedAt - 60_000,
  receivedAt: pushedAt,
  pushedBy: "admin",
  trailers: [],
  expectations: [{ id: "exp_1", text: "checkout_completed up >=5% within=7d" }],
  diffStat: { files: 3, added: 12, removed: 4 },
  state: "delivering",
  stages: [],
};
const context = { change, startedAt: pushedAt, url: "http://shop.localhost:7480" };

const totals: HarmTotals = {
  usersExposed: 107,
  usersHarmed: 31,
  candidateRequests: 214,
  candidateErrors: 31,
  baselineRequests: 11_902,
  baselineErrors: 22,
};
const verdict: Verdict = {
  kind: "harmful",
  sentence: "29 % of users met an error, 0.18 % on v12",
  guardrail: "errors",
  guardrails: [
    {
      name: "errors",
      verdict: "harmful",
      unit: "users",
      baseline: { events: 2, sample: 1104 },
      candidate: { events: 31, sample: 107 },
      tolerance: { ratio: 1.5, absolute: 0.005 },
      logEHarm: 9,
      logESafe: -3,
      logEThreshold: 4,
    },
  ],
  throughIndex: 4,
};
const report: TestReport = {
  outcome: "failed",
  source: "node",
  counts: { passed: 411, failed: 1, skipped: 3 },
  cases: [
    {
      name: "totals round half to even",
      file: "test/round.test.js",
      state: "failed",
      message: "\u001B[31mExpected 2\u001B[0m\n\n  got 3\nat round.test.js:7\nat node:internal",
    },
  ],
  isCached: false,
  durationMs: 8300,
};

function entry<T extends EventType>(type: T, data: EventData[T], afterMs = 900): JournalEntry {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- type and data go together above
  return {
    type,
    data,
    app,
    change: changeId,
    actor: "ana",
    seq: 1,
    at: pushedAt + afterMs,
    previousHash: "",
    hash: "",
  } as JournalEntry;
}

const rolledBack = entry(
  "dev.cdevents.service.rolledback",
  {
    rollout,
    release,
    number: 13,
    restored: 12,
    because: verdict.sentence,
    verdict,
    totals,
    exposedMs: 4200,
    failureExample: {
      method: "POST",
      path: "/checkout",
      status: "500",
      at: pushedAt + 17_900,
      requestId: "01J9ZQ",
      log: ["TypeError: cart is undefined", "    at total (cart.js:14)"],
    },
  },
  18_200,
);
const letIn: EventData["dev.cdevents.service.published"] = {
  rollout,
  release,
  number: 13,
  url: context.url,
  because: "0.2 % of users met an error, 0.18 % on v12",
  verdict: {
    ...verdict,
    kind: "safe",
    sentence: "0.2 % of users met an error, 0.18 % on v12",
    guardrails: verdict.guardrails.map((state) => ({ ...state, logESafe: 4 })),
  },
  totals: { ...totals, candidateErrors: 0 },
};
const published = entry("dev.cdevents.service.published", letIn, 252_000);
const memory: GuardrailState = {
  name: "saturation",
  unit: "instances",
  verdict: "safe",
  candidate: { events: 86_114_304, sample: 536_870_912 },
  baseline: { events: 80_000_000, sample: 536_870_912 },
  tolerance: { ratio: 1.5 },
  logEHarm: 0,
  logESafe: 0,
  logEThreshold: 0,
};
const publishedByMemory = entry(
  "dev.cdevents.service.published",
  { ...letIn, verdict: { ...letIn.verdict, guardrails: [memory] } },
  252_000,
);

// oxfmt-ignore
const told: readonly (readonly [JournalEntry, readonly string[]])[] = [
  [entry("dev.cdevents.repository.created", { app }), ["source     0.9 s   app shop is created"]],
  [entry("dev.cdevents.repository.deleted", { app }), ["source     0.9 s   app shop is deleted"]],
  [entry("dev.tidegate.config.changed", { version: 4, keysSet: ["A", "B"], keysUnset: ["C"] }), [
    "source     0.9 s   configuration 4, set A, B, unset C",
  ]],
  [entry("dev.cdevents.change.merged", { change }, 60), [
    'source     0.1 s   a41c9d2 "Round totals half to even"   3 files, +12 -4',
    "                   expects: checkout_completed up >=5% within=7d",
  ]],
  [entry("dev.tidegate.change.superseded", { by: newId("chg", () => 0.6) }), [
    "tidegate   0.9 s   superseded by chg_kkkkkkkkkkkk: a newer push took its place",
    "                   next: tidegate change watch chg_kkkkkkkkkkkk",
  ]],
  [entry("dev.tidegate.change.taken_back", { because: "ana went back from v3 to v1", by: { name: "ana", reason: "", wasLive: true, release: 2 } }), [
    "rollout    0.9 s   nobody has it any more: ana went back from v3 to v1",
    "                   next: tidegate release rollback v2 --app shop, to bring it back",
  ]],
  [entry("dev.tidegate.change.restored", { release, number: 5, because: "ana went back from v4 to v2" }), [
    "rollout    0.9 s   everybody has it again, as v5: ana went back from v4 to v2",
    "                   http://shop.localhost:7480",
  ]],
  [entry("dev.cdevents.build.started", { title: "Node 24, npm", reasons: [{ decided: "npm", because: "package-lock.json" }, { decided: "Node 24", because: ".nvmrc" }] }), [
    "build      0.9 s   Node 24, npm, because package-lock.json, .nvmrc",
  ]],
  [entry("dev.cdevents.build.finished", { outcome: "success", artifact, steps: [{ name: "install", key: artifact, isCached: true, startedAt: 1, finishedAt: 2 }], isCached: false, sizeBytes: 41_400_000 }), [
    "build      0.9 s   sha256:c7c5c1d70c5d…, 41 MB   (install cached)",
  ]],
  [entry("dev.cdevents.build.finished", { outcome: "success", artifact, steps: [], isCached: true, sizeBytes: 3100 }), [
    "build      0.9 s   sha256:c7c5c1d70c5d…, 3 kB   (cached)",
  ]],
  [entry("dev.cdevents.build.finished", { outcome: "failure", steps: [], isCached: false, problem: { code: "step_failed", message: "npm ci ended with exit code 1", where: "step install", next: "run npm install and commit the lock file", log: ["npm error code EUSAGE"] } }), [
    "build      0.9 s   failed: npm ci ended with exit code 1",
    "                   at step install",
    "                   | npm error code EUSAGE",
    "                   next: run npm install and commit the lock file",
  ]],
  [entry("dev.cdevents.testsuiterun.started", { command: "npm test" }), ["test       0.9 s   npm test"]],
  [entry("dev.cdevents.testsuiterun.finished", { outcome: "success", report: { ...report, outcome: "passed", counts: { passed: 1412, failed: 0, skipped: 3 }, cases: [] } }, 9300), [
    "test       9.3 s   1,412 passed, 3 skipped in 8.3 s",
  ]],
  [entry("dev.cdevents.testsuiterun.finished", { outcome: "none", because: "test_home.py is there, but pytest is not among the dependencies", report: { ...report, outcome: "none", source: "none", cases: [] } }), [
    "test       0.9 s   no tests were run, and nothing was checked before its users:",
    "                   test_home.py is there, but pytest is not among the dependencies",
  ]],
  [entry("dev.cdevents.testsuiterun.finished", { outcome: "none", report: { ...report, outcome: "none", source: "none", cases: [] } }), [
    "test       0.9 s   the project has no tests: nothing was checked before its users",
  ]],
  [entry("dev.cdevents.testsuiterun.finished", { outcome: "failure", report, problem: { code: "tests_failed", message: "1 test failed", next: "fix it and push again", log: ["noise"] } }, 9300), [
    "test       9.3 s   1 failed, 411 passed, 3 skipped in 8.3 s",
    "                   failed: totals round half to even   test/round.test.js",
    "                   | Expected 2",
    "                   |   got 3",
    "                   | at round.test.js:7",
    "                   next: fix it and push again",
  ]],
  [entry("dev.cdevents.testsuiterun.finished", { outcome: "failure", report: { ...report, source: "exit-code", counts: { passed: 0, failed: 0, skipped: 0 }, cases: [] }, problem: { code: "tests_failed", message: "npm test ended with exit code 7", log: ["Segmentation fault"] } }), [
    "test       0.9 s   failed in 8.3 s",
    "                   npm test ended with exit code 7",
    "                   | Segmentation fault",
  ]],
  [entry("dev.cdevents.artifact.signed", { artifact, bundle: artifact }), []],
  [entry("dev.tidegate.gate.decided", { passed: true, rules: [{ name: "tests", rule: "tests.failed == 0", inputs: {}, outcome: "passed", because: "" }, { name: "secrets", rule: "", inputs: {}, outcome: "passed", because: "" }] }), [
    "assure     0.9 s   2 of 2 rules hold: tests, secrets",
  ]],
  [entry("dev.tidegate.gate.decided", { passed: true, rules: [{ name: "tests", rule: "tests.failed == 0", inputs: {}, outcome: "passed", because: "", isUntested: true }, { name: "secrets", rule: "", inputs: {}, outcome: "passed", because: "" }] }), [
    "assure     0.9 s   2 of 2 rules hold: secrets; and tests, but only as no test was",
    "                   run",
    '                   to ask for tests: gate: { tests: "tests.passed > 0" }',
  ]],
  [entry("dev.tidegate.gate.decided", { passed: false, rules: [{ name: "tests", rule: "tests.failed == 0", inputs: {}, outcome: "passed", because: "" }, { name: "small", rule: "change.files < 3", inputs: {}, outcome: "failed", because: "change.files < 3 does not hold: change.files is 3" }] }), [
    "assure     0.9 s   the gate stopped it: 1 of 2 rules",
    "                   small            change.files < 3 does not hold: change.files is",
    "                                    3",
  ]],
  [entry("dev.cdevents.service.deployed", { release, number: 13, instances: 1, sandboxLevel: 2, readyMs: 410 }), [
    "rollout    0.9 s   v13 runs, nobody is on it yet: 1 instance, ready in 410 ms,",
    "                   sandbox L2",
  ]],
  [entry("dev.tidegate.release.failed", { release, number: 13, tookMs: 30_000, problem: { code: "start_failed", message: "it never listened on port 41234 in 30.0 s", next: "listen on the port in PORT", log: ["Listening on 3000"] } }), [
    "rollout    0.9 s   v13 did not start: it never listened on port 41234 in 30.0 s",
    "                   | Listening on 3000",
    "                   next: listen on the port in PORT",
  ]],
  [entry("dev.tidegate.instance.exited", { release, instance: "ins_1", exit: "exit code 1", restarts: 4, isCrashLoop: true }), [
    "rollout    0.9 s   crash loop: ins_1 ended 5 times, last: exit code 1",
  ]],
  [entry("dev.tidegate.instance.exited", { release, instance: "ins_1", exit: "signal SIGKILL", restarts: 0, isCrashLoop: false }), [
    "rollout    0.9 s   ins_1 ended (signal SIGKILL) and is started again",
  ]],
  [entry("dev.tidegate.rollout.started", { rollout, candidate: 13, baseline: 12, policy: "adaptive, at most 50 failed requests" }), [
    "rollout    0.9 s   v13 beside v12, adaptive, at most 50 failed requests",
  ]],
  [entry("dev.tidegate.rollout.started", { rollout, candidate: 7, baseline: 2, policy: "adaptive", inPlaceOf: { number: 6, commit: change.commit, totals: { ...totals, usersExposed: 92 } } }), [
    "rollout    0.9 s   v7 beside v2, adaptive",
    "                   takes the place of v6 (a41c9d2), which 92 users had met",
  ]],
  [entry("dev.tidegate.rollout.started", { rollout, candidate: 7, baseline: 2, policy: "adaptive", carries: { config: 5, live: 0 } }), [
    "rollout    0.9 s   v7 beside v2, adaptive",
    "                   mind: it carries configuration version 5, which was set and is",
    "                   not live yet (live: none)",
  ]],
  [entry("dev.tidegate.change.superseded", { by: changeId, replaced: { number: 6, byCommit: change.commit, totals: { ...totals, usersExposed: 92 } } }), [
    "rollout    0.9 s   v6 is replaced by a41c9d2 after 92 users had met it",
    `                   next: tidegate change watch ${changeId}`,
  ]],
  [entry("dev.tidegate.rollout.started", { rollout, candidate: 1, policy: "" }), [
    "rollout    0.9 s   v1 is the first release: there is nothing to compare it with",
  ]],
  [entry("dev.tidegate.rollout.started", { rollout, candidate: 13, baseline: 12, policy: "adaptive, at most 50 failed requests", together: [web], without: [{ app: "mail", because: "it has no release yet" }] }), [
    "rollout    0.9 s   v13 beside v12, adaptive, at most 50 failed requests",
    "                   together with web: one exposure, one verdict",
    "                   without mail (it has no release yet)",
  ]],
  [entry("dev.tidegate.rollout.gathering", { release, waitsFor: [{ app: "web", because: "its change 1a2b3c4 is on its way" }], untilAt: Date.UTC(2026, 10, 25, 12, 30) }), [
    "rollout    0.9 s   waits, at most until 2026-11-25 12:30 UTC, for web (its change",
    "                   1a2b3c4 is on its way)",
  ]],
  [entry("dev.tidegate.rollout.regrouped", { rollout, app: web, by: changeId, untilAt: 0 }), [
    `rollout    0.9 s   nobody is on it now: web has the newer change ${changeId},`,
    "                   and it goes with that",
  ]],
  [entry("dev.tidegate.rollout.exposure_changed", { rollout, from: 0, to: 1200, because: "108 users were served without harm", verdict, totals }, 14_400), [
    "rollout   14.4 s   12 % of users: 108 users were served without harm",
  ]],
  [entry("dev.tidegate.rollout.exposure_changed", { rollout, from: 0, to: 5000, because: "so", verdict, totals, isPrescribed: true }), [
    "rollout    0.9 s   50 % of users: so",
  ]],
  [entry("dev.tidegate.rollout.exposure_changed", { rollout, from: 0, to: 5000, because: "so", verdict, totals, quiet: { maxDurationMs: 3_600_000, atMaxDuration: "hold" } }), [
    "rollout    0.9 s   50 % of users: so",
    "                   nobody visits, and without requests there is no verdict",
    "                   after 1 h of that it is held and a person is asked",
    "                   what counts are requests to its address; who keeps the edge's",
    "                   cookie is a user",
    '                   to let everybody in without: tidegate rollout promote --app shop',
    '                   --reason "…"',
    "                   to have time let it in: `atMaxDuration: promote` in",
    "                   tidegate.yaml, with `probes`",
  ]],
  [entry("dev.tidegate.rollout.exposure_changed", { rollout, from: 1200, to: 0, because: "harm was found", verdict, totals }, 14_400), [
    "rollout   14.4 s   back to 0 % of users: harm was found",
  ]],
  [entry("dev.tidegate.rollout.step_entered", { rollout, step: 2, steps: 3, kind: "weight", title: "10 % of users", because: "step 1 is over" }), [
    "rollout    0.9 s   step 2 of 3: 10 % of users; step 1 is over",
  ]],
  [entry("dev.tidegate.rollout.delayed", { rollout, untilAt: 0, because: "frozen: sale, until 2026-11-25 12:30 UTC" }), [
    "rollout    0.9 s   waits: frozen: sale, until 2026-11-25 12:30 UTC",
  ]],
  [entry("dev.tidegate.rollout.fresh_baseline_missing", { rollout, because: "what is live changed" }), [
    "rollout    0.9 s   compares with the running baseline: what is live changed",
  ]],
  [entry("dev.tidegate.rollout.baked", { rollout, release, number: 13, because: "nothing spoke against it", verdict, totals }), [
    "rollout    0.9 s   v13 has baked: nothing spoke against it",
  ]],
  [entry("dev.tidegate.rollout.commanded", { rollout, command: "approve", reason: "good", step: 2 }), [
    "rollout    0.9 s   approve 2 asked for by ana: good",
  ]],
  [entry("dev.tidegate.rollout.commanded", { rollout, command: "abort", reason: "", of: web }), [
    "rollout    0.9 s   abort asked for by ana, of web and all with it",
  ]],
  [entry("dev.tidegate.rollout.held", { rollout, because: "no verdict in 30 min", next: "tidegate rollout promote shop" }, 1_800_000), [
    "rollout  30m 00s   held: no verdict in 30 min",
    "                   next: tidegate rollout promote shop",
  ]],
  [entry("dev.tidegate.rollout.not_measured", { rollout, guardrail: "checkout", metric: "checkout_failed", because: "neither release ever reported checkout_failed", where: "the metrics of both releases", next: "add 0 to it" }), [
    "rollout    0.9 s   guardrail checkout is not measured: neither release ever reported",
    "                   checkout_failed",
    "                   looked for checkout_failed in the metrics of both releases;",
    "                   without it there is no verdict",
    "                   next: add 0 to it",
  ]],
  [entry("dev.tidegate.rollout.commanded", { rollout, command: "pause", reason: "lunch" }), [
    "rollout    0.9 s   pause asked for by ana: lunch",
  ]],
  [entry("dev.tidegate.rollout.link_made", { rollout, arm: "candidate" }), [
    "rollout    0.9 s   ana had a link made to put a browser into it",
  ]],
  [entry("dev.tidegate.rollout.link_made", { rollout, arm: "baseline" }), [
    "rollout    0.9 s   ana had a link made to put a browser out of it",
  ]],
  [published, [
    "rollout   4m 12s   everybody has v13: it does what the release before it did, as",
    "                   well",
    "                   judged on        107 users, 214 requests, beside 11,902 requests",
    "                                    of everybody else",
    "                   errors           31 of 107 (29 %); baseline 2 of 1,104 (0.18 %);",
    "                                    55 : 1 that it is tolerable",
    "                   http://shop.localhost:7480",
  ]],
  [entry("dev.cdevents.service.published", { ...letIn, number: 1, because: firstReleaseReason }), [
    "rollout    0.9 s   everybody has v1",
    "                   http://shop.localhost:7480",
  ]],
  [publishedByMemory, [
    "rollout   4m 12s   everybody has v13: it does what the release before it did, as",
    "                   well",
    "                   judged on        107 users, 214 requests, beside 11,902 requests",
    "                                    of everybody else",
    "                   saturation       86 MB of 537 MB (16 %); baseline 80 MB of 537 MB",
    "                                    (14.9 %)",
    "                   http://shop.localhost:7480",
  ]],
  [rolledBack, [
    "rollout   18.2 s   rolled back v13, everybody is back on v12: more requests fail",
    "                   than is tolerated",
    "                   users exposed    107 users for 4.2 s",
    "                   requests failed  31 of 214 (14.5 %); baseline 0.18 %",
    "                   guardrail        errors: 31 of 107 users (29 %)",
    "                   baseline         2 of 1,104 users (0.18 %)",
    "                   tolerated        1.5 times the baseline and 0.5 points more",
    "                   evidence         8,103 : 1 that it is worse",
    "                   one of them      POST /checkout answered 500, 17.9 s after the",
    "                                    push",
    "                   request          01J9ZQ",
    "                   | TypeError: cart is undefined",
    "                   |     at total (cart.js:14)",
    `                   next: tidegate change show ${changeId}`,
  ]],
  [entry("dev.cdevents.service.removed", { release, number: 12 }), ["rollout    0.9 s   v12 is stopped"]],
  [entry("dev.tidegate.delivery.finished", { state: "unchanged", summary: "v12 already runs this tree" }), [
    "tidegate   0.9 s   nothing to do: v12 already runs this tree",
    "                   http://shop.localhost:7480",
  ]],
  [entry("dev.tidegate.delivery.finished", { state: "failed", summary: "tests failed", problem: { code: "tests_failed", message: "1 of 415 tests failed" } }), [
    "tidegate   0.9 s   not delivered, no user met it: 1 of 415 tests failed",
    `                   next: tidegate change show ${changeId}`,
  ]],
  [entry("dev.tidegate.delivery.finished", { state: "live", summary: "" }), []],
];
for (const [index, [event, lines]] of told.entries()) {
  test(`story ${index}: ${event.type} reads as it should`, () => {
    assert.deepEqual(renderEntry(event, context), lines);
  });
}

test("story: what the app says went wrong, and did not before, is told with its place", () => {
  assert.ok(rolledBack.type === "dev.cdevents.service.rolledback");
  const first = [
    { title: "TypeError: x is not a function", where: "server.js:12", count: 14 },
    { title: "panic: \u001b[31mred", count: 1 },
  ];
  const data = { ...rolledBack.data, newErrors: { first, kinds: 5 } };
  const lines = renderEntry(entry("dev.cdevents.service.rolledback", data), context);
  const from = lines.findIndex((line) => line.includes("new errors"));
  assert.deepEqual(
    lines.slice(from, from + 4).map((line) => line.slice(19)),
    [
      "new errors       TypeError: x is not a function, server.js:12 (14",
      "                 times)",
      "                 panic: red (once)",
      `3 more of them: tidegate change errors ${changeId}`,
    ],
  );
  assert.match(lines[from + 4] ?? "", /one of them/);
  const ended = entry("dev.cdevents.service.rolledback", data);
  const note = noteOf({ ...change, state: "rolled_back" }, [ended]);
  assert.match(note, /^New-error: TypeError: x is not a function, server\.js:12 \(14 times\)$/m);
  assert.match(note, /^New-error: panic: red \(once\)$/m);
  const back = { release, number: 5, because: "so" };
  const again = entry("dev.tidegate.change.restored", back);
  const restored = noteOf({ ...change, state: "live" }, [ended, again]);
  assert.match(restored, /^Outcome: live$/m);
  assert.doesNotMatch(restored, /New-error/, "what was found is no part of how it stands");
});

// oxfmt-ignore
const slownesses: readonly (readonly [string, Partial<EventData["dev.cdevents.service.rolledback"]>, boolean])[] = [
  ["soon after the start, beside what runs already", { exposedMs: 40_000 },                      true],
  ["beside instances as young",                      { exposedMs: 40_000, baseline: "fresh" },   false],
  ["after a while",                                  { exposedMs: 20 * 60_000 },                 false],
  ["that is none: errors",                           { exposedMs: 40_000, verdict },             false],
];

for (const [when, part, isTold] of slownesses) {
  test(`story: ${isTold ? "a" : "no"} remedy is named for slowness ${when}`, () => {
    assert.ok(rolledBack.type === "dev.cdevents.service.rolledback");
    const guardrails = verdict.guardrails.map((state) => ({ ...state, name: "latency" }));
    const slow = { ...verdict, guardrail: "latency", guardrails };
    const data = { ...rolledBack.data, verdict: slow, ...part };
    const lines = renderEntry(entry("dev.cdevents.service.rolledback", data), context);
    assert.equal(
      lines.some((line) => line.includes("baseline: fresh")),
      isTold,
      lines.join("\n"),
    );
    const note = noteOf({ ...change, state: "rolled_back" }, [
      entry("dev.cdevents.service.rolledback", data),
    ]);
    assert.equal(note.includes("baseline: fresh"), isTold, note);
  });
}

test("story: the table reaches every type of entry", () => {
  const every: Record<StoryEventType, 1> = {
    "dev.cdevents.repository.created": 1,
    "dev.cdevents.repository.deleted": 1,
    "dev.tidegate.config.changed": 1,
    "dev.cdevents.change.merged": 1,
    "dev.tidegate.change.superseded": 1,
    "dev.tidegate.change.taken_back": 1,
    "dev.tidegate.change.restored": 1,
    "dev.cdevents.build.started": 1,
    "dev.cdevents.build.finished": 1,
    "dev.cdevents.testsuiterun.started": 1,
    "dev.cdevents.testsuiterun.finished": 1,
    "dev.cdevents.artifact.signed": 1,
    "dev.tidegate.gate.decided": 1,
    "dev.cdevents.service.deployed": 1,
    "dev.tidegate.release.failed": 1,
    "dev.tidegate.instance.exited": 1,
    "dev.tidegate.rollout.started": 1,
    "dev.tidegate.rollout.exposure_changed": 1,
    "dev.tidegate.rollout.held": 1,
    "dev.tidegate.rollout.step_entered": 1,
    "dev.tidegate.rollout.baked": 1,
    "dev.tidegate.rollout.delayed": 1,
    "dev.tidegate.rollout.gathering": 1,
    "dev.tidegate.rollout.regrouped": 1,
    "dev.tidegate.rollout.not_measured": 1,
    "dev.tidegate.rollout.fresh_baseline_missing": 1,
    "dev.tidegate.rollout.commanded": 1,
    "dev.tidegate.rollout.link_made": 1,
    "dev.cdevents.service.published": 1,
    "dev.cdevents.service.rolledback": 1,
    "dev.cdevents.service.removed": 1,
    "dev.tidegate.delivery.finished": 1,
  };
  const reached = new Set(told.map(([event]) => event.type));
  assert.deepEqual([...reached].toSorted(), Object.keys(every).toSorted());
});

test("story: many failing tests are counted, the first ten are named", () => {
  const cases = Array.from(
    { length: 14 },
    (_, n) => ({ name: `case ${n}`, state: "failed" }) as const,
  );
  const many = { ...report, counts: { passed: 0, failed: 14, skipped: 0 }, cases };
  const data = { outcome: "failure", report: many } as const;
  const lines = renderEntry(entry("dev.cdevents.testsuiterun.finished", data), context);
  assert.equal(lines.filter((line) => line.includes("failed: case")).length, 10);
  assert.match(lines.at(-1) ?? "", /and 4 more$/);
});

test("story: a rollback nobody met says so", () => {
  assert.ok(rolledBack.type === "dev.cdevents.service.rolledback");
  const none = {
    ...totals,
    usersExposed: 0,
    candidateRequests: 0,
    candidateErrors: 0,
    baselineRequests: 0,
  };
  const data = { ...rolledBack.data, totals: none, exposedMs: 0 };
  const text = renderEntry(entry("dev.cdevents.service.rolledback", data), context).join("\n");
  assert.match(text, /users exposed {4}none/);
  assert.match(text, /requests failed {2}0 of 0$/m);
  const lived = { ...data, exposedMs: 4200 };
  const later = renderEntry(entry("dev.cdevents.service.rolledback", lived), context).join("\n");
  assert.match(later, /users exposed {4}not counted, for 4\.2 s/);
});

const unkeyed: HarmTotals = { ...totals, usersExposed: 0, usersHarmed: 0 };

test("story: where no request carried a user's key, nobody speaks of users", () => {
  assert(published.type === "dev.cdevents.service.published");
  assert(exposed.type === "dev.tidegate.rollout.exposure_changed");
  const lines = [
    entry("dev.tidegate.rollout.exposure_changed", { ...exposed.data, totals: unkeyed }),
    entry("dev.cdevents.service.published", { ...published.data, totals: unkeyed }),
  ].flatMap((each) => renderEntry(each, context));
  const text = lines.join("\n");
  assert.match(text, /1 % of requests:/);
  assert.match(text, /judged on {8}214 requests, beside 11,902 requests of the\n +release before/);
  assert.doesNotMatch(text, /users/);
  const ended = entry("dev.cdevents.service.published", { ...published.data, totals: unkeyed });
  const note = noteOf({ ...change, state: "live" }, [ended]);
  assert.match(note, /^v13 is live: everybody has it; 214 requests met it while it was judged\.\n/);
  assert.match(note, /^Users-exposed: not counted$/m);
});

test("story: one point that is tolerated is one", () => {
  assert.ok(rolledBack.type === "dev.cdevents.service.rolledback");
  const tolerance = { ratio: 1.5, absolute: 0.01 };
  const guardrails = verdict.guardrails.map((state) => ({ ...state, tolerance }));
  const data = { ...rolledBack.data, verdict: { ...verdict, guardrails } };
  const lines = renderEntry(entry("dev.cdevents.service.rolledback", data), context);
  assert.match(lines.join("\n"), / 1\.5 times the baseline and 1 point more$/m);
});

test("story: on a terminal the stage is bold, bad news red, and the words stay the same", () => {
  const plain = renderEntry(rolledBack, context);
  const bold = renderEntry(rolledBack, { ...context, isTty: true });
  assert.ok(bold[0]?.startsWith("\u001B[1;31mrollout\u001B[0m   18.2 s"));
  assert.deepEqual(
    bold.map((line) => line.replace("\u001B[1;31m", "").replace("\u001B[0m", "")),
    plain,
  );
});

const hostile = fc.string({ unit: "binary", maxLength: 400 });
test("story: whatever the repository says, no line is wide and none moves the cursor", () => {
  fc.assert(
    fc.property(hostile, hostile, (subject, message) => {
      const events = [
        entry("dev.cdevents.change.merged", { change: { ...change, subject } }),
        entry("dev.tidegate.release.failed", {
          release,
          tookMs: 30_000,
          number: 1,
          problem: { code: "x", message, log: [subject, message] },
        }),
        entry("dev.cdevents.testsuiterun.finished", {
          outcome: "failure",
          report: {
            ...report,
            cases: [{ name: subject, file: message, state: "failed", message }],
          },
        }),
      ];
      for (const line of events.flatMap((event) => renderEntry(event, context))) {
        assert.ok(Array.from(line).length <= lineColumnsMax, line);
        // oxlint-disable-next-line no-control-regex -- control characters are what this is about
        assert.doesNotMatch(line, /[\u0000-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/);
      }
    }),
  );
});

test("story: what a step prints is quoted below its stage, cut and harmless", () => {
  assert.equal(
    renderLogLine("added 12 packages\u001B[2J "),
    "                   | added 12 packages",
  );
  assert.equal(Array.from(renderLogLine("x".repeat(500))).length, lineColumnsMax);
});

const exposed = entry("dev.tidegate.rollout.exposure_changed", {
  rollout,
  from: 0,
  to: 100,
  because: "",
  verdict,
  totals,
});
const taken = entry("dev.tidegate.rollout.exposure_changed", {
  rollout,
  from: 100,
  to: 0,
  because: "",
  verdict,
  totals,
});
const held = entry("dev.tidegate.rollout.held", { rollout, because: "", next: "" });
const paused = entry("dev.tidegate.rollout.commanded", { rollout, command: "pause", reason: "" });
const resumed = entry("dev.tidegate.rollout.commanded", { rollout, command: "resume", reason: "" });
const done = entry("dev.tidegate.delivery.finished", { state: "failed", summary: "" });
const built = entry("dev.cdevents.testsuiterun.started", { command: "" });
// oxfmt-ignore
const ends: readonly (readonly [string, JournalEntry, boolean, boolean])[] = [
  ["a stage on the way",      built,     false, false],
  ["the first users",         exposed,   true,  false],
  ["users taken away",        taken,     false, false],
  ["everybody",               published, true,  false],
  ["waiting for a person",    held,      true,  true],
  ["a person's pause",        paused,    true,  true],
  ["a person's go-ahead",     resumed,   false, false],
  ["a final state",           done,      true,  true],
];
for (const [claim, event, inDefault, inWait] of ends) {
  test(`push end: ${claim} ends ${inDefault ? "a push" : "no push"} and ${inWait ? "a waiting one" : "no waiting one"}`, () => {
    assert.equal(mayPushEnd(event, "default"), inDefault);
    assert.equal(mayPushEnd(event, "wait"), inWait);
  });
}

// oxfmt-ignore
const asks: readonly (readonly [claim: string, isNow: boolean, words: RegExp])[] = [
  ["that waits for approval says who gives it, and how", true,  /no further before an operator of shop\nhas approved step 1 of 2:\n {2}tidegate rollout approve x\n/],
  ["that will wait for approval says when",             false, /by itself until step 1 of 2,\nwhich an operator of shop has to approve/],
];
for (const [claim, isNow, words] of asks) {
  test(`push end: a rollout ${claim}`, () => {
    const asked = {
      isNow,
      step: "step 1 of 2",
      command: "tidegate rollout approve x",
      whom: "an operator of shop",
    };
    const text = renderPushEnd(exposed, change, asked).join("\n");
    assert.match(text, words);
    assert.doesNotMatch(text, /without you/);
    assert.match(text, new RegExp(`tidegate change watch ${changeId}`));
  });
}

test("push end: what waits for a person says so, and after a pause how it goes on", () => {
  const watch = new RegExp(`tidegate change watch ${changeId}$`);
  const asked = renderPushEnd(held, change).join("\n");
  assert.match(asked, /waits for a person/);
  assert.match(asked, watch);
  const stopped = renderPushEnd(paused, change).join("\n");
  assert.match(
    stopped,
    /paused.*\n {2}tidegate rollout resume --app shop\n {2}tidegate rollout abort --app shop\n/,
  );
  assert.match(stopped, watch);
});

test("push end: a push that ends at its first users says how to see the rest", () => {
  assert.match(
    renderPushEnd(exposed, change).join("\n"),
    new RegExp(`tidegate change watch ${changeId}`),
  );
  assert.deepEqual(renderPushEnd(done, change), []);
});

const stages = [
  { name: "build", state: "passed", startedAt: pushedAt, finishedAt: pushedAt + 900 },
  { name: "rollout", state: "failed", startedAt: pushedAt + 10_000, finishedAt: pushedAt + 18_200 },
] as const;

test("note: a rolled back change says who met it, what failed and why", () => {
  const finished = entry("dev.tidegate.delivery.finished", {
    state: "rolled_back",
    summary: "harm",
  });
  const note = noteOf({ ...change, state: "rolled_back", stages }, [rolledBack, finished]);
  assert.equal(
    note,
    [
      "v13 is rolled back: it was taken away from those who met it; 107 users met it while it was judged.",
      "29 % of users met an error, 0.18 % on v12",
      "",
      "Outcome: rolled-back",
      `Change: ${changeId}`,
      "Release: v13",
      "Users-exposed: 107",
      "Users-harmed: 31 of 107 (29 %)",
      "Requests-failed: 31 of 214 (14.5 %)",
      "Exposed-for: 4.2 s",
      "Verdict: harmful",
      "Build: 900 ms",
      "Rollout: 8.2 s",
      "Expect: checkout_completed up >=5% within=7d (not evaluated yet)",
      "",
    ].join("\n"),
  );
});

const ana = { name: "ana", reason: "loses orders", wasLive: true, release: 13 };
const went = "ana went back from v13 to v12: loses orders";
const goneBack = (afterMs: number) =>
  entry("dev.tidegate.change.taken_back", { because: went, by: ana }, afterMs);

test("story: a push that brings back what was taken back is told so, and how it is left out", () => {
  const [commit, at] = [must(parseObjectId("9f8e7d6".padEnd(40, "0"))), pushedAt - 300_000];
  const back = { change: changeId, commit, subject: "Say three", by: "ana", at };
  const contains = [{ ...back, reason: "loses orders" }];
  const merged = entry("dev.cdevents.change.merged", { change: { ...change, contains } }, 60);
  const text = renderEntry(merged, context).join("\n").replaceAll(/\s+/g, " ");
  assert.match(
    text,
    /mind: it contains 9f8e7d6 "Say three", which ana took back 5 min ago: loses orders to leave that out: git revert --no-edit 9f8e7d6/,
  );
});

test("note: what everybody had until a person went back from it says from when to when", () => {
  const nobody = { ...totals, usersExposed: 0, usersHarmed: 0, candidateRequests: 0 };
  const at = pushedAt + 252_000;
  const had: Change = {
    ...change,
    state: "rolled_back",
    takenBackBy: ana,
    everybodyAt: at,
    finishedAt: at + 29 * 60_000,
  };
  const atOnce = entry("dev.cdevents.service.published", { ...letIn, totals: nobody }, 252_000);
  const note = noteOf(had, [atOnce, goneBack(252_000 + 29 * 60_000)]);
  assert.equal(
    note.split("\n").slice(0, 2).join("\n"),
    `v13 is rolled back: everybody had it for 29 min, from 2026-09-21 14:17 to 14:46 UTC.\n${went}`,
  );
  for (const trailer of [
    "Users-exposed: everybody",
    "Exposed-for: 29 min",
    "Everybody-from: 2026-09-21 14:17 UTC",
    "Everybody-until: 2026-09-21 14:46 UTC",
    "Taken-back-by: ana",
  ]) {
    assert.ok(note.includes(`${trailer}\n`), `${trailer} in ${note}`);
  }
  assert.doesNotMatch(note, /Users-harmed|Requests-failed|0 of 0/);
  assert.match(
    noteOf(had, [published, goneBack(252_000 + 29 * 60_000)]),
    /^Users-exposed: everybody \(107 while it was judged\)$/m,
  );
});

test("note: the time in which a change was off does not count as exposure", () => {
  const restored = entry(
    "dev.tidegate.change.restored",
    { release, number: 15, because: "ana went back from v14 to v13" },
    3_600_000,
  );
  const entries = [published, goneBack(312_000), restored, goneBack(3_660_000)];
  const note = noteOf({ ...change, state: "rolled_back", takenBackBy: ana }, entries);
  assert.match(note, /^Exposed-for: 2 min$/m);
});

test("story: who went back from what everybody had reads that everybody had it", () => {
  const back = entry("dev.cdevents.service.rolledback", {
    rollout,
    release,
    number: 13,
    restored: 12,
    because: went,
    by: ana,
    verdict: { ...verdict, kind: "safe", guardrails: [] },
    totals: { ...totals, usersExposed: 0, candidateRequests: 0 },
    exposedMs: 1_740_000,
  });
  const text = renderEntry(back, context).join("\n");
  assert.match(text, /users exposed +everybody, for 29 min$/m);
  assert.doesNotMatch(text, /requests failed/);
});

test("note: a live change has a lead time, from commit to everybody", () => {
  const note = noteOf({ ...change, state: "live" }, [published]);
  assert.match(note, /^v13 is live: everybody has it; 107 users met it/);
  assert.match(note, /^Lead-time: 5 min 12 s$/m);
});

test("note: every final state has a sentence, and a failure its reason", () => {
  const states: readonly ChangeState[] = [
    "live",
    "rolled_back",
    "failed",
    "superseded",
    "unchanged",
  ];
  for (const state of states) {
    const finished = entry("dev.tidegate.delivery.finished", { state, summary: "because of this" });
    assert.match(
      noteOf({ ...change, state }, [finished]),
      /^this change (?:is .+|failed: no user met it\.)\nbecause of this\n\nOutcome: /,
    );
  }
});

test("note: an unchanged tree says which release runs it", () => {
  const note = noteOf({ ...change, state: "unchanged" }, [], "v12 runs this tree already");
  assert.match(note, /its tree was live already\.\nv12 runs this tree already\n/);
});

test("note: a trailer is one line, whatever the author wrote", () => {
  const text = "metric up\nOutcome: live\u001B[2J";
  const note = noteOf({ ...change, expectations: [{ id: "exp_1", text }] }, []);
  assert.equal(note.match(/^Outcome:/gm)?.length, 1);
  assert.match(note, /^Expect: metric up Outcome: live {0,1}\(not evaluated yet\)$/m);
});

test("note: a replaced change says by what, and who had met it", () => {
  const byCommit = must(parseObjectId("c".repeat(40)));
  const over = entry("dev.tidegate.change.superseded", {
    by: changeId,
    replaced: { number: 6, byCommit, totals: { ...totals, usersExposed: 92 } },
  });
  const note = noteOf({ ...change, state: "superseded" }, [over]);
  assert.match(note, /^v6 is replaced by ccccccc after 92 users had met it\.\n/);
  assert.match(note, /^Users-exposed: 92$/m);
});
