/**
 * Something that happened. The journal is append-only and chained by hash; state is what it adds up to.
 * Types are CDEvents' where that vocabulary has one (cdevents.dev), ours under `dev.tidegate` elsewhere.
 */
import { canonicalJson, sha256Hex, some } from "#std";
import type { GateDecision, StepRecord, TestReport } from "./artifact.ts";
import type { Change, Problem, ChangeState, TakenBackBy } from "./change.ts";
import type {
  AppName,
  ChangeId,
  Digest,
  ObjectId,
  ReleaseId,
  RolloutId,
  SshKeyId,
  TokenId,
  UserId,
} from "./ids.ts";
import type { PeopleEvents } from "./people-events.ts";
import type { Actor, TeamName } from "./people.ts";
import type { Quiet } from "./quiet.ts";
import type { SandboxLevel } from "./release.ts";
import type { HarmTotals, RolloutCommandKind, Verdict } from "./rollout.ts";
import type { SignInEventData } from "./sign-in-events.ts";

/** An app that is not there, or not yet, and why. */
export interface Absentee {
  readonly app: string;
  readonly because: string;
}

/** A rollout that a newer change ended before it had its verdict. */
export interface Replaced {
  readonly number: number;
  readonly byCommit: ObjectId;
  readonly totals: HarmTotals;
}

export interface EventData extends PeopleEvents, SignInEventData {
  "dev.cdevents.repository.created": { readonly app: AppName; readonly team?: TeamName };
  "dev.cdevents.repository.deleted": { readonly app: AppName };
  "dev.tidegate.config.changed": {
    readonly version: number;
    readonly keysSet: readonly string[];
    readonly keysUnset: readonly string[];
  };
  /** A push was accepted: the change exists. */
  "dev.cdevents.change.merged": { readonly change: Change };
  "dev.tidegate.change.superseded": {
    readonly by: ChangeId;
    /** Of one whose rollout was under way: by whose commit, which release it was, and who had met it. */
    readonly replaced?: Replaced;
  };
  "dev.cdevents.build.started": {
    readonly title: string;
    readonly reasons: readonly { readonly decided: string; readonly because: string }[];
  };
  "dev.cdevents.build.finished": {
    readonly outcome: "success" | "failure";
    readonly artifact?: Digest;
    readonly steps: readonly StepRecord[];
    readonly isCached: boolean;
    readonly sizeBytes?: number;
    readonly problem?: Problem;
  };
  "dev.cdevents.testsuiterun.started": { readonly command: string };
  "dev.cdevents.testsuiterun.finished": {
    readonly outcome: "success" | "failure" | "none";
    readonly report: TestReport;
    /** Why none were run, when the plan says so: tests that lack their runner, or a manifest's word. */
    readonly because?: string;
    readonly problem?: Problem;
  };
  "dev.cdevents.artifact.signed": { readonly artifact: Digest; readonly bundle: Digest };
  "dev.tidegate.gate.decided": GateDecision;
  /** A release runs; nobody has met it yet. */
  "dev.cdevents.service.deployed": {
    readonly release: ReleaseId;
    readonly number: number;
    readonly instances: number;
    readonly sandboxLevel: SandboxLevel;
    readonly readyMs: number;
  };
  "dev.tidegate.release.failed": {
    readonly release: ReleaseId;
    readonly number: number;
    readonly problem: Problem;
    /** Since it was made. */
    readonly tookMs: number;
  };
  "dev.tidegate.instance.exited": {
    readonly release: ReleaseId;
    readonly instance: string;
    readonly exit: string;
    readonly restarts: number;
    readonly isCrashLoop: boolean;
  };
  "dev.tidegate.rollout.started": {
    readonly rollout: RolloutId;
    readonly candidate: number;
    readonly baseline?: number;
    readonly policy: string;
    /** The rollout under way that ended for this one. */
    readonly inPlaceOf?: {
      readonly number: number;
      readonly commit: ObjectId;
      readonly totals: HarmTotals;
    };
    /** Of a push: version of the configuration that it carries and users have not had yet, and what they have. */
    readonly carries?: { readonly config: number; readonly live: number };
    /** Of a joint rollout: the other apps that its manifest names. */
    readonly together?: readonly AppName[];
    /** How many more there are, that those name in their turn. */
    readonly togetherMore?: number;
    /** Apps that it was to go together with and does not, with why. */
    readonly without?: readonly Absentee[];
  };
  /** The release runs and waits for changes of the apps it goes together with. */
  "dev.tidegate.rollout.gathering": {
    readonly release: ReleaseId;
    readonly waitsFor: readonly Absentee[];
    readonly untilAt: number;
  };
  /** A joint rollout gave way to a newer change of another app: this change goes together with that one. */
  "dev.tidegate.rollout.regrouped": {
    readonly rollout: RolloutId;
    /** Absent: one that its manifest does not name. */
    readonly app?: AppName;
    readonly by: ChangeId;
    readonly untilAt: number;
  };
  /** The policy asks for a fresh baseline and there is none, so the running one is compared with. */
  "dev.tidegate.rollout.fresh_baseline_missing": {
    readonly rollout: RolloutId;
    readonly because: string;
  };
  "dev.tidegate.rollout.exposure_changed": {
    readonly rollout: RolloutId;
    readonly from: number;
    readonly to: number;
    readonly because: string;
    readonly verdict: Verdict;
    readonly totals: HarmTotals;
    /** The policy's step says how many; absent: as many as the evidence allows. */
    readonly isPrescribed?: true;
    /** Nobody visits the app as it is opened to users: what the policy makes of that. */
    readonly quiet?: Quiet;
  };
  /** The rollout goes on to the next step of its policy, counted from 1. */
  "dev.tidegate.rollout.step_entered": {
    readonly rollout: RolloutId;
    readonly step: number;
    readonly steps: number;
    readonly kind: "shadow" | "cohorts" | "weight" | "adaptive" | "preview" | "hold" | "all";
    readonly title: string;
    readonly because: string;
  };
  /** Exposure would grow, and the policy's windows are closed. */
  "dev.tidegate.rollout.delayed": {
    readonly rollout: RolloutId;
    readonly untilAt: number;
    readonly because: string;
  };
  /** Of a guardrail that the policy names nothing is counted; told once. */
  "dev.tidegate.rollout.not_measured": {
    readonly rollout: RolloutId;
    readonly guardrail: string;
    readonly metric: string;
    readonly because: string;
    readonly where: string;
    readonly next: string;
  };
  "dev.tidegate.rollout.held": {
    readonly rollout: RolloutId;
    readonly because: string;
    readonly next: string;
  };
  "dev.tidegate.rollout.commanded": {
    readonly rollout: RolloutId;
    readonly command: RolloutCommandKind;
    readonly reason: string;
    /** The step, counted from 1, that was approved or skipped to. */
    readonly step?: number;
    /** Of a joint rollout: the app it was said of. */
    readonly of?: AppName;
  };
  /** Somebody had a link made by which a browser is put into the candidate, or out of it. */
  "dev.tidegate.rollout.link_made": {
    readonly rollout: RolloutId;
    readonly arm: "baseline" | "candidate";
  };
  /** Everybody is on the release. */
  "dev.cdevents.service.published": {
    readonly rollout: RolloutId;
    readonly release: ReleaseId;
    readonly number: number;
    readonly url: string;
    readonly because: string;
    readonly verdict: Verdict;
    readonly totals: HarmTotals;
  };
  /** The bake is over: the release before is no longer kept as a control. */
  "dev.tidegate.rollout.baked": {
    readonly rollout: RolloutId;
    readonly release: ReleaseId;
    readonly number: number;
    readonly because: string;
    readonly verdict: Verdict;
    readonly totals: HarmTotals;
  };
  /** A way back led behind the change, though its release was not the live one. */
  "dev.tidegate.change.taken_back": {
    readonly by: TakenBackBy;
    readonly because: string;
  };
  /** A way back led to the change, or behind which it was: everybody has it again. */
  "dev.tidegate.change.restored": {
    readonly release: ReleaseId;
    readonly number: number;
    readonly because: string;
  };
  /** The release was taken away from users. */
  "dev.cdevents.service.rolledback": {
    readonly rollout: RolloutId;
    readonly release: ReleaseId;
    readonly number: number;
    readonly restored?: number;
    readonly because: string;
    /** Whose word it was, where it was a person's. */
    readonly by?: TakenBackBy;
    readonly verdict: Verdict;
    readonly totals: HarmTotals;
    readonly exposedMs: number;
    /** It was compared with instances as young as its own; absent: with those that ran already. */
    readonly baseline?: "fresh";
    readonly failureExample?: {
      readonly method: string;
      readonly path: string;
      readonly status: string;
      readonly at: number;
      readonly requestId: string;
      readonly log: readonly string[];
    };
    /** Errors that the release before did not have: the first few, and how many kinds there are. */
    readonly newErrors?: {
      readonly first: readonly {
        readonly title: string;
        readonly where?: string;
        readonly count: number;
      }[];
      readonly kinds: number;
    };
  };
  "dev.cdevents.service.removed": { readonly release: ReleaseId; readonly number: number };
  /** The end of a change's delivery, whatever it was. */
  "dev.tidegate.delivery.finished": {
    readonly state: ChangeState;
    readonly summary: string;
    readonly problem?: Problem;
  };
}

export type EventType = keyof EventData;
/** What the story of a delivery can be made of. */
export type StoryEventType = Exclude<EventType, keyof PeopleEvents | keyof SignInEventData>;

/** The person or program behind an entry, and from where they came; absent for what acts on its own. */
export interface By {
  readonly user?: UserId;
  readonly token?: TokenId;
  readonly sshKey?: SshKeyId;
  readonly session?: string;
  readonly address: string;
  readonly userAgent?: string;
}

/** An entry before it has a place in the chain. */
export type NewEntry<T extends EventType = EventType> = {
  readonly [K in T]: {
    readonly type: K;
    readonly app?: AppName;
    readonly change?: ChangeId;
    /** Who did it: a user, or the stage that acted on its own. */
    readonly actor: string;
    readonly by?: By;
    readonly data: EventData[K];
  };
}[T];

export type JournalEntry<T extends EventType = EventType> = NewEntry<T> & {
  /** 1, 2, 3, … without gaps. */
  readonly seq: number;
  readonly at: number;
  /** Hash of the entry before; 64 zeros for the first. */
  readonly previousHash: string;
  readonly hash: string;
};

/** Who an entry is by, as it goes into the journal. */
export function signed({ name, user, token, sshKey, session, origin }: Actor): {
  readonly actor: string;
  readonly by?: By;
} {
  if (origin === undefined) return { actor: name };
  const whom = {
    ...some("user", user),
    ...some("token", token),
    ...some("sshKey", sshKey),
    ...some("session", session),
  };
  return { actor: name, by: { ...whom, ...origin } };
}

export const genesisHash = "0".repeat(64);

/** The hash that chains an entry: over its place, its time, its content and the hash before. */
export function entryHash(entry: Omit<JournalEntry, "hash">): string {
  const { seq, at, type, app, change, actor, by, data, previousHash } = entry;
  // What is absent leaves no trace: entries from before there was a `by` have the hash they had.
  return sha256Hex(canonicalJson({ seq, at, type, app, change, actor, by, data, previousHash }));
}
