/** What the shop of the tests tells those who look closer. */
/* oxlint-disable max-lines-per-function -- literals, which are better read whole */
import { err, ok } from "#std";
import {
  digestOf,
  parseAppName,
  parseId,
  parseObjectId,
  type Change,
  type Diff,
  type Release,
  type TestReport,
} from "#domain";
import type { Delivery, WhichLog } from "#delivery";

type Insight = Pick<
  Delivery,
  | "story"
  | "tests"
  | "diff"
  | "evidence"
  | "evidenceBundle"
  | "releaseDiff"
  | "testHistory"
  | "doraOverTime"
  | "durations"
  | "storageUse"
  | "logSources"
  | "newErrors"
  | "logWindow"
  | "searchLog"
  | "followLog"
>;

function the<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  if (!result.ok) throw new Error("a name in the fixture is not one");
  return result.value;
}

const app = the(parseAppName("shop"));
const id = the(parseId("chg", "chg_0000000stop1"));
const oid = the(parseObjectId("a41c".repeat(10)));
const digest = digestOf("9b1e".repeat(16));

const report: TestReport = {
  outcome: "failed",
  source: "node",
  counts: { passed: 1, failed: 1, skipped: 0 },
  cases: [
    { name: "rounds half to even", state: "failed", message: "1.5 is not 2", durationMs: 3 },
    { name: "adds", state: "passed" },
  ],
  isCached: false,
  durationMs: 9_300,
};
const run = {
  change: { id, commit: oid, tree: oid, subject: "Round totals half to even" },
  report,
};

const diff: Diff = {
  files: [{ path: "cart.js", added: 14, removed: 6 }, { path: "logo.png" }],
  filesLeftOut: 0,
  commits: [{ commit: oid, subject: "Round totals half to even", author: "Ana", committedAt: 1 }],
  hasMoreCommits: false,
  patch: "diff --git a/cart.js b/cart.js\n",
  isPatchCut: false,
};

const release = (number: number): Release => ({
  id: the(parseId("rel", `rel_0000000000${number}`)),
  number,
  app,
  environment: "production",
  artifact: digest,
  change: id,
  configVersion: 1,
  formation: { web: 1 },
  state: "live",
  instances: [],
  createdAt: 1,
  cause: "push",
});

const missing = (name: string) => err({ code: "not_found" as const, what: "change", name });
const known = <T>(idOrCommit: string, value: T) =>
  idOrCommit === id ? ok(value) : missing(idOrCommit);

const instance = the(parseId("ins", "ins_000000000001"));
const shopLog = { total: 2, from: 1, lines: ["listening on 31001", "GET / 200"] };

function logOf<T>(which: WhichLog, value: T) {
  const isKnown = "change" in which ? which.change === id : which.instance === instance;
  return isKnown ? ok(value) : missing("log");
}

export function insightOf(now: number): Insight {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of the change only its names are told
  const change = { id, app } as Change;
  return {
    story: async (name) =>
      known(name, {
        change,
        stages: [{ name: "build", state: "passed", waitedMs: 40, workedMs: 1_200 }],
        gate: {
          passed: false,
          rules: [
            {
              name: "tests",
              rule: "tests.failed == 0",
              inputs: { "tests.failed": 1 },
              outcome: "failed",
              because: "tests.failed is 1",
            },
          ],
        },
        failures: [],
      }),
    tests: async (name) =>
      known(name, {
        run: { ...run, at: now },
        cases: report.cases.map((one) => ({ ...one, isFlaky: false, since: "new" as const })),
        gone: [],
        lastPass: { change: run.change, at: now - 1_000 },
      }),
    diff: async (name) => known(name, { ...diff, comparedWith: { release: 11 } }),
    evidence: async (name) =>
      known(name, {
        artifact: digest,
        evidence: [
          {
            artifact: digest,
            predicateType: "https://slsa.dev/provenance/v1",
            bundle: digest,
            createdAt: now,
          },
        ],
        isGenuine: true,
        publicKey: "-----BEGIN PUBLIC KEY-----",
      }),
    evidenceBundle: async (name, bundle) =>
      bundle === digest ? known(name, "{}") : missing(bundle),
    releaseDiff: async ({ app: name, from, to }) =>
      name === app
        ? ok({
            from: release(from),
            to: release(to),
            code: diff,
            config: { added: ["GREETING"], removed: [], changed: ["TOKEN"] },
            isSameArtifact: false,
          })
        : missing(name),
    testHistory: async (name) =>
      name === app
        ? ok({
            runs: [{ ...run, at: now }],
            cases: [
              {
                name: "rounds half to even",
                results: ["failed"],
                failed: 1,
                turned: 0,
                isFlaky: false,
              },
            ],
          })
        : missing(name),
    doraOverTime: async ({ periodMs, periods }) =>
      Array.from({ length: periods }, (_, index) => ({
        fromAt: now - (periods - index) * periodMs,
        periodFromAt: now - (periods - index) * periodMs,
        toAt: now - (periods - index - 1) * periodMs,
        deployments: 2,
        deploymentsPerDay: 0.3,
        failedDeployments: 0,
        changeFailRatio: 0,
      })),
    durations: async () => ({
      changes: 1,
      fromAt: now,
      toAt: now,
      pushToLiveMs: { count: 1, p50: 9, p90: 9, p99: 9 },
      stages: [{ name: "build", tookMs: { count: 1, p50: 9, p90: 9, p99: 9 } }],
    }),
    newErrors: async (named) =>
      named === id
        ? ok({
            isFinal: true,
            found: {
              errors: [
                {
                  fingerprint: "0123456789ab",
                  kind: "log",
                  title: "TypeError: x is not a function",
                  where: "server.js:12",
                  count: 14,
                  firstAt: now - 60_000,
                  example: {
                    instance,
                    line: 2,
                    text: ["TypeError: x is not a function", "    at handler (server.js:12:5)"],
                  },
                },
              ],
              more: 0,
              known: 1,
              candidate: { instances: 1, lines: 2, isCut: false },
              baseline: { instances: 1, lines: 50_000, isCut: true },
            },
          })
        : missing(named),
    logSources: async (name) =>
      name === app
        ? ok([
            {
              instance,
              release: "v12",
              processType: "web",
              startedAt: now,
              sizeBytes: 34,
              isRunning: true,
            },
          ])
        : missing(name),
    logWindow: async (which, { from }) => logOf(which, { ...shopLog, from }),
    searchLog: async (which) => logOf(which, { numbers: [2], found: 1, total: 2 }),
    followLog: async (which, after) =>
      logOf(which, async function* windows() {
        yield { ...shopLog, from: after + 1, lines: shopLog.lines.slice(after) };
      }),
    storageUse: async () => ({
      databaseBytes: 9_000_000,
      journalEntries: 18,
      disk: { sizeBytes: 2, freeBytes: 1 },
      apps: [{ app, artifacts: { count: 1, sizeBytes: 2 }, steps: { count: 3, sizeBytes: 4 } }],
    }),
  };
}
