/** The movement of exposure from the baseline release to the candidate, and what is known about it. */
import type { EnvironmentName } from "./app.ts";
import type { FailedRequest } from "./counts.ts";
import type { NewErrors } from "./new-errors.ts";
import type { AppName, ChangeId, ReleaseId, RolloutId } from "./ids.ts";

/** `errors`, `latency`, `crashes`, `saturation`, or what a custom one is called. */
export type GuardrailName = string;

/** How much worse than the baseline we tolerate. Harm is what exceeds `ratio` (and `absolute`, if set). */
export interface Tolerance {
  /** Candidate / baseline, 1.5 tolerates half as many again. */
  readonly ratio: number;
  /** Ratio points that are tolerated in any case: 0.005 is +0.5 percentage points. */
  readonly absolute?: number;
}

export interface GuardrailPolicy {
  readonly name: GuardrailName;
  readonly tolerance: Tolerance;
  /** Latency: so long after the candidate's first request nothing is judged; a cold start is no fault. */
  readonly warmUpMs?: number;
  /** Where a custom guardrail's counts come from; the built-in ones have none. */
  readonly metric?: MetricPolicy;
}

/** A share of events in a sample, from two counters that only rise. */
export interface MetricPolicy {
  readonly from: "otlp" | "prometheus" | "probes";
  /** Name of a counter (OTLP), or a PromQL expression for one, with `$release` for the arm's release. */
  readonly events: string;
  /** The same for the sample; absent (OTLP): the arm's requests at the edge. */
  readonly sample?: string;
  /** Which Prometheus-compatible server, by the name the operator gave it; absent: the only or first. */
  readonly server?: string;
  /** Which direction is harm; `lower`: events are good ones, such as orders. Default: `higher`. */
  readonly worse?: "higher" | "lower";
}

/** A request that Tidegate itself makes to both arms at the same moment. GET, so that it is safe. */
export interface ProbePolicy {
  /** Path and query, "/checkout?probe=1". */
  readonly path: string;
  readonly everyMs: number;
  /** The status that is right; absent: any below 400. */
  readonly expectStatus?: number;
  readonly timeoutMs: number;
}

export interface UserKeyPolicy {
  /** Where a stable key of the user is read from; default: a signed first-party cookie of the edge. */
  readonly from: "edge_cookie" | "header" | "cookie";
  readonly name?: string;
}

/**
 * - `adaptive`: exposure from evidence. - `steps`: the weights one by one. - `all-at-once`: everybody when
 * ready. - `blue-green`: a preview address, then everybody. - `hold`: nobody until told.
 * - `shadow`: copies of requests and no user, then as `hold`.
 */
export type RolloutStrategy =
  | "adaptive"
  | "steps"
  | "blue-green"
  | "all-at-once"
  | "hold"
  | "shadow";

/** One weight of the strategy `steps`. */
export interface StepPolicy {
  readonly weightPercent: number;
  /** It lasts at least this long. */
  readonly forMs: number;
  /** And then until a person approves, or the verdict is safe, or (`time`) no longer. */
  readonly until: "approval" | "safe" | "time";
}

/** What ends the step that a rollout is in, if nothing is wrong. */
export interface StepUntil {
  /** Epoch ms; it lasts at least until then. Absent: it has no time of its own. */
  readonly endsAt?: number;
  readonly until: StepPolicy["until"];
}

export interface ShadowPolicy {
  readonly requests: number;
  readonly sharePercent: number;
  /** Paths that are never copied, or, with `*` at the end, their beginnings. */
  readonly except?: readonly string[];
}

/** Users who get the candidate first, by what they send. */
export interface CohortPolicy {
  readonly match: CohortMatch;
  /** Only this percentage of those who match, by a hash of the user's key; absent: all. */
  readonly percent?: number;
}

export type CohortMatch =
  | { readonly kind: "header" | "cookie"; readonly name: string; readonly value: string }
  /** Values of the user's key, or `sha256:` and the hexadecimal hash of one. */
  | { readonly kind: "user"; readonly keys: readonly string[] };

/** When exposure may grow. It is closed where any part says so; harm stops a rollout at any time. */
export interface WindowsPolicy {
  readonly notBeforeAt?: number;
  readonly freezes?: readonly {
    readonly fromAt: number;
    readonly toAt: number;
    readonly reason: string;
  }[];
  /** Open within any of these; absent: always. Days: 1 is Monday. Minutes of the day, `to` not included. */
  readonly daily?: readonly {
    readonly days: readonly number[];
    readonly fromMinute: number;
    readonly toMinute: number;
    /** IANA name. */
    readonly timeZone: string;
  }[];
}

export interface RolloutPolicy {
  readonly strategy: RolloutStrategy;
  /** Failed requests beyond the baseline's that a bad change may cost. */
  readonly harmBudgetRequests: number;
  /** Users with a failed request beyond the baseline's that it may cost; set: it is counted in users. */
  readonly harmBudgetUsers?: number;
  /** False-stop probability of the whole rollout, shared by the guardrails. */
  readonly alpha: number;
  /** What errors are judged by: users' first failed requests (default), or requests, with a margin for luck. */
  readonly unit?: "users" | "requests";
  /**
   * What the candidate is compared with: everybody who is not on it (`running`, the default), or as many users
   * on instances of the baseline's release that were started with it (`fresh`).
   */
  readonly baseline?: "running" | "fresh";
  readonly guardrails: readonly GuardrailPolicy[];
  /** Exposure until the verdict is in never exceeds this percentage. */
  readonly exposureMaxPercent: number;
  readonly maxDurationMs: number;
  /** What happens when the time is over without a verdict. Never silently ships by default. */
  readonly atMaxDuration: "hold" | "abort" | "promote";
  readonly userKey: UserKeyPolicy;
  /** Asked of both arms; counted under the guardrail `probes`, never as users' requests. */
  readonly probes?: readonly ProbePolicy[];
  /** How long the previous release stays warm after everybody has the new one. */
  readonly warmMs: number;
  /** Of the strategy `steps`; weights never fall. */
  readonly steps?: readonly StepPolicy[];
  /** Copies of requests are sent to the candidate, and its answers compared, before anybody meets it. */
  readonly shadow?: ShadowPolicy;
  /** Who gets it before anybody gets it by chance, and how long they have it alone. */
  readonly cohorts?: {
    readonly rules: readonly CohortPolicy[];
    readonly aloneMs: number;
    readonly until: "approval" | "time";
  };
  /** Whether the candidate has an address of its own while the rollout lives. */
  readonly hasPreview?: boolean;
  /** Of `blue-green`: switches after this time without a person, if the preview answered well. */
  readonly autoPromoteMs?: number;
  readonly windows?: WindowsPolicy;
  /** After full exposure: the way back stays open, and `controlPercent` of users stay on the baseline. */
  readonly bake?: { readonly forMs: number; readonly controlPercent: number };
  /** Apps with whose changes this app's go together, if they say so too, and how long it waits for them. */
  readonly together?: { readonly apps: readonly string[]; readonly waitMs: number };
  /** Of a joint rollout: the app's part of alpha for harm, which all its members share; absent: all of it. */
  readonly alphaShare?: number;
}

export type VerdictKind =
  | "harmful"
  | "safe"
  | "not_enough_evidence"
  | "no_traffic"
  /** Users are not in the arms in the shares that chance would give them: no comparison is to be trusted. */
  | "split_broken"
  /** Users are exposed, and what was counted of them does not arrive. */
  | "data_missing";

/** What one guardrail says now. */
export interface GuardrailState {
  readonly name: GuardrailName;
  readonly verdict: VerdictKind;
  /** What was counted: users with a first failed request, or requests. */
  readonly unit: "users" | "requests" | "instances";
  /** The value in each arm, as a ratio 0..1 (errors), or the share slower than `thresholdMs`. */
  readonly baseline: { readonly events: number; readonly sample: number };
  readonly candidate: { readonly events: number; readonly sample: number };
  readonly thresholdMs?: number;
  readonly tolerance: Tolerance;
  /** Harm must be more than this many times the baseline: so much is luck, or may be; absent: 1. */
  readonly margin?: number;
  /** Natural log of the e-process against "not more harmful than tolerated". */
  readonly logEHarm: number;
  /** Natural log of the e-process against "at least as harmful as tolerated". */
  readonly logESafe: number;
  /** ln(1/alpha of this guardrail): what evidence of harm must reach; alpha is shared. */
  readonly logEThreshold: number;
  /** What evidence of safety must reach, when it differs: alpha is not shared, as all must agree. */
  readonly logESafeThreshold?: number;
  /** Time at the present traffic until a healthy change would be let in; absent when unknowable. */
  readonly forecastMs?: number;
}

export interface Verdict {
  readonly kind: VerdictKind;
  /** One sentence with values, tolerance and sample. */
  readonly sentence: string;
  /** The guardrail that decided, when one did. */
  readonly guardrail?: GuardrailName;
  readonly guardrails: readonly GuardrailState[];
  /** The last stored interval this verdict rests on. */
  readonly throughIndex: number;
}

export type RolloutState =
  | "running"
  | "paused"
  | "held"
  /** Everybody but the control has it; harm, or a person, still takes everybody back. */
  | "baking"
  | "promoted"
  | "rolled_back"
  | "superseded";

export const finalRolloutStates: ReadonlySet<RolloutState> = new Set([
  "promoted",
  "rolled_back",
  "superseded",
]);

/** Totals over the rollout for people; the verdict rests on the intervals, never on these. */
export interface HarmTotals {
  readonly usersExposed: number;
  readonly usersHarmed: number;
  readonly candidateRequests: number;
  readonly candidateErrors: number;
  readonly baselineRequests: number;
  readonly baselineErrors: number;
  /** Of the candidate's requests, those of users by rule, by preview or by hand; absent: none. */
  readonly requestsByRule?: number;
}

export interface Rollout {
  readonly id: RolloutId;
  readonly app: AppName;
  readonly environment: EnvironmentName;
  readonly change: ChangeId;
  readonly candidate: ReleaseId;
  /** Absent for the first release of an app: there is nothing to compare with. */
  readonly baseline?: ReleaseId;
  /** Version of the configuration that is rolled out, with the code that is live; absent: it is not for that. */
  readonly configVersion?: number;
  readonly policy: RolloutPolicy;
  readonly salt: string;
  readonly state: RolloutState;
  /** Buckets of the candidate, 0..10000. */
  readonly exposure: number;
  readonly startedAt: number;
  readonly firstExposedAt?: number;
  /** When everybody (but the control of a bake) got it. */
  readonly publishedAt?: number;
  readonly finishedAt?: number;
  /** The step of its policy that it is in; absent before the first is entered. */
  readonly step?: RolloutStep;
  /** When the windows open that keep exposure from growing now. */
  readonly delayedUntilAt?: number;
  /** Since when it waits for a person: paused, held, or baking without being judged. */
  readonly waitsSince?: number;
  /** What that person can type: "tidegate rollout promote …, or tidegate rollout abort …". */
  readonly asks?: string;
  /** How long it has waited for people: that does not count towards the largest duration. */
  readonly waitedMs?: number;
  /** Why it is in this state: a sentence. */
  readonly reason: string;
  readonly verdict: Verdict;
  readonly totals: HarmTotals;
  /** What its candidate's instances told of and the release before did not; set with its end. */
  readonly newErrors?: NewErrors;
  /** Guardrails of which nothing was counted, each told once. */
  readonly unmeasured?: readonly Unmeasured[];
  /** One failed request of the candidate with the app's last log lines, once there was one. */
  readonly failureExample?: {
    readonly request: FailedRequest;
    readonly log: readonly string[];
  };
  /** What a person asked for and the controller has not carried out yet. */
  readonly command?: RolloutCommand;
  /** The joint rollout of which it is a member. */
  readonly together?: JointRollout;
}

/** Rollouts of several apps with one salt, one exposure and one verdict. */
export interface JointRollout {
  /** The member that is driven, and all others with it. */
  readonly leader: RolloutId;
  /** All of them, the leader first, in the order of their apps' names. */
  readonly members: readonly { readonly app: AppName; readonly rollout: RolloutId }[];
  /** Harmful if one app's is, safe if all are; `app`: whose sentence it is. */
  readonly verdict: {
    readonly kind: VerdictKind;
    readonly app: AppName;
    readonly sentence: string;
  };
}

/** A guardrail that is not measured, as its author is told. */
export interface Unmeasured {
  readonly guardrail: GuardrailName;
  /** What was to be counted, as the manifest names it. */
  readonly metric: string;
  /** Half a sentence: "neither release ever reported checkout_failed". */
  readonly because: string;
  /** Where it was looked for. */
  readonly where: string;
  readonly next: string;
  readonly sinceAt: number;
  /** It is measured now. */
  readonly isOver?: true;
}

export interface RolloutStep {
  /** From 0; people count from 1. */
  readonly index: number;
  readonly enteredAt: number;
  /** Who let it pass, where a person has to. */
  readonly approval?: { readonly by: string; readonly reason: string; readonly at: number };
}

export type RolloutCommandKind =
  | "pause"
  | "resume"
  | "promote"
  | "abort"
  | "approve"
  | "skip-to"
  | "supersede";

export interface RolloutCommand {
  readonly kind: RolloutCommandKind;
  readonly by: string;
  readonly reason: string;
  readonly at: number;
  /** The step, counted from 1, that is approved or skipped to. */
  readonly step?: number;
  /** Of a joint rollout: the app it was said of, whose steps are meant. */
  readonly app?: AppName;
  /** Of a way back, what the person said; `reason` says who went where as well. */
  readonly words?: string;
}
