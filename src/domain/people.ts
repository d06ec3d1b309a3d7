/**
 * Who works with Tidegate: users, the teams they are in, and what each was granted where. Those whom an
 * app serves are its users, and none of them is one of these.
 */
import { err, ok, unreachable, type Brand, type Result } from "#std";
import type { EnvironmentName } from "./app.ts";
import type { InvalidInput } from "./errors.ts";
import { parseAppName, type AppName, type SshKeyId, type TokenId, type UserId } from "./ids.ts";
import type { SshKeyAlgorithm } from "./ssh-public-key.ts";

/** What a user signs in with and is called in the journal. */
export type UserName = Brand<string, "UserName">;
export type TeamName = Brand<string, "TeamName">;

/** From the least to the most; an approver stands beside a developer, not above. */
export const roles = ["viewer", "developer", "approver", "operator", "admin"] as const;
export type Role = (typeof roles)[number];

/** Where a role holds: everywhere, for the apps of a team, for an app, or for one environment of it. */
export type Scope =
  | { readonly kind: "platform" }
  | { readonly kind: "team"; readonly team: TeamName }
  | { readonly kind: "app"; readonly app: AppName }
  | { readonly kind: "environment"; readonly app: AppName; readonly environment: EnvironmentName };

export interface Grant {
  readonly role: Role;
  readonly scope: Scope;
}

export interface User {
  readonly id: UserId;
  readonly name: UserName;
  /** `invited` until the first sign-in; a disabled user is kept, because the journal names them. */
  readonly state: "invited" | "active" | "disabled";
  readonly email?: string;
  readonly createdAt: number;
  readonly createdBy: string;
  /** Tokens and sessions from before this instant are void. */
  readonly credentialsFromAt: number;
  readonly teams: readonly TeamName[];
  /** Their own; those of their teams come on top. */
  readonly grants: readonly Grant[];
}

export interface Team {
  readonly name: TeamName;
  readonly createdAt: number;
  readonly createdBy: string;
  /** What each member may do. */
  readonly grants: readonly Grant[];
  readonly deletedAt?: number;
}

/**
 * What a token may do at most, whatever its owner may.
 * - `all`: as much as its owner. - `read`: what a viewer may. - `push`: push to an app, and nothing else.
 */
export type TokenReach =
  | { readonly kind: "all" }
  | { readonly kind: "read" }
  | { readonly kind: "push"; readonly app: AppName };

/** What a token is called in lists and in the journal, and how far it reaches; its text is kept by nobody. */
export interface Token {
  readonly id: TokenId;
  /** What it is for, in its maker's words. */
  readonly label: string;
  /** Whose rights it has, as they are when it is used; absent: the machine's own. */
  readonly owner?: UserId;
  readonly ownerName: string;
  readonly reach: TokenReach;
  /** Hex SHA-256 of its text. */
  readonly hash: string;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly expiresAt: number;
  /** Written at most every few minutes. */
  readonly lastUsedAt?: number;
  readonly lastAddress?: string;
  readonly revokedAt?: number;
}

/** One in a list. */
export interface ListedToken extends Token {
  /** It has ended with its owner, who was disabled, or had all that let them in ended, since it was made. */
  readonly isEnded?: true;
}

/** A public key of somebody's, by which git over SSH knows them. The private half never comes here. */
export interface SshKey {
  readonly id: SshKeyId;
  /** What it is called, in its owner's words. */
  readonly label: string;
  /** Who pushes with it, with the rights they have then; absent: the machine itself. */
  readonly owner?: UserId;
  readonly ownerName: string;
  readonly algorithm: SshKeyAlgorithm;
  /** Base64, as it stands in the file that ends in `.pub`. */
  readonly publicKey: string;
  /** `SHA256:` and base64, as `ssh-keygen -l` shows it. */
  readonly fingerprint: string;
  readonly addedAt: number;
  /** When it was added with a token: it ends when that token does by its time. */
  readonly expiresAt?: number;
  /** Written at most every few minutes. */
  readonly lastUsedAt?: number;
  readonly lastAddress?: string;
}

/** From where somebody asked. */
export interface Origin {
  readonly address: string;
  /** As the client calls itself; cut, and otherwise untouched. */
  readonly userAgent?: string;
}

/** Who asks: a user, by a session or a token, or the machine itself, and what they may do. */
export interface Actor {
  /** Goes into the journal: a user's name; "admin" for the key that lies on the machine itself. */
  readonly name: string;
  /** Absent for the machine's own key. */
  readonly user?: UserId;
  readonly token?: TokenId;
  readonly sshKey?: SshKeyId;
  /** Their own and those of their teams. */
  readonly grants: readonly Grant[];
  /** Absent: all that was granted. */
  readonly reach?: TokenReach;
  /** A session by its id, when it is by one that they came in. */
  readonly session?: string;
  readonly origin?: Origin;
}

/** Whoever can read the key file of this machine may do everything on it. */
export const machineActor: Actor = {
  name: "admin",
  grants: [{ role: "admin", scope: { kind: "platform" } }],
};

/** Nobody has signed in, or needs to. */
export const nobody: Actor = { name: "nobody", grants: [] };

// What acts on its own is named in the journal too, and nobody may pass for it.
const reservedNames = new Set([
  "admin",
  "nobody",
  "recovery",
  "tidegate",
  "root",
  "system",
  "source",
  "build",
  "test",
  "assure",
  "rollout",
  "feedback",
  "runtime",
  "delivery",
]);
const userPattern = /^[a-z](?:[a-z0-9._-]{0,38}[a-z0-9])?$/;
const teamPattern = /^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

export function parseUserName(input: unknown): Result<UserName, InvalidInput> {
  if (typeof input === "string" && userPattern.test(input) && !reservedNames.has(input)) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one mint of this brand
    return ok(input as UserName);
  }
  return err({
    code: "invalid_input",
    field: "user",
    expected:
      "1 to 40 of a-z, 0-9, ., _ and -, starting with a letter and ending with a letter or digit; " +
      `not one of ${[...reservedNames].join(", ")}`,
    ...(typeof input === "string" ? { found: JSON.stringify(input.slice(0, 60)) } : {}),
  });
}

export function parseTeamName(input: unknown): Result<TeamName, InvalidInput> {
  if (typeof input === "string" && teamPattern.test(input)) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one mint of this brand
    return ok(input as TeamName);
  }
  return err({
    code: "invalid_input",
    field: "team",
    expected: "1 to 40 of a-z, 0-9 and -, starting with a letter and not ending with -",
    ...(typeof input === "string" ? { found: JSON.stringify(input.slice(0, 60)) } : {}),
  });
}

/** As people write it and as `parseScope` reads it: `platform`, `team:ops`, `app:shop`, `app:shop/production`. */
export function renderScope(scope: Scope): string {
  switch (scope.kind) {
    case "platform":
      return "platform";
    case "team":
      return `team:${scope.team}`;
    case "app":
      return `app:${scope.app}`;
    case "environment":
      return `app:${scope.app}/${scope.environment}`;
    default:
      return unreachable(scope);
  }
}

export function parseScope(input: string): Result<Scope, InvalidInput> {
  if (input === "platform") return ok({ kind: "platform" });
  const [, kind = "", name = "", environment] = /^(team|app):([^/]+)(?:\/(.+))?$/.exec(input) ?? [];
  const team = parseTeamName(name);
  if (kind === "team" && team.ok && environment === undefined) {
    return ok({ kind: "team", team: team.value });
  }
  const app = parseAppName(name);
  if (kind === "app" && app.ok) {
    if (environment === undefined) return ok({ kind: "app", app: app.value });
    if (environment === "production")
      return ok({ kind: "environment", app: app.value, environment });
  }
  return err({
    code: "invalid_input",
    field: "scope",
    expected: "platform, team:NAME, app:NAME or app:NAME/production",
    found: JSON.stringify(input.slice(0, 100)),
  });
}
