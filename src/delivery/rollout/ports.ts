/** What the controller acts through. */
import type { Wakes } from "#std";
import type { Clock, DataPlane, Log, Metrics, Runtime, Store } from "#domain";

export interface RolloutPorts {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly dataPlane: DataPlane;
  /** Where custom guardrails are counted; absent: nowhere, and they are said to be missing. */
  readonly metrics?: Metrics;
  readonly clock: Clock;
  readonly log: Log;
  /** Absolute; artifact directories are below it. */
  readonly dataDir: string;
  /** Wakes the loop of a rollout (key: its id) in this process; others see news at their next look. */
  readonly wakes: Wakes;
}
