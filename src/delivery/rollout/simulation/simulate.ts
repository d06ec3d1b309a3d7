/**
 * Simulation: the production `decide` on a synthetic world, seeded, so that its promises are measured and
 * not believed. Counts reach it late, once a second, as they do from an edge; in the world and the seed is
 * all the chance there is.
 */
import type {
  AppName,
  ChangeId,
  IntervalCounts,
  ReleaseId,
  Rollout,
  RolloutId,
  RolloutPolicy,
} from "#domain";
import { assert, unreachable } from "#std";
import { decide, type Decision } from "../decide.ts";
import { emptyEvidence, foldInterval, replay, type Evidence } from "../evidence.ts";
import { publishedOf } from "../ending.ts";
import { freshBucketsAt, isComparedFresh } from "../fresh.ts";
import { exposed, held } from "../move.ts";
import { fullExposure } from "../steps.ts";
import { verdictOf } from "../verdict.ts";
import { syntheticTraffic, type SyntheticTraffic } from "./synthetic-traffic.ts";
import type { Toll, World } from "./world.ts";

export interface RunOutcome extends Toll {
  readonly end: "promoted" | "rolled_back" | "undecided";
  /** Seconds from the start of the world to the end of the rollout. */
  readonly seconds: number;
  /** The first second with a user in the candidate; absent if there was none. */
  readonly exposedFromS?: number;
  /** When everybody, but for the control of a bake, was let in; absent if they were not. */
  readonly letInAtS?: number;
  /** Before everybody was let in. */
  readonly exposureMax: number;
  readonly sentence: string;
}

/**
 * Runs one rollout to its end, or to the end of the world's time. Same arguments, same outcome. There are no
 * people in it: what is held stays held, and users by rule and copies of requests do not come.
 */
export function simulate(world: World, policy: RolloutPolicy, seed: number): RunOutcome {
  const traffic = syntheticTraffic(world, seed);
  let controller = newController(policy, exposureAt(world, 0) ?? 0);
  let exposureMax = 0;
  const outcome = (end: RunOutcome["end"], seconds: number, sentence: string): RunOutcome => {
    const { firstExposedAt, publishedAt } = controller.rollout;
    const met = firstExposedAt === undefined ? {} : { exposedFromS: firstExposedAt / 1000 };
    const letIn = publishedAt === undefined ? {} : { letInAtS: publishedAt / 1000 };
    return { ...traffic.toll(), end, seconds, ...met, ...letIn, exposureMax, sentence };
  };
  for (let second = 0; second < world.durationS; second += 1) {
    controller = arriving(controller, traffic.arrived(second));
    if (world.controllerRestartsAtS?.includes(second) === true) controller = restarted(controller);
    const decision = decisionAt(controller, { world, traffic, second });
    if (decision.kind === "roll_back") return outcome("rolled_back", second, decision.because);
    controller = { ...controller, rollout: moved(controller.rollout, decision, second * 1000) };
    const { rollout } = controller;
    if (rollout.state === "promoted") return outcome("promoted", second, rollout.reason);
    controller = prescribed(controller, exposureAt(world, second), second * 1000);
    const { exposure } = controller.rollout;
    if (rollout.state !== "baking") exposureMax = Math.max(exposureMax, exposure);
    const { rollout: now } = controller;
    const fresh = isComparedFresh(now) ? freshBucketsAt(exposure) : undefined;
    traffic.serve(second, exposure, fresh);
  }
  const { state, reason } = controller.rollout;
  const { sentence } = verdictOf(policy, controller.evidence);
  return outcome("undecided", world.durationS, state === "held" ? reason : sentence);
}

/** The rollout after a decision, as the controller's hand would write it down. */
function moved(rollout: Rollout, decision: Decision, now: number): Rollout {
  switch (decision.kind) {
    case "wait":
    case "roll_back":
      return rollout;
    case "expose":
      return exposed(rollout, decision, now);
    case "hold":
      return rollout.state === "held" ? rollout : held(rollout, decision, now);
    case "promote":
      return rollout.state === "baking"
        ? { ...rollout, state: "promoted", reason: decision.because }
        : publishedOf({ rollout, because: decision.because }, fullExposure(rollout.policy), now);
    default:
      return unreachable(decision);
  }
}

interface Controller {
  readonly rollout: Rollout;
  readonly evidence: Evidence;
  /** All that is stored; a successor begins with it. */
  readonly stored: IntervalCounts[];
  readonly lastIntervalAt?: number;
}

function newController(policy: RolloutPolicy, exposure: number): Controller {
  return { rollout: rolloutOf(policy, exposure), evidence: emptyEvidence(policy), stored: [] };
}

function arriving(controller: Controller, intervals: readonly IntervalCounts[]): Controller {
  let { evidence, lastIntervalAt } = controller;
  for (const counts of intervals) {
    const next = foldInterval(evidence, counts);
    assert(next.ok, "a synthetic interval is well formed");
    evidence = next.value;
    lastIntervalAt = Math.max(lastIntervalAt ?? 0, counts.endAt);
    controller.stored.push(counts);
  }
  if (lastIntervalAt === undefined) return controller;
  return { ...controller, evidence, lastIntervalAt };
}

function restarted(controller: Controller): Controller {
  const evidence = replay(controller.rollout.policy, controller.stored);
  assert(evidence.ok, "stored intervals fold again");
  return { ...controller, evidence: evidence.value };
}

/** Where the world prescribes exposure, it has its way as long as the rollout moves at all. */
function prescribed(controller: Controller, exposure: number | undefined, now: number): Controller {
  const { rollout } = controller;
  if (exposure === undefined || rollout.state !== "running") return controller;
  if (exposure === rollout.exposure) return controller;
  const next = exposed(rollout, { kind: "expose", to: exposure, because: "" }, now);
  return { ...controller, rollout: next };
}

function decisionAt(
  { rollout, evidence, lastIntervalAt }: Controller,
  at: { readonly world: World; readonly traffic: SyntheticTraffic; readonly second: number },
): Decision {
  const exits = at.traffic.exits(at.second);
  return decide(rollout, evidence, {
    now: at.second * 1000,
    requestsPerSecond: at.traffic.requestsPerSecond(at.second),
    edgesMissing: [],
    isReady: true,
    telemetryDelayMs: at.world.telemetryDelayS * 1000,
    ...(exits === 0 ? {} : { crash: { instance: "ins_candidate0", exits, exit: "exit code 1" } }),
    ...(lastIntervalAt === undefined ? {} : { lastIntervalAt }),
  });
}

/** The exposure that the world prescribes, if it does. */
function exposureAt({ exposureFixed, ramp }: World, second: number): number | undefined {
  if (ramp === undefined) return exposureFixed;
  let end = 0;
  for (const step of ramp) {
    end += step.forS;
    if (second < end) return step.exposure;
  }
  return ramp.at(-1)?.exposure;
}

/* oxlint-disable typescript/no-unsafe-type-assertion -- ids of the synthetic world */
function rolloutOf(policy: RolloutPolicy, exposure: number): Rollout {
  return {
    id: "rol_synthetic000" as RolloutId,
    app: "synthetic" as AppName,
    environment: "production",
    change: "chg_synthetic000" as ChangeId,
    candidate: "rel_synthetic002" as ReleaseId,
    baseline: "rel_synthetic001" as ReleaseId,
    policy,
    salt: "synthetic",
    state: "running",
    exposure,
    startedAt: 0,
    ...(exposure > 0 ? { firstExposedAt: 0 } : {}),
    reason: "",
    verdict: verdictOf(policy, emptyEvidence(policy)),
    totals: {
      usersExposed: 0,
      usersHarmed: 0,
      candidateRequests: 0,
      candidateErrors: 0,
      baselineRequests: 0,
      baselineErrors: 0,
    },
  };
}
/* oxlint-enable typescript/no-unsafe-type-assertion */
