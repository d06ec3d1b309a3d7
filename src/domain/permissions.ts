/**
 * What each role may do, and the one function that decides it. Every route of the API and every git
 * operation names a permission of this table; there is no other place in which access is decided.
 */
import { some, unreachable } from "#std";
import type { EnvironmentName } from "./app.ts";
import type { AppName } from "./ids.ts";
import type { Actor, Grant, Role, Scope, TeamName, TokenReach } from "./people.ts";
import type { RolloutCommandKind } from "./rollout.ts";

const everybody: readonly Role[] = ["viewer", "developer", "approver", "operator", "admin"];

/** By permission: what it lets one do, as it ends the sentence "ana may not …", and which roles have it. */
// oxfmt-ignore
const table = {
  "app.read":        ["see this",                                  everybody],
  "source.read":     ["read the code",                             everybody],
  // Who has what, with their addresses.
  "people.read":     ["see who has which rights",                  ["operator", "admin"]],
  "team.read":       ["see who is in the team",                    everybody],
  "platform.read":   ["see the state of the platform",             everybody],
  // A change that was pushed goes through tests, gate and rollout like any other.
  "source.push":     ["push",                                      ["developer", "operator", "admin"]],
  "app.create":      ["create apps",                               ["developer", "operator", "admin"]],
  // What instances print may hold what the app's users sent.
  "log.read":        ["read an app's logs",                         ["developer", "approver", "operator", "admin"]],
  // Nothing that a developer's own code could not print.
  "config.read":     ["read configuration",                        ["developer", "operator", "admin"]],
  // Towards fewer users: everybody who works on the app may.
  "rollout.stop":    ["pause or abort a rollout",                  ["developer", "approver", "operator", "admin"]],
  // Themselves only, and whoever they give the link to within ten minutes.
  "rollout.join":    ["put themselves into a rollout, or out",     ["developer", "approver", "operator", "admin"]],
  // For who answers users' questions; it takes a user's key, which the app keeps.
  "cohort.read":     ["ask whether a user is in a rollout",        ["developer", "approver", "operator", "admin"]],
  "rollout.approve": ["approve a step of a rollout",               ["approver", "operator", "admin"]],
  // Towards more users than the evidence would let in.
  "rollout.steer":   ["resume, promote or skip ahead",             ["operator", "admin"]],
  "release.restore": ["put everybody back to an earlier release",  ["operator", "admin"]],
  "config.write":    ["change configuration",                      ["operator", "admin"]],
  "domain.write":    ["add or remove an app's domains",            ["operator", "admin"]],
  "audit.read":      ["read who did what",                         ["operator", "admin"]],
  "app.delete":      ["delete an app",                             ["admin"]],
  "grant.write":     ["grant roles",                               ["admin"]],
  "team.write":      ["change who is in the team",                 ["admin"]],
  "people.write":    ["create and disable users and teams",        ["admin"]],
} as const satisfies Readonly<Record<string, readonly [words: string, roles: readonly Role[]]>>;

export type Permission = keyof typeof table;

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table's own keys
export const permissions = Object.keys(table) as readonly Permission[];

/** The roles that have a permission, from the least to the most. */
export function rolesThatMay(permission: Permission): readonly Role[] {
  return table[permission][1];
}

/** What a permission lets one do, as words that end the sentence "ana may not …". */
export function wordsOf(permission: Permission): string {
  return table[permission][0];
}

/** What a person may tell a rollout, by what it takes. */
export const rolloutPermissions = {
  pause: "rollout.stop",
  abort: "rollout.stop",
  approve: "rollout.approve",
  resume: "rollout.steer",
  promote: "rollout.steer",
  "skip-to": "rollout.steer",
} as const satisfies Readonly<Record<Exclude<RolloutCommandKind, "supersede">, Permission>>;

/** What is asked for: the platform as a whole, a team, or an app, perhaps one environment of it. */
export type Resource =
  | { readonly kind: "platform" }
  | { readonly kind: "team"; readonly team: TeamName }
  | {
      readonly kind: "app";
      readonly app: AppName;
      /** Whose app it is. */
      readonly team?: TeamName;
      readonly environment?: EnvironmentName;
    };

/** Decides whether the actor may do this here. Pure; a token is held to its reach and to its owner's grants. */
export function isAllowed(actor: Actor, permission: Permission, resource: Resource): boolean {
  return (
    isWithinReach(actor.reach, permission, resource) &&
    actor.grants.some((grant) => gives(grant, permission, resource))
  );
}

/**
 * Whether the actor may know that this exists. What may not be seen is answered like what does not exist.
 * The platform itself is no secret to anybody who has signed in.
 */
export function isVisible(actor: Actor, resource: Resource): boolean {
  switch (resource.kind) {
    case "platform":
      return true;
    case "team":
      return isAllowed(actor, "team.read", resource);
    case "app":
      // Of a token that may push and no more: its own app, of whose existence it speaks itself.
      return actor.reach?.kind === "push"
        ? isAllowed(actor, "source.push", resource)
        : isAllowed(actor, "app.read", resource);
    default:
      return unreachable(resource);
  }
}

/** What must be held to grant something in a scope. */
export function resourceOfScope(scope: Scope, teamOf?: TeamName): Resource {
  switch (scope.kind) {
    case "platform":
      return { kind: "platform" };
    case "team":
      return { kind: "team", team: scope.team };
    case "app":
      return { kind: "app", app: scope.app, ...some("team", teamOf) };
    case "environment": {
      const { app, environment } = scope;
      return { kind: "app", app, environment, ...some("team", teamOf) };
    }
    default:
      return unreachable(scope);
  }
}

/** Whether a grant gives a permission on a resource. */
export function gives({ role, scope }: Grant, permission: Permission, resource: Resource): boolean {
  return rolesThatMay(permission).includes(role) && covers(scope, permission, resource);
}

function covers(scope: Scope, permission: Permission, resource: Resource): boolean {
  switch (scope.kind) {
    case "platform":
      return true;
    case "team":
      return resource.kind !== "platform" && resource.team === scope.team;
    case "app":
      return resource.kind === "app" && resource.app === scope.app;
    case "environment": {
      if (resource.kind !== "app" || resource.app !== scope.app) return false;
      // Who may see something in an environment may see the app around it.
      return resource.environment === scope.environment || permission === "app.read";
    }
    default:
      return unreachable(scope);
  }
}

function isWithinReach(
  reach: TokenReach | undefined,
  permission: Permission,
  resource: Resource,
): boolean {
  if (reach === undefined) return true;
  switch (reach.kind) {
    case "all":
      return true;
    case "read":
      return rolesThatMay(permission).includes("viewer");
    case "push":
      return permission === "source.push" && resource.kind === "app" && resource.app === reach.app;
    default:
      return unreachable(reach);
  }
}
