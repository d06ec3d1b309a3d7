/** A delivery as an object literal, for the tests of this room: one app, a live change and a stopped one. */
/* oxlint-disable max-lines-per-function -- literals, which are better read whole */
import { err, ok, some } from "#std";
import { sure } from "#std/testing";
import {
  digestOf,
  genesisHash,
  latencyCells,
  isAllowed,
  isVisible,
  parseAppName,
  parseId,
  parseObjectId,
  parseTeamName,
  usualSlo,
  type App,
  type Change,
  type IntervalCounts,
  type JournalEntry,
  type Release,
  type Resource,
  type Rollout,
} from "#domain";
import { insightOf } from "./shop-insight.testing.ts";
import type { AppView, ChangeView, Delivery, SeriesView } from "#delivery";

export const shopToken = "tg_right-token-of-the-shop";

export interface Shop extends Delivery {
  /** What was asked of the delivery that changes something, in order. */
  readonly calls: readonly unknown[];
  /** Entries `followChange` gives; more may be pushed while somebody follows. */
  readonly journal: JournalEntry[];
  /** Wakes followers, to be called after a push to `journal`. */
  wake(): void;
}

const toldOf = (entry: JournalEntry) => ({ entry, lines: [`${entry.actor}: ${entry.type}`] });

const missing = (what: string, name: string) => err({ code: "not_found" as const, what, name });

const known = <T>(name: string, value: T) => (name === "shop" ? ok(value) : missing("app", name));

export function shopAt(now: number): Shop {
  const calls: unknown[] = [];
  const journal = entriesAt(now);
  const waiting = new Set<() => void>();
  const app = appView(now);
  const views = [stoppedView(now), liveView(now), heldView(now)];
  const found = (idOrCommit: string) =>
    views.find(({ change }) => change.id === idOrCommit || change.commit.startsWith(idOrCommit));
  return {
    ...insightOf(now),
    calls,
    journal,
    wake: () => waiting.forEach((resolve) => resolve()),
    createApp: async (input, actor) => {
      calls.push(["createApp", input, actor]);
      if (input.name === "shop") return err({ code: "already_exists", what: "app", name: "shop" });
      const name = parseAppName(input.name);
      if (!name.ok) return name;
      const { live: _live, rollout: _rollout, ...empty } = appView(now);
      const fresh = { ...empty.app, name: name.value, createdAt: now, configVersion: 0 };
      return ok({ ...empty, app: fresh, url: `http://${name.value}.localhost:7480` });
    },
    assignApp: async (input, actor) => {
      calls.push(["assignApp", input, actor]);
      return known(input.app, app);
    },
    deleteApp: async (name, actor) => {
      calls.push(["deleteApp", name, actor]);
      return known(name, undefined);
    },
    // As the delivery does it: what may not be seen is answered like what does not exist.
    locate: async ({ kind, name, environment }, actor) => {
      const id = { shop: kind === "app" ? "shop" : rolloutId, [rolloutId]: rolloutId }[name];
      const named = kind === "change" ? found(name)?.change.id : id;
      const { environment: production, ...whole } = shopResource;
      const part = kind === "app" ? environment : production;
      const resource = { ...whole, ...some("environment", part) };
      if (named !== undefined && isVisible(actor, shopResource)) return ok({ id: named, resource });
      return missing(kind === "rollout" && !name.startsWith("rol_") ? "app" : kind, name);
    },
    sight: async (actor, permission = "app.read") => {
      if (isAllowed(actor, permission, { kind: "platform" })) return undefined;
      return isAllowed(actor, permission, shopResource)
        ? [{ name: shopResource.app, createdAt: now - 86_400_000 }]
        : [];
    },
    apps: async (actor) => (isAllowed(actor, "app.read", shopResource) ? [app] : []),
    urlOf: (host) => `http://${host}:7480`,
    overview: async (_query, actor) =>
      isAllowed(actor, "app.read", shopResource)
        ? [{ ...app, change: changeOf(now), candidate: release(now, 12) }]
        : [],
    app: async (name) => known(name, app),
    changes: async ({ limit }, actor) =>
      isAllowed(actor, "app.read", shopResource)
        ? views.map(({ change, standing }) => ({ ...change, standing })).slice(0, limit)
        : [],
    change: async (idOrCommit) => {
      const view = found(idOrCommit);
      return view === undefined ? missing("change", idOrCommit) : ok(view);
    },
    async *followChange(_id, after, signal) {
      let next = after;
      while (!signal.aborted) {
        for (const entry of journal.filter(({ seq }) => seq > next)) {
          next = entry.seq;
          yield { entry, lines: [`${entry.actor}: ${entry.type}`] };
          if (entry.type === "dev.tidegate.delivery.finished") return;
        }
        await new Promise<void>((resolve) => {
          waiting.add(resolve);
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
      }
    },
    changeLog: async (id) => {
      const view = found(id);
      return view === undefined ? missing("change", id) : ok(["added 57 packages in 2 s"]);
    },
    releases: async ({ app: name }) =>
      known(
        name,
        [12, 11].map((number) => ({ ...release(now, number), isKept: true })),
      ),
    domains: async (name) => known(name, [domain]),
    addDomain: async (input, actor) => {
      calls.push(["addDomain", input, actor]);
      if (input.host === domain.host) {
        return err({ code: "already_exists" as const, what: "domain", name: input.host });
      }
      return known(input.app, { ...domain, host: input.host, url: `http://${input.host}:7480` });
    },
    removeDomain: async (input, actor) => {
      calls.push(["removeDomain", input, actor]);
      return input.host === domain.host
        ? known(input.app, undefined)
        : missing("domain of shop", input.host);
    },
    rollback: async (input, actor) => {
      calls.push(["rollback", input, actor]);
      if (input.to === 99) return missing("release", "v99");
      return ok({
        release: { ...release(now, 13), cause: "rollback" as const },
        elapsedMs: 131,
        restored: { number: 11, subject: "Eleven" },
        left: { number: 12, subject: "Twelve" },
      });
    },
    rollout: async (id) =>
      id === "shop" || id === rolloutId ? ok(rolloutOf(now)) : missing("rollout", id),
    counts: async ({ idOrApp, after, limit }) =>
      known(idOrApp === rolloutId ? "shop" : idOrApp, {
        rollout: rolloutOf(now),
        intervals: countsOf(now)
          .filter(({ index }) => index > after)
          .slice(0, limit),
      }),
    cohortLinks: async (input, actor) => {
      calls.push(["cohortLinks", input, actor]);
      const url = "http://shop.localhost:7480/.well-known/tidegate/me?pass=a.b";
      return known(input.idOrApp === rolloutId ? "shop" : input.idOrApp, {
        links: [{ app: shopResource.app, url }],
        expiresAt: now + 600_000,
      });
    },
    userPlace: async ({ idOrApp }) =>
      known(idOrApp === rolloutId ? "shop" : idOrApp, {
        rollout: rolloutId,
        app: shopResource.app,
        isIn: true,
        release: "v12",
        by: "chance" as const,
        because: "chance: the user is in bucket 7 of 10000, and the candidate has those below 2500",
        sinceAt: now - 60_000,
        bucket: 7,
        unless: [],
      }),
    series: async ({ idOrApp, points }) =>
      known(idOrApp === rolloutId ? "shop" : idOrApp, seriesOf(now, points)),
    command: async (input, actor) => {
      calls.push(["command", input, actor]);
      if (input.kind === "resume") {
        const next = "Push again: a rollout that turned back never goes on.";
        return err({ code: "wrong_state", what: "rollout", state: "rolled_back", next });
      }
      return known(input.idOrApp === rolloutId ? "shop" : input.idOrApp, {
        ...rolloutOf(now),
        state: "paused" as const,
      });
    },
    config: async (name) =>
      known(name, {
        version: 3,
        newest: 3,
        values: { GREETING: "hello", LOG_LEVEL: "info" },
        live: 3,
        isRolledOut: false,
      }),
    changeConfig: async (input, actor) => {
      calls.push(["changeConfig", input, actor]);
      return known(input.app, { version: 4, values: { ...input.set } });
    },
    logs: async ({ app: name }) => {
      if (name !== "shop") return missing("app", name);
      return ok(lines(now));
    },
    dora: async ({ windowMs }) => ({
      fromAt: now - windowMs,
      toAt: now,
      deployments: 9,
      deploymentsPerDay: 0.3,
      leadTimeMsP50: 252_000,
      leadTimeMsP90: 600_000,
      leadTimeFirstUserMsP50: 4_100,
      changeFailRatio: 0.111,
      changeFailRatioByUsers: 0.004,
      failedDeployments: 1,
      recoveryMsP50: 3_200,
    }),
    status: async () => ({
      version: "0.1.0",
      startedAt: now - 7_500_000,
      apps: 1,
      activeRollouts: 0,
      journalEntries: 18,
      edges: [
        { name: "edge-0", isUp: true },
        { name: "edge-1", isUp: false },
      ],
      sandboxLevel: 2,
      database: "PostgreSQL 18.4, embedded",
    }),
    findings: async () => [
      { name: "sandbox", state: "good", found: "level 2: bubblewrap with user namespaces" },
      {
        name: "cgroups",
        state: "fair",
        found: "not writable",
        next: "Run tidegate as a systemd service.",
      },
    ],
    entries: async ({ after, limit }) => journal.filter(({ seq }) => seq > after).slice(0, limit),
    audit: async () => entriesAt(now).map((entry) => ({ ...entry, by: { address: "127.0.0.1" } })),
    async *followJournal(after, signal) {
      let next = after;
      while (!signal.aborted) {
        for (const entry of journal.filter(({ seq }) => seq > next)) {
          next = entry.seq;
          yield toldOf(entry);
        }
        await new Promise<void>((resolve) => {
          waiting.add(resolve);
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
      }
    },
    toldEntries: async ({ after, limit }) =>
      journal
        .filter(({ seq }) => seq > after)
        .slice(0, limit)
        .map(toldOf),
    journalEnd: async () => journal.at(-1)?.seq ?? 0,
    verifyJournal: async () => ({ entries: journal.length }),
  };
}

const name = sure(parseAppName("shop"));
export const changeId = sure(parseId("chg", "chg_0000000live1"));
export const stoppedId = sure(parseId("chg", "chg_0000000stop1"));
const heldId = sure(parseId("chg", "chg_0000000held1"));
export const rolloutId = sure(parseId("rol", "rol_000000000001"));

/** The app of the shop is its crew's. */
export const shopResource: Extract<Resource, { readonly kind: "app" }> = {
  kind: "app",
  app: sure(parseAppName("shop")),
  team: sure(parseTeamName("crew")),
  environment: "production",
};

const candidateId = sure(parseId("rel", "rel_000000000012"));
const baselineId = sure(parseId("rel", "rel_000000000011"));
const instanceId = sure(parseId("ins", "ins_000000000001"));
const digest = digestOf("9b1e".repeat(16));
const commit = (digits: string) => sure(parseObjectId(digits.repeat(10)));

function appOf(now: number): App {
  return {
    name,
    createdAt: now - 86_400_000,
    createdBy: "admin",
    trackedBranch: "main",
    configVersion: 3,
    nextReleaseNumber: 13,
  };
}

const domain = { host: "www.shop.test", url: "http://www.shop.test:7480" };

function appView(now: number): AppView {
  return {
    app: appOf(now),
    url: "http://shop.localhost:7480",
    gitUrl: "http://127.0.0.1:7420/git/shop.git",
    domains: [domain],
    live: release(now, 11),
    rollout: rolloutOf(now),
    requests: 5_784,
    requestsPerSecond: 96.4,
    errorRatio: 0.0019,
    budget: {
      slo: usualSlo,
      state: "burning",
      window: { requests: 2_400_000, errors: 600 },
      hour: { requests: 340_000, errors: 660 },
      allowed: 2_400,
      remainingRatio: 0.75,
      burnRate: 1.94,
      leftMs: 935_000_000,
    },
  };
}

function release(now: number, number: number): Release {
  return {
    id: number === 11 ? baselineId : candidateId,
    number,
    app: name,
    environment: "production",
    artifact: digest,
    change: number === 11 ? changeId : stoppedId,
    configVersion: 3,
    formation: { web: 1 },
    state: number === 11 ? "live" : "stopped",
    sandboxLevel: 2,
    instances: [
      {
        id: instanceId,
        processType: "web",
        host: "127.0.0.1",
        port: 31_001,
        state: number === 11 ? "ready" : "exited",
        restarts: 0,
      },
    ],
    createdAt: now - (number === 11 ? 7_200_000 : 180_000),
    cause: "push",
  };
}

const sentence =
  "errors: 29 of 61 users met a failed request (47.5 %), baseline 8 of 3,904 (0.2 %); tolerated 1.5 times";

/** Three seconds of counts. */
function countsOf(now: number): readonly IntervalCounts[] {
  const arm = { ...noArm, requests: 10, latency: Array.from({ length: latencyCells }, () => 0) };
  return [0, 1, 2].map((index) => ({
    rollout: rolloutId,
    index,
    startAt: now + 1000 * index,
    endAt: now + 1000 * index + 1000,
    exposure: 500,
    baseline: { ...arm, errors: 1, custom: { orders: { events: 1, sample: 10 } } },
    candidate: arm,
  }));
}

/** As the engine judges those seconds. */
function seriesOf(now: number, points: number): SeriesView {
  const rollout = rolloutOf(now);
  const [seen] = rollout.verdict.guardrails;
  const difference = { estimate: 0.47, lower: 0.2, upper: 0.7 };
  const { kind, sentence: said } = rollout.verdict;
  return {
    rollout,
    intervals: 3,
    throughIndex: 2,
    points: countsOf(now)
      .slice(0, points)
      .map(({ index, endAt, exposure }) => ({
        index,
        at: endAt,
        exposure,
        exposureAllowed: 1_000,
        verdict: { kind, sentence: said },
        usersSeen: { baseline: 3904, candidate: 61 },
        guardrails: seen === undefined ? [] : [{ ...seen, difference }],
      })),
    marks: [
      {
        seq: 2,
        at: now,
        type: "dev.tidegate.rollout.exposure_changed",
        actor: "rollout",
        exposure: 500,
        because: "nobody has it yet",
      },
    ],
  };
}

const noArm = {
  requests: 0,
  errors: 0,
  connectionFailures: 0,
  unkeyedRequests: 0,
  usersFirstHarmed: 0,
  usersFirstSeen: 0,
};

function rolloutOf(now: number): Rollout {
  return {
    id: rolloutId,
    app: name,
    environment: "production",
    change: stoppedId,
    candidate: candidateId,
    baseline: baselineId,
    policy: {
      strategy: "adaptive",
      harmBudgetRequests: 100,
      alpha: 0.01,
      guardrails: [{ name: "errors", tolerance: { ratio: 1.5, absolute: 0.005 } }],
      exposureMaxPercent: 50,
      maxDurationMs: 3_600_000,
      atMaxDuration: "hold",
      userKey: { from: "edge_cookie" },
      warmMs: 600_000,
    },
    salt: "not-for-everyone",
    state: "rolled_back",
    exposure: 0,
    startedAt: now - 175_000,
    firstExposedAt: now - 174_000,
    finishedAt: now - 170_000,
    reason: "the errors guardrail found harm",
    verdict: {
      kind: "harmful",
      sentence,
      guardrail: "errors",
      throughIndex: 6,
      guardrails: [
        {
          name: "errors",
          verdict: "harmful",
          unit: "users",
          baseline: { events: 8, sample: 3904 },
          candidate: { events: 29, sample: 61 },
          tolerance: { ratio: 1.5, absolute: 0.005 },
          logEHarm: 19.2,
          logESafe: -8.1,
          logEThreshold: 5.7,
        },
        {
          name: "latency",
          verdict: "not_enough_evidence",
          unit: "requests",
          baseline: { events: 210, sample: 11_902 },
          candidate: { events: 5, sample: 214 },
          thresholdMs: 128,
          tolerance: { ratio: 1.25 },
          logEHarm: 0.2,
          logESafe: 0.1,
          logEThreshold: 5.7,
          forecastMs: 90_000,
        },
      ],
    },
    totals: {
      usersExposed: 61,
      usersHarmed: 29,
      candidateRequests: 214,
      candidateErrors: 64,
      baselineRequests: 11_902,
      baselineErrors: 23,
    },
    failureExample: {
      request: {
        at: now - 172_000,
        arm: "candidate",
        release: candidateId,
        instance: instanceId,
        method: "GET",
        path: "/cart/total",
        status: 500,
        durationMs: 12,
        requestId: "req_8f2k",
      },
      log: [
        "TypeError: Cannot read properties of undefined (reading 'cents')",
        "    at total (cart.js:41:23)",
      ],
    },
  };
}

function changeOf(now: number): Change {
  const at = now - 190_000;
  return {
    id: stoppedId,
    app: name,
    environment: "production",
    branch: "main",
    commit: commit("a41c"),
    tree: commit("77e0"),
    previousCommit: commit("b52d"),
    subject: "Round totals half to even",
    author: { name: "Ana Lima", email: "ana@shop.example" },
    committedAt: at - 20_000,
    receivedAt: at,
    pushedBy: "admin",
    trailers: [{ key: "Expect", value: "conversion up >=1%" }],
    expectations: [{ id: "exp_1", text: "conversion up >=1%" }],
    diffStat: { files: 2, added: 14, removed: 6 },
    state: "rolled_back",
    stages: [
      stage("source", at, 40),
      { ...stage("build", at + 40, 1_200), summary: "cached 1 of 2" },
      { ...stage("test", at + 1_240, 9_300), summary: "412 passed" },
      { ...stage("assure", at + 10_540, 400), summary: "3 of 3 rules passed" },
      {
        name: "rollout",
        state: "failed",
        startedAt: at + 15_000,
        finishedAt: at + 20_000,
        summary: sentence,
      },
      { name: "feedback", state: "passed", startedAt: at + 20_000, finishedAt: at + 20_010 },
    ],
    artifact: digest,
    release: candidateId,
    rollout: rolloutId,
    finishedAt: at + 20_010,
  };
}

function stage(stageName: "source" | "build" | "test" | "assure", at: number, tookMs: number) {
  return { name: stageName, state: "passed", startedAt: at, finishedAt: at + tookMs } as const;
}

function stoppedView(now: number): ChangeView {
  const change = changeOf(now);
  return {
    change,
    standing: change.state,
    rollout: rolloutOf(now),
    release: release(now, 12),
  };
}

function liveView(now: number): ChangeView {
  const {
    rollout: _rollout,
    artifact: _artifact,
    expectations: _expectations,
    ...base
  } = changeOf(now);
  const subject = "Show the total in the cart";
  const change = { ...base, id: changeId, commit: commit("b52d"), subject, expectations: [] };
  return {
    change: { ...change, receivedAt: now - 7_200_000, state: "live", stages: [] },
    standing: "live",
    release: release(now, 11),
  };
}

function heldView(now: number): ChangeView {
  const { change } = liveView(now);
  const subject = "Greet by name";
  return {
    change: { ...change, id: heldId, commit: commit("c63e"), subject, state: "held" },
    standing: "held",
  };
}

async function* lines(now: number) {
  for (const text of ["listening on 31001", "GET / 200"]) {
    yield { instance: instanceId, processType: "web", release: "v11", at: now - 4_000, text };
  }
}

function entriesAt(now: number): JournalEntry[] {
  const chain = { previousHash: genesisHash, hash: "a".repeat(64), app: name, change: stoppedId };
  const at = now - 190_000;
  return [
    {
      ...chain,
      seq: 1,
      at,
      actor: "admin",
      type: "dev.cdevents.change.merged",
      data: { change: changeOf(now) },
    },
    {
      ...chain,
      seq: 2,
      at: at + 10,
      actor: "build",
      type: "dev.cdevents.build.started",
      data: { title: "Node 24, npm", reasons: [] },
    },
    {
      ...chain,
      seq: 3,
      at: at + 20_010,
      actor: "feedback",
      type: "dev.tidegate.delivery.finished",
      data: { state: "rolled_back", summary: sentence },
    },
  ];
}
