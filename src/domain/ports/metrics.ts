/**
 * Where the counts of custom guardrails come from. A source works in its own time and is looked at
 * without waiting: one that hangs is missing, and holds nobody up.
 */
import type { Arm, MetricCounts } from "../counts.ts";
import type { AppName, InstanceId, ReleaseId, RolloutId } from "../ids.ts";
import type { GuardrailPolicy, ProbePolicy } from "../rollout.ts";

/** A release as a source sees it. */
export interface MetricArm {
  readonly release: ReleaseId;
  /** "v12". */
  readonly version: string;
  /** Those that are ready. */
  readonly instances: readonly MetricInstance[];
}

export interface MetricInstance {
  readonly id: InstanceId;
  readonly processType: string;
  /** Where it answers HTTP; absent: it does not. */
  readonly address?: { readonly host: string; readonly port: number };
}

export interface MetricRequest {
  readonly rollout: RolloutId;
  readonly app: AppName;
  readonly guardrails: readonly GuardrailPolicy[];
  readonly probes: readonly ProbePolicy[];
}

/** What a rollout knows at a look. */
export interface MetricMoment {
  readonly now: number;
  readonly arms: Readonly<Record<Arm, MetricArm>>;
  /** Requests that the edge counted in each arm so far: the sample where a guardrail names none. */
  readonly requests: Readonly<Record<Arm, number>>;
}

/** Counts of both arms by guardrail, over about the same time. */
export interface MetricTaking {
  readonly startAt: number;
  readonly endAt: number;
  readonly baseline: Readonly<Record<string, MetricCounts>>;
  readonly candidate: Readonly<Record<string, MetricCounts>>;
}

/** Why a guardrail is not measured. */
export interface MetricProblem {
  readonly guardrail: string;
  readonly code:
    | "no_reports"
    | "no_data"
    | "not_a_counter"
    | "events_exceed_sample"
    | "unknown_server"
    | "unreachable"
    | "timed_out"
    | "refused"
    | "malformed_answer"
    | "answer_too_large"
    | "not_a_count"
    | "not_a_number"
    | "counter_fell";
  /** Half a sentence: "v13 (candidate) reports no metrics". */
  readonly because: string;
  /** Since when, if that is before it was first said. */
  readonly since?: number;
}

export interface MetricWatch {
  /**
   * What was gathered and not yet settled, if there is something of both arms. Gives the same again until
   * it is settled, so that whoever records it may try again.
   */
  look(moment: MetricMoment): {
    readonly taking?: MetricTaking;
    readonly problems: readonly MetricProblem[];
  };
  /** What `look` gave last is recorded. */
  settle(): void;
  close(): void;
}

export interface MetricSource {
  readonly source: "metrics" | "probes";
  /** Begins with the next look: what was counted before is not this rollout's. */
  watch(request: MetricRequest): MetricWatch;
}

/** Who reports; told by a token that only this instance was given. */
export interface InstanceIdentity {
  readonly app: AppName;
  readonly release: ReleaseId;
  readonly instance: InstanceId;
}

/** What instances are told, and whom to ask about them. */
export interface Metrics {
  readonly sources: readonly MetricSource[];
  /**
   * OpenTelemetry's variables with which an instance reports here, as itself; `given` is what it is
   * started with already, and none of it is overruled.
   */
  environmentOf(
    identity: InstanceIdentity & { readonly version: string; readonly environment: string },
    given: Readonly<Record<string, string>>,
  ): Readonly<Record<string, string>>;
}
