/**
 * Rollout: who gets a new release, how fast, and is it hurting them?
 *
 * Answers: what the counts of both arms prove (evidence, verdict), and what happens next (decide): who is
 * let in, taken out, or asked, by the steps of the policy (steps, passage, windows).
 * Leaves to others: building it (build), judging it before users (assure), moving packets (DataPlane).
 * Invariants: a healthy release is stopped with probability at most alpha, however often we look; nothing
 * is let in on silence; exposure never exceeds the policy and never shrinks while a rollout runs;
 * what was rolled back never advances; the same intervals give the same verdict, bit for bit.
 * Read next: decide.ts, passage.ts, then verdict.ts, evidence.ts, errors-guardrail.ts and the tests it is made of
 * (first-harm.ts, line-test.ts, mixture.ts).
 */
export type { Decision, Facts } from "./decision.ts";
export { refusalOf } from "./command.ts";
export { notBegun } from "./not-begun.ts";
export { wayBack } from "./way-back.ts";
export {
  verdictOf,
  type CrashFact,
  type MissingFact,
  type SaturationFact,
  type VerdictFacts,
} from "./verdict.ts";
export { emptyEvidence, foldInterval, replay, type Evidence } from "./evidence.ts";
export {
  openSeries,
  type Difference,
  type Series,
  type SeriesFold,
  type SeriesGuardrail,
  type SeriesPoint,
} from "./series.ts";
export type { ExposureFacts } from "./exposure.ts";
export {
  approvalAhead,
  fullExposure,
  stepUntilOf,
  stepIndexOf,
  stepsOf,
  titleOf,
  type Step,
} from "./steps.ts";
export { defaultRolloutPolicy } from "./policy.ts";
export { type PolicyRow, policyRows } from "./render-policy.ts";
export { simulate, type RunOutcome } from "./simulation/simulate.ts";
export { parseScenario, scenarioSchema, type Scenario } from "./simulation/scenario.ts";
export {
  reportOf,
  type ClaimResult,
  type RunQuantile,
  type RunShare,
  type SimulationReport,
} from "./simulation/report.ts";
export { seededRandom } from "./simulation/seeded-random.ts";
export { syntheticTraffic, type SyntheticTraffic } from "./simulation/synthetic-traffic.ts";
export type { CustomCounter, Fault, Incident, Toll, Wander, World } from "./simulation/world.ts";
export { countsLine, countsLinesOf } from "./recording/counts-line.ts";
export { openReplay, type Replay, type ReplayStep } from "./recording/replay-counts.ts";
export { policyProblem } from "./recording/policy-problem.ts";
export { redactorOf } from "./redactor-of.ts";
export { rootOf } from "./example.ts";
export { isTakenOut } from "./steps.ts";
export { driveRollout } from "./controller.ts";
export type { Ending } from "./ending-parts.ts";
export { driverOf, isNamedBy, jointPolicies, membersOf, toldBy, verdictOfAll } from "./joint.ts";
export { routePublisher, type RoutePublisher } from "./publish.ts";
export { keeper, type Keeper } from "./keep.ts";
export { deployRelease, type Deploying } from "./deploy.ts";
export { planFresh, startFresh } from "./fresh-instances.ts";
export { partsOf } from "./release-parts.ts";
export { formationOf, plannedInstances } from "./formation.ts";
export { noTotals } from "./harm-totals.ts";
export { listAll } from "./list-all.ts";
export { updateDocument } from "./update.ts";
export type { RolloutPorts } from "./ports.ts";
