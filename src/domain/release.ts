/** Artifact + configuration + formation in one environment, numbered for people, and its processes. */
import type { EnvironmentName } from "./app.ts";
import type { AppName, ChangeId, Digest, InstanceId, ReleaseId } from "./ids.ts";
import type { Problem } from "./change.ts";
import type { Slo } from "./slo.ts";
import type { TakenBack } from "./taken-away.ts";

/** Rungs of the sandbox ladder; what was achieved is recorded on every release. */
export type SandboxLevel = 0 | 1 | 2 | 3;

/**
 * - `starting`: its instances are being started. - `ready`: they answer; nobody is routed to it yet.
 * - `exposed`: some users are on it. - `live`: everybody is. - `warm`: nobody is, it still runs.
 * - `stopped`: it can be started again (its directory is kept). - `failed`: it never became ready.
 */
export type ReleaseState =
  | "starting"
  | "ready"
  | "exposed"
  | "live"
  | "warm"
  | "stopped"
  | "failed";

export interface Release {
  readonly id: ReleaseId;
  readonly number: number;
  readonly app: AppName;
  readonly environment: EnvironmentName;
  readonly artifact: Digest;
  readonly change: ChangeId;
  readonly configVersion: number;
  /** Process type to number of instances. */
  readonly formation: Readonly<Record<string, number>>;
  readonly state: ReleaseState;
  readonly sandboxLevel?: SandboxLevel;
  readonly instances: readonly Instance[];
  readonly createdAt: number;
  /** When everybody was let in; absent for one that never was, to which nobody goes back. */
  readonly publishedAt?: number;
  /** Why it exists: a push, a configuration change, a rollback to vN. */
  readonly cause: "push" | "config" | "rollback";
  readonly restores?: ReleaseId;
  /** Of one with another configuration: it was taken away from users. Of a push, its change says so. */
  readonly takenBack?: TakenBack;
  /** The release of which fresh instances were started beside this one, to compare it with. */
  readonly freshBaseline?: ReleaseId;
  /** What its manifest promises; absent: the usual. */
  readonly slo?: Slo;
  readonly problem?: Problem;
  /** How often its instances ended unasked, and how last; kept while it runs. */
  readonly crash?: CrashRecord;
}

export interface CrashRecord {
  /** Exits, and failed starts of what is live, in the ten minutes before the last one, oldest first, epoch ms. */
  readonly exitsAt: readonly number[];
  readonly lastExit: string;
  /** Three of them within a minute. */
  readonly isLoop: boolean;
}

export interface Instance {
  readonly id: InstanceId;
  readonly processType: string;
  /** Loopback address of a web instance; absent for workers. */
  readonly host?: string;
  readonly port?: number;
  readonly state: "starting" | "ready" | "draining" | "exited";
  readonly restarts: number;
  /** A fresh baseline's: runs for the rollout of this candidate, with which it was started, and no longer. */
  readonly freshFor?: ReleaseId;
}
