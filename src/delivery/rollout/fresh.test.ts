/** A fresh baseline: who is compared, what is made of it, and what runs for it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  bucketCount,
  comparedShare,
  latencyCells,
  parseAppName,
  parseId,
  type App,
  type ArmCounts,
  type Instance,
  type IntervalCounts,
  type Release,
  type ReleaseId,
  type Rollout,
  type RolloutPolicy,
  type Verdict,
} from "#domain";
import { decide } from "./decide.ts";
import { type Evidence, replay } from "./evidence.ts";
import { plannedFresh, surplusOf, withMissing } from "./formation.ts";
import { comparedInstances, freshBucketsAt, freshGone } from "./fresh.ts";
import { after, begun } from "./policies.testing.ts";
import { defaultRolloutPolicy } from "./policy.ts";
import { countsLinesOf } from "./recording/counts-line.ts";
import { openReplay } from "./recording/replay-counts.ts";
import { routesOf } from "./routes.ts";
import { verdictOf } from "./verdict.ts";

const policy: RolloutPolicy = {
  ...defaultRolloutPolicy,
  baseline: "fresh",
  guardrails: [{ name: "errors", tolerance: { ratio: 1.5, absolute: 0.005 } }],
};
const running: Rollout = { ...begun, policy, exposure: 1000 };

type Place = "candidate" | "fresh" | "aside";
const placeOf = (bucket: number, exposure: number): Place => {
  if (bucket < exposure) return "candidate";
  return bucket >= bucketCount - freshBucketsAt(exposure) ? "fresh" : "aside";
};

test("fresh baseline: growing exposure moves users on to the candidate or out of the middle, never back", () => {
  const onward: Readonly<Record<Place, readonly Place[]>> = {
    aside: ["aside", "fresh", "candidate"],
    fresh: ["fresh", "candidate"],
    candidate: ["candidate"],
  };
  const upTo = fc.nat(bucketCount);
  fc.assert(
    fc.property(fc.nat(bucketCount - 1), upTo, upTo, (bucket, a, b) => {
      const [before, now] = [Math.min(a, b), Math.max(a, b)];
      return onward[placeOf(bucket, before)].includes(placeOf(bucket, now));
    }),
  );
});

// oxfmt-ignore
const shares: readonly (readonly [claim: string, exposure: number, fresh: number | undefined, share: number])[] = [
  ["of all, where there is no fresh baseline",  2000, undefined, 0.2],
  ["a half beside as many users",               2000, 2000,      0.5],
  ["as before where nobody is left aside",      8000, 2000,      0.8],
  ["all of it where the fresh baseline is gone", 2000, 0,        1],
  ["nothing where nobody is exposed",              0, 0,         0],
];
for (const [claim, exposure, freshBuckets, share] of shares) {
  test(`fresh baseline: the candidate's share is ${claim}`, () => {
    const of = freshBuckets === undefined ? { exposure } : { exposure, freshBuckets };
    assert.equal(comparedShare(of), share);
  });
}

function arm(requests: number, errors: number, usersNew: number): ArmCounts {
  const latency = Array.from({ length: latencyCells }, () => 0);
  latency[3] = requests;
  const users = { usersFirstHarmed: errors, usersFirstSeen: usersNew, usersNew };
  return { requests, errors, connectionFailures: 0, unkeyedRequests: 0, latency, ...users };
}

interface Second {
  readonly errors?: number;
  readonly baseline?: ArmCounts;
  readonly freshBuckets?: number;
}

/** Seconds in which a tenth of the users are the candidate's, another tenth fresh, and most of them aside. */
function seconds(count: number, { errors = 0, ...own }: Second): readonly IntervalCounts[] {
  return Array.from({ length: count }, (_, index) => ({
    rollout: begun.id,
    index,
    startAt: index * 1000,
    endAt: index * 1000 + 1000,
    exposure: 1000,
    freshBuckets: own.freshBuckets ?? 1000,
    aside: { requests: 80, errors: 40 },
    baseline: own.baseline ?? arm(30, 1, 3),
    candidate: arm(30, 1 + errors, 3),
  }));
}

function evidenceOf(intervals: readonly IntervalCounts[]): Evidence {
  const evidence = replay(policy, intervals);
  assert.ok(evidence.ok, JSON.stringify(evidence));
  return evidence.value;
}

// oxfmt-ignore
const verdicts: readonly (readonly [claim: string, readonly IntervalCounts[], Verdict["kind"]])[] = [
  ["a candidate that fails like it is safe, whatever those aside meet", seconds(400, {}), "safe"],
  ["one that fails thrice as often is harmful",                  seconds(60, { errors: 2 }), "harmful"],
  ["as many users of the baseline's as its share of all would be is a broken split", seconds(120, { baseline: arm(30, 1, 27) }), "split_broken"],
  ["when it is gone nothing is held against the candidate",      seconds(60, { errors: 2, freshBuckets: 0, baseline: arm(0, 0, 0) }), "not_enough_evidence"],
];
for (const [claim, intervals, kind] of verdicts) {
  test(`fresh baseline: ${claim}`, () => {
    const verdict = verdictOf(policy, evidenceOf(intervals));
    assert.equal(verdict.kind, kind, verdict.sentence);
  });
}

/** Evidence of harm, as many users of either arm having become stuck. */
function stuckLogE(ofCandidate: number, ofBaseline: number): number {
  const intervals = seconds(120, {}).map((one, index) => ({
    ...one,
    baseline: { ...one.baseline, usersFirstStuck: index < ofBaseline ? 1 : 0 },
    candidate: { ...one.candidate, usersFirstStuck: index < ofCandidate ? 1 : 0 },
  }));
  return verdictOf(policy, evidenceOf(intervals)).guardrails[0]?.logEHarm ?? NaN;
}

test("fresh baseline: who is stuck is expected in the candidate by its share of those compared", () => {
  // Of a tenth, which is its share of all users, twelve of eighteen would be proof beyond doubt.
  assert.ok(stuckLogE(12, 6) < Math.log(20), String(stuckLogE(12, 6)));
  assert.ok(stuckLogE(20, 0) > Math.log(20), String(stuckLogE(20, 0)));
});

test("fresh baseline: the sentence says that it is one", () => {
  const { sentence } = verdictOf(policy, evidenceOf(seconds(60, { errors: 2 })));
  assert.match(sentence, /against 3\.3 % of the fresh baseline's/);
});

test("fresh baseline: recorded counts replay to the same verdict, bit for bit", () => {
  const intervals = seconds(50, { errors: 1 });
  const replayed = openReplay(policy);
  let last: Verdict | undefined;
  for (const line of intervals.flatMap((one) => countsLinesOf(one))) {
    const taken = replayed.take(line);
    assert.ok(taken.ok, JSON.stringify(taken));
    last = taken.value.at(-1)?.verdict ?? last;
  }
  assert.deepEqual(last, verdictOf(policy, evidenceOf(intervals)));
});

test("fresh baseline: once it is gone, a person is asked; what is proven already is acted upon", () => {
  const missing = { what: "fresh", because: "the fresh baseline has ended" } as const;
  const calm = decide(running, evidenceOf(seconds(30, {})), after(1, { missing }));
  assert.equal(calm.kind, "hold");
  assert.match(calm.because, /^data missing: the fresh baseline has ended/);
  const unexposed = decide({ ...running, exposure: 0 }, evidenceOf([]), after(0, { missing }));
  assert.equal(unexposed.kind, "hold", "also before anybody met the candidate");
  const harm = decide(running, evidenceOf(seconds(60, { errors: 2 })), after(1, { missing }));
  assert.equal(harm.kind, "roll_back");
});

function parsed<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  assert.ok(result.ok);
  return result.value;
}
const one = parsed(parseId("rel", "rel_000000000001"));
const two = parsed(parseId("rel", "rel_000000000002"));
const ownInstance: Instance = {
  id: parsed(parseId("ins", "ins_000000000001")),
  processType: "web",
  host: "127.0.0.1",
  port: 4001,
  state: "ready",
  restarts: 0,
};
const candidate = { id: two, formation: { web: 2 } };
const planned = plannedFresh({ id: one }, candidate);
const up = planned.map((each, slot) => ({
  ...each,
  state: "ready" as const,
  host: "127.0.0.1",
  port: 4100 + slot,
}));
const baselineWith = (fresh: readonly Instance[]): Release => ({
  id: one,
  number: 1,
  app: begun.app,
  environment: "production",
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- any digest does here
  artifact: `sha256:${"0".repeat(64)}` as Release["artifact"],
  change: begun.change,
  configVersion: 0,
  formation: { web: 1 },
  state: "live",
  instances: [ownInstance, ...fresh],
  createdAt: 0,
  cause: "push",
});

test("fresh baseline: as many instances as the candidate has, the same however often they are planned", () => {
  assert.equal(planned.length, 2);
  assert.deepEqual(plannedFresh({ id: one }, candidate), planned);
  assert.equal(new Set(planned.map(({ id }) => id)).size, 2);
});

const exited = up.map((each) => ({ ...each, state: "exited" as const }));
const draining = up.map((each) => ({ ...each, state: "draining" as const }));
// oxfmt-ignore
const keeping: readonly (readonly [claim: string, readonly Instance[], ReadonlySet<ReleaseId>, surplus: readonly Instance[]])[] = [
  ["stays while its candidate wants it",          up,       new Set([two]), []],
  ["goes when no candidate wants it",             up,       new Set(),      up],
  ["that ended stays ended while it is wanted",   exited,   new Set([two]), []],
  ["that ended is forgotten when it is not",      exited,   new Set(),      exited],
  ["that is being taken away goes on going",      draining, new Set([two]), draining],
];
for (const [claim, fresh, wanted, surplus] of keeping) {
  test(`fresh baseline: one ${claim}, and the release's own instance stays`, () => {
    const release = baselineWith(fresh);
    assert.deepEqual(surplusOf(release, wanted), surplus);
    assert.deepEqual(withMissing(release), release.instances, "nothing is started in its place");
  });
}

test("fresh baseline: it does not stand in for the release's own instance", () => {
  const alone = { ...baselineWith(up), instances: up };
  assert.equal(withMissing(alone).length, up.length + 1);
});

function routed(rollout: Rollout, fresh: readonly Instance[]) {
  const live = baselineWith(fresh);
  const app: App = {
    name: parsed(parseAppName("shop")),
    createdAt: 0,
    createdBy: "ana",
    trackedBranch: "main",
    configVersion: 0,
    nextReleaseNumber: 3,
    liveRelease: one,
    activeRollout: rollout.id,
  };
  const [route] = routesOf([{ app, live, rollout, candidate: { ...live, id: two, number: 2 } }]);
  assert.ok(route !== undefined);
  return route;
}

test("fresh baseline: the table has it apart from the instances that serve everybody else", () => {
  const { baseline, rollout } = routed(running, up);
  assert.deepEqual(
    baseline?.targets.map(({ instance }) => instance),
    [ownInstance.id],
  );
  assert.deepEqual(
    rollout?.fresh?.targets.map(({ instance }) => instance),
    up.map(({ id }) => id),
  );
  assert.equal(rollout?.fresh?.buckets, running.exposure);
});

// oxfmt-ignore
const routes: readonly (readonly [claim: string, Rollout, readonly Instance[], fresh: number | undefined])[] = [
  ["that ended serves nobody, and everybody else stays aside", running, exited, 0],
  ["that is being taken away serves nobody",                   running, draining, 0],
  ["of another candidate is not in it",                        running, up.map((each) => ({ ...each, freshFor: one })), 0],
  ["is over once everybody has the candidate",                 { ...running, state: "baking", publishedAt: 1 }, up, undefined],
  ["is none of a policy that compares with the running one",   { ...running, policy: { ...policy, baseline: "running" } }, up, undefined],
];
for (const [claim, rollout, fresh, targets] of routes) {
  test(`fresh baseline: in the table one ${claim}`, () => {
    assert.equal(routed(rollout, fresh).rollout?.fresh?.targets.length, targets);
  });
}

test("fresh baseline: its instances alone are asked and measured, and the others where there is none", () => {
  const release = baselineWith(up);
  assert.deepEqual(comparedInstances(release, running), up);
  const usual = { ...running, policy: defaultRolloutPolicy };
  assert.deepEqual(comparedInstances(release, usual), [ownInstance]);
});

test("fresh baseline: it is gone when none of its instances answers, and says which these were", () => {
  assert.equal(freshGone(baselineWith(up), running), undefined);
  assert.equal(
    freshGone(baselineWith([...exited.slice(1), ...up.slice(0, 1)]), running),
    undefined,
  );
  assert.match(freshGone(baselineWith(exited), running) ?? "", new RegExp(up[0]?.id ?? "none"));
  assert.match(freshGone(undefined, running) ?? "", /has ended/);
  assert.equal(freshGone(baselineWith([]), { ...running, publishedAt: 1 }), undefined);
});
