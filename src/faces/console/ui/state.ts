/** Every state that is drawn: its mark (a shape), its tone (a colour) and its word, never one of them alone. */
import type { ChangeResource, RolloutResource, StageResource } from "#faces/api/contract";

export type Tone = "good" | "bad" | "busy" | "wait" | "quiet";
export type Mark = "tick" | "cross" | "turning" | "pause" | "ring" | "dash" | "newer" | "back";

export interface Shown {
  readonly word: string;
  readonly mark: Mark;
  readonly tone: Tone;
}

type ChangeStanding = ChangeResource["standing"];
type StageState = StageResource["state"];
type RolloutState = RolloutResource["state"];
type VerdictKind = RolloutResource["verdict"]["kind"];

/** In the order of a delivery. */
export const changeStates: Readonly<Record<ChangeStanding, Shown>> = {
  delivering: { word: "delivering", mark: "turning", tone: "busy" },
  paused: { word: "paused", mark: "pause", tone: "wait" },
  held: { word: "held", mark: "pause", tone: "wait" },
  live: { word: "live", mark: "tick", tone: "good" },
  replaced: { word: "replaced", mark: "tick", tone: "quiet" },
  failed: { word: "failed", mark: "cross", tone: "bad" },
  rolled_back: { word: "rolled back", mark: "back", tone: "bad" },
  superseded: { word: "superseded", mark: "newer", tone: "quiet" },
  unchanged: { word: "unchanged", mark: "dash", tone: "quiet" },
};

export const stageStates: Readonly<Record<StageState, Shown>> = {
  waiting: { word: "waiting", mark: "ring", tone: "quiet" },
  running: { word: "running", mark: "turning", tone: "busy" },
  passed: { word: "passed", mark: "tick", tone: "good" },
  failed: { word: "failed", mark: "cross", tone: "bad" },
  skipped: { word: "skipped", mark: "dash", tone: "quiet" },
};

export const rolloutStates: Readonly<Record<RolloutState, Shown>> = {
  running: { word: "running", mark: "turning", tone: "busy" },
  paused: { word: "paused", mark: "pause", tone: "wait" },
  held: { word: "held", mark: "pause", tone: "wait" },
  baking: { word: "baking", mark: "turning", tone: "busy" },
  promoted: { word: "promoted", mark: "tick", tone: "good" },
  rolled_back: { word: "rolled back", mark: "back", tone: "bad" },
  superseded: { word: "superseded", mark: "newer", tone: "quiet" },
};

export const verdicts: Readonly<Record<VerdictKind, Shown>> = {
  harmful: { word: "harmful", mark: "cross", tone: "bad" },
  safe: { word: "safe", mark: "tick", tone: "good" },
  not_enough_evidence: { word: "not enough evidence", mark: "ring", tone: "quiet" },
  no_traffic: { word: "no traffic", mark: "dash", tone: "wait" },
  split_broken: { word: "split broken", mark: "cross", tone: "bad" },
  data_missing: { word: "data missing", mark: "dash", tone: "wait" },
};
