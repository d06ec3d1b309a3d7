/**
 * Running things: steps that end and instances that serve. Whatever is started outlives the server
 * that started it; a server that comes back adopts it.
 */
import type { Result } from "#std";
import type { Finding } from "../finding.ts";
import type { AppName, InstanceId } from "../ids.ts";
import type { HealthCheck } from "../plan.ts";
import type { SandboxLevel } from "../release.ts";

export interface Limits {
  readonly wallMs: number;
  readonly memoryBytes: number;
  readonly processes: number;
  readonly outputBytes: number;
  readonly diskBytes: number;
}

export interface StepSpec {
  /** Running the same id again adopts the step that runs, or returns what it left. */
  readonly id: string;
  readonly app: AppName;
  /** Absolute; writable inside the sandbox, and the working directory. */
  readonly workDir: string;
  /** Absolute paths shown read-only at the same place. */
  readonly readOnly: readonly string[];
  /** Absolute paths shown writable at the same place (package manager caches, private per app). */
  readonly writable: readonly string[];
  /** Run in turn until one fails. */
  readonly commands: readonly (readonly string[])[];
  readonly env: Readonly<Record<string, string>>;
  readonly hasNetwork: boolean;
  readonly limits: Limits;
}

export type StepEnd =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "signalled"; readonly signal: string }
  | { readonly kind: "limit"; readonly limit: keyof Limits; readonly allowed: number }
  | { readonly kind: "cancelled" };

export interface StepOutcome {
  readonly end: StepEnd;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly sandboxLevel: SandboxLevel;
  /** Whether it was found running or finished rather than started by this call. */
  readonly isAdopted: boolean;
}

export interface RunningStep {
  /** Output so far and to come, lines without their newline, each at most 4 KiB; ends with the step. */
  lines(signal: AbortSignal): AsyncIterable<string>;
  /** The last `count` lines. */
  tail(count: number): Promise<readonly string[]>;
  /** Absolute path of the whole log. */
  readonly logFile: string;
  readonly outcome: Promise<StepOutcome>;
  cancel(): Promise<void>;
}

export interface InstanceSpec {
  readonly id: InstanceId;
  readonly app: AppName;
  readonly release: string;
  readonly processType: string;
  /** Absolute; shown read-only as the working directory. */
  readonly directory: string;
  readonly argv: readonly string[];
  /** Configuration and the platform's own variables; PORT is added for `web`. */
  readonly env: Readonly<Record<string, string>>;
  /** Only for `web`: waits until it answers. Without it, alive for an instant is ready. */
  readonly health?: HealthCheck;
  readonly memoryBytes: number;
  readonly processes: number;
}

export interface RunningInstance {
  readonly id: InstanceId;
  readonly app: AppName;
  readonly release: string;
  readonly processType: string;
  readonly host?: string;
  readonly port?: number;
  readonly pid: number;
  readonly startedAt: number;
  readonly sandboxLevel: SandboxLevel;
}

/** Why an instance did not become ready. `log` holds its last lines. */
export interface StartFailed {
  readonly code: "start_failed";
  readonly reason:
    | { readonly kind: "exited"; readonly exit: string }
    | {
        readonly kind: "never_listened";
        readonly port: number;
        readonly waitedMs: number;
        /** Ports it listens on instead, where the driver can tell; the most frequent mistake. */
        readonly listensOn?: readonly number[];
      }
    | { readonly kind: "unhealthy"; readonly request: string; readonly answer: string }
    | { readonly kind: "refused"; readonly why: string };
  readonly log: readonly string[];
}

export interface InstanceExit {
  readonly id: InstanceId;
  readonly app: AppName;
  readonly release: string;
  readonly processType: string;
  /** "exit code 1", "signal SIGKILL", "out of memory (512 MiB)". */
  readonly exit: string;
  readonly at: number;
}

export interface InstanceLogLine {
  readonly instance: InstanceId;
  readonly processType: string;
  readonly release: string;
  /** Set when the line's own time is known. */
  readonly at?: number;
  readonly text: string;
}

/** Where an instance's lines are kept: files that follow one another, absolute. */
export interface LogSource {
  readonly instance: InstanceId;
  readonly release: string;
  readonly processType: string;
  readonly startedAt: number;
  readonly sizeBytes: number;
  readonly files: readonly string[];
}

export interface Runtime {
  readonly name: string;
  /** Highest rung that works here, probed once. */
  sandboxLevel(): Promise<SandboxLevel>;
  findings(): Promise<readonly Finding[]>;
  step(spec: StepSpec): Promise<RunningStep>;
  /**
   * Resolves when the instance is ready; an instance with this id that runs already is adopted. When
   * `signal` aborts before it is ready, it is stopped again and the start has failed.
   */
  start(spec: InstanceSpec, signal?: AbortSignal): Promise<Result<RunningInstance, StartFailed>>;
  /** SIGTERM, wait `graceMs`, SIGKILL to all that is left. Unknown ids are done already. */
  stop(id: InstanceId, graceMs: number): Promise<void>;
  instances(): Promise<readonly RunningInstance[]>;
  /** Resident memory of all processes of an instance now; `undefined` when it does not run. */
  memoryBytes(id: InstanceId): Promise<number | undefined>;
  /** Every exit that neither `stop` asked for nor `start` told of, also of instances adopted; each once. */
  exits(signal: AbortSignal): AsyncIterable<InstanceExit>;
  /** Logs of an app's instances that are kept, those that started last first. */
  logSources(app: AppName): Promise<readonly LogSource[]>;
  /** Lines of an app's instances, oldest first; `follow` goes on until `signal` aborts. */
  logs(query: {
    readonly app: AppName;
    readonly release?: string;
    readonly instance?: InstanceId;
    readonly tail: number;
    readonly follow: boolean;
    readonly signal: AbortSignal;
  }): AsyncIterable<InstanceLogLine>;
}
