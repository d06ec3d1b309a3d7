/**
 * `tidegate.yaml`: all that a repository may say about its own delivery. Everything has a default,
 * so the file is optional; an unknown key or a wrong type is refused with file, line and expectation.
 */
import type { RolloutPolicy } from "./rollout.ts";
import type { Slo } from "./slo.ts";

export interface Manifest {
  /** Process type to command line, as in a Procfile; overrides it. */
  readonly processes?: Readonly<Record<string, string>>;
  readonly build?: {
    readonly command?: string;
    readonly install?: string;
    readonly timeoutMs?: number;
  };
  readonly test?: {
    /** `false` says there is nothing to run. */
    readonly command?: string | false;
    /** Globs of JUnit XML or TAP files the tests write. */
    readonly reports?: readonly string[];
    readonly timeoutMs?: number;
    readonly network?: boolean;
  };
  readonly health?: { readonly path?: string; readonly timeoutMs?: number };
  /** Directory to serve, for a static site. */
  readonly static?: { readonly root: string };
  /** Name to CEL rule; added to the default gate, or replacing a rule of the same name. */
  readonly gate?: Readonly<Record<string, string>>;
  readonly rollout?: Partial<RolloutPolicy>;
  readonly stop?: { readonly graceMs?: number };
  readonly slo?: Slo;
}
