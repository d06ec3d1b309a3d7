/**
 * Delivery: the story from a push to its outcome.
 *
 * Answers: what comes next for a change, and what faces may ask and command.
 * Leaves to others: each stage's own work (the rooms below), and all effects (the ports).
 * Invariants: the order of the stages is in pipeline.ts and nowhere else; what a worker does is found
 * again by the next one; a change is what its journal entries add up to.
 * Read next: pipeline.ts, then deliver.ts, roll-out.ts, receive.ts; desk.ts for the door to the faces.
 */
export type {
  AppView,
  SeenApp,
  ToldEntry,
  ChangeView,
  ConfigView,
  CountsView,
  Delivery,
  ListedRelease,
  Located,
  OverviewView,
  PlatformStatus,
  StoryEntry,
  Subject,
} from "./delivery.ts";
export type { RolloutMark, SeriesView } from "./rollout-series.ts";
export type { ChangeStory, StageTime } from "./change-story.ts";
export type { Durations, Spread } from "./durations.ts";
export type {
  DoraPeriod,
  EvidenceView,
  ReleaseDiff,
  StorageUse,
  TestHistory,
  TestsView,
} from "./insight.ts";
export type { CohortLinks, UserPlaceView } from "./cohorts.ts";
export type { LogSourceView, NewErrorsView, WhichLog } from "./logs.ts";
export type { CaseHistory, CaseResult, TestRun } from "./test-results.ts";
export { openDesk, type Desk, type DeskOptions } from "./desk.ts";
export type { DeliveryPorts } from "./ports.ts";
export { stepIndexOf, stepsOf, stepUntilOf, titleOf, toldBy } from "#delivery/rollout";
