/** Who may ask: what each route of the table says about access, as data. Decided in #domain, `isAllowed`. */
import type { Permission } from "#domain";

/**
 * Where the resource is found for which the permission must be held.
 * - `platform`: the platform as a whole.
 * - `app`: the app `:app`. - `environment`: its production.
 * - `change`, `rollout`: the environment of `:change` or `:rollout`.
 * - `team`: the team `:team`. - `scope`: what lies in `:scope`.
 * - `query`: the app of the query; without one, the platform.
 * - `each`: the app of the query; without one, everybody may ask and gets what they may see.
 */
export type ResourceAt =
  | "platform"
  | "app"
  | "environment"
  | "change"
  | "rollout"
  | "team"
  | "scope"
  | "query"
  | "each";

export interface Guard {
  /** One, or one for each value of a parameter of the path. */
  readonly permission:
    | Permission
    | { readonly by: string; readonly each: Readonly<Record<string, Permission>> };
  readonly on: ResourceAt;
}

/** `public`: anybody who reaches the listener. `signed_in`: whoever is known, for what is their own. */
export type Access = "public" | "signed_in" | Guard;
