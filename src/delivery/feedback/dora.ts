/** DORA's five delivery metrics (dora.dev/guides/dora-metrics, two factors), from the journal alone. */
import { type AppName } from "#domain";

export interface DoraReport {
  readonly app?: AppName;
  readonly fromAt: number;
  readonly toAt: number;
  /** Deployments to users in the window: a rollout with many steps is one. */
  readonly deployments: number;
  readonly deploymentsPerDay: number;
  /** Committed to everybody has it; absent without a finished deployment. */
  readonly leadTimeMsP50?: number;
  readonly leadTimeMsP90?: number;
  /** Committed to first user. */
  readonly leadTimeFirstUserMsP50?: number;
  readonly changeFailRatio?: number;
  /** Failures weighted by the share of users they reached: what controlled exposure is worth. */
  readonly changeFailRatioByUsers?: number;
  readonly failedDeployments: number;
  readonly recoveryMsP50?: number;
  readonly reworkRatio?: number;
}
