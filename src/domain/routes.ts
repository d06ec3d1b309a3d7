/** What the data plane is told: who is served by what. */
import type { Arm } from "./counts.ts";
import type { AppName, InstanceId, ReleaseId, RolloutId } from "./ids.ts";
import type { CohortMatch, UserKeyPolicy } from "./rollout.ts";

export interface RouteTarget {
  readonly instance: InstanceId;
  readonly host: string;
  readonly port: number;
}

export interface ArmRoute {
  readonly release: ReleaseId;
  /** "v12". */
  readonly label: string;
  readonly targets: readonly RouteTarget[];
}

/** Users who are in by rule; checked in order, before the hash. */
export interface CohortRule {
  readonly arm: "baseline" | "candidate";
  readonly match: CohortMatch;
  /** Only these of 10,000 buckets of those who match, by another hash than exposure's; absent: all. */
  readonly buckets?: number;
}

export interface AppRoute {
  readonly app: AppName;
  /** Host names without port, lower case. */
  readonly hosts: readonly string[];
  readonly baseline?: ArmRoute;
  readonly rollout?: {
    readonly id: RolloutId;
    readonly salt: string;
    readonly candidate: ArmRoute;
    /** Buckets [0, exposure) are the candidate's. */
    readonly exposure: number;
    /**
     * Instances of the baseline's release as old as the candidate's, for so many buckets from the top: those
     * alone are compared. Without a target their users are the running baseline's, who are aside.
     */
    readonly fresh?: { readonly targets: readonly RouteTarget[]; readonly buckets: number };
    readonly rules: readonly CohortRule[];
    /** Host names under which everybody gets the candidate, counted as there by rule. */
    readonly previewHosts?: readonly string[];
    /** A browser may be in it, or out of it, by a cookie that we signed for this rollout; absent: it says nothing. */
    readonly isByHand?: true;
    /** Percentage of the baseline's safe requests that are sent to the candidate too; absent: none. */
    readonly mirrorPercent?: number;
    /** Of which these paths (with `*` at the end: beginnings) are left out; absent: none. */
    readonly mirrorExcept?: readonly string[];
  };
  readonly userKey: UserKeyPolicy;
  readonly requestTimeoutMs: number;
}

/** The edge's own cookie, which tells users apart where the app names nothing else. */
export const userCookieName = "tidegate_uid";

/** Where the table in effect leads a user, and why. */
export type UserPlace =
  /** Everybody goes there. */
  | { readonly by: "everybody"; readonly release: ReleaseId; readonly label: string }
  /** The key is named by the rule of this index in the route. */
  | {
      readonly by: "rule";
      readonly rule: number;
      readonly arm: Arm;
      readonly release: ReleaseId;
      readonly label: string;
    }
  /** By the bucket, 0..9999: the candidate has those below `exposure`. */
  | {
      readonly by: "chance";
      readonly bucket: number;
      readonly exposure: number;
      /** On one of the fresh baseline's instances. */
      readonly isFresh: boolean;
      readonly arm: Arm;
      readonly release: ReleaseId;
      readonly label: string;
    };

/** What a link lets the browser that opens it do: be put into a rollout's candidate, or out of it. */
export interface CohortPass {
  readonly app: AppName;
  readonly rollout: RolloutId;
  /** What it was made for; the page offers both. */
  readonly to: Arm;
  /** Who made it, as the journal names them. */
  readonly by: string;
  readonly expiresAt: number;
}

/** A whole routing table. `version` rises with every change; an edge never goes back. */
export interface RouteTable {
  readonly version: number;
  readonly apps: readonly AppRoute[];
}

/** Says that a table is in effect: every request accepted after `at` is routed by it. */
export interface Receipt {
  readonly version: number;
  readonly at: number;
  readonly edges: readonly string[];
  /** Edges that are down or did not answer in time; they load the newest table when they come back. */
  readonly missing: readonly string[];
}

/** Where a candidate can be looked at before anybody else meets it, as it is called inside. */
export function previewHostOf(app: AppName): string {
  return `preview-${app}.localhost`;
}
