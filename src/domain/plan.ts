/** How to build, test and run a tree, and which file made us think so. */
import type { Digest } from "./ids.ts";
import type { RolloutPolicy } from "./rollout.ts";
import type { Slo } from "./slo.ts";

export type Stack = "node" | "python" | "go" | "static" | "custom";
export type StepName = "install" | "build" | "test";

/** One thing we decided, and the file (or absence of one) that decided it. */
export interface Reason {
  readonly decided: string;
  readonly because: string;
}

/** How a plan words that no tests are run although there may be some; its `because` says why. */
export const noTestsDecided = "no tests are run";

export interface PlanStep {
  readonly name: StepName;
  /** Run in turn in the work tree; each argv goes to exec, never through a shell of ours. */
  readonly commands: readonly (readonly string[])[];
  /** Paths in the tree that the step reads; `["."]` for all. Their git ids make the step's key. */
  readonly inputs: readonly string[];
  /** Paths the step leaves behind that later steps and the release need (`node_modules`, `.`). */
  readonly outputs: readonly string[];
  /** `{cache}` in a value stands for the app's cache directory; `PATH` may hold relative directories. */
  readonly env: Readonly<Record<string, string>>;
  readonly hasNetwork: boolean;
  readonly timeoutMs: number;
}

/** Directory of an app's package manager caches: private to it, and writable by its steps. */
export function appCacheDirectory(dataDir: string, app: string): string {
  return `${dataDir}/cache/apps/${app}`;
}

/** Gives a step's environment once it is known where it runs; both directories are absolute. */
export function stepEnvironment(
  step: PlanStep,
  place: { readonly workDir: string; readonly cacheDir: string },
): Readonly<Record<string, string>> {
  const env = Object.entries(step.env).map(([name, value]) => {
    if (name !== "PATH") return [name, value.replaceAll("{cache}", place.cacheDir)];
    const absolute = value
      .split(":")
      .map((part) => (part.startsWith("/") ? part : `${place.workDir}/${part}`));
    return [name, absolute.join(":")];
  });
  return Object.fromEntries(env);
}

export interface ProcessSpec {
  readonly argv: readonly string[];
  /** Only `web` gets PORT and traffic; `release` runs once, before the first instance starts. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface HealthCheck {
  /** Absent: the process accepts connections, and whatever `GET /` answers is not a 5xx. */
  readonly path?: string;
  readonly timeoutMs: number;
}

export interface Plan {
  readonly digest: Digest;
  readonly stack: Stack;
  /** "Node 24, npm", for people. */
  readonly title: string;
  readonly reasons: readonly Reason[];
  readonly steps: readonly PlanStep[];
  /** At least one of `web`, `worker`; the order is that of the Procfile. */
  readonly processes: Readonly<Record<string, ProcessSpec>>;
  readonly env: Readonly<Record<string, string>>;
  readonly health: HealthCheck;
  readonly stopGraceMs: number;
  readonly testReports: readonly string[];
  readonly gate: Readonly<Record<string, string>>;
  readonly rollout: RolloutPolicy;
  /** Absent: the usual one. */
  readonly slo?: Slo;
  /** Versions that are part of every step key: `{ node: "24.21.0" }`. */
  readonly toolchain: Readonly<Record<string, string>>;
}
