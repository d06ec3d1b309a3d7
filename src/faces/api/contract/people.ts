/** Users, teams, grants and tokens on the wire. A scope travels as people write it: `app:shop`. */
import { z } from "zod";
import { permissions, type ListedToken, type SshKey, type Team, type User } from "#domain";
import type { Agree, AllAgree } from "./agreement.ts";

export const role = z.enum(["viewer", "developer", "approver", "operator", "admin"]);
const permission = z.enum(permissions);
const scopeCharactersMax = 120;
export const scopeText = z.string().min(1).max(scopeCharactersMax);

/** A role, and where it holds: `platform`, `team:NAME`, `app:NAME` or `app:NAME/production`. */
export const grant = z.strictObject({ role, on: scopeText });

export const user = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum(["invited", "active", "disabled"]),
  email: z.string().optional(),
  createdAt: z.number(),
  createdBy: z.string(),
  teams: z.array(z.string()),
  grants: z.array(grant),
});
export const userList = z.object({ users: z.array(user) });

const nameGiven = z.string().min(1).max(100);
const emailCharactersMax = 254;
export const createUserRequest = z.strictObject({
  name: nameGiven,
  email: z.email().max(emailCharactersMax).optional(),
  grants: z.array(grant).max(100).default([]),
  teams: z.array(nameGiven).max(20).default([]),
});

export const team = z.object({
  name: z.string(),
  createdAt: z.number(),
  createdBy: z.string(),
  grants: z.array(grant),
  members: z.array(z.object({ name: z.string(), state: user.shape.state })),
});
export const teamList = z.object({ teams: z.array(team) });
export const createTeamRequest = z.strictObject({ name: nameGiven });
export const teamName = z.object({ name: z.string() });
export const assignRequest = z.strictObject({ team: nameGiven.optional() });

/** A grant and who has it: a user by name, or `team:NAME`. */
export const heldGrant = z.object({ to: z.string(), ...grant.shape });
export const heldGrantList = z.object({ grants: z.array(heldGrant) });

/**
 * - `all`: as much as its owner. - `read`: what a viewer may. - `push`: push to one app, and nothing else.
 */
export const tokenReach = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("all") }),
  z.strictObject({ kind: z.literal("read") }),
  z.strictObject({ kind: z.literal("push"), app: nameGiven }),
]);

export const token = z.object({
  id: z.string(),
  label: z.string(),
  owner: z.string(),
  reach: tokenReach,
  createdAt: z.number(),
  createdBy: z.string(),
  expiresAt: z.number(),
  lastUsedAt: z.number().optional(),
  lastAddress: z.string().optional(),
  revokedAt: z.number().optional(),
  /** It has ended with its owner, who was disabled, or had all that let them in ended, since it was made. */
  isEnded: z.literal(true).optional(),
});
export const tokenList = z.object({ tokens: z.array(token) });

const monthsDefaultMs = 90 * 86_400_000;
export const createTokenRequest = z.strictObject({
  label: z.string().min(1).max(100),
  reach: tokenReach,
  expiresInMs: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER).default(monthsDefaultMs),
});
/** The only time that its text is shown. */
export const tokenCreated = token.extend({ text: z.string() });

/** A public key by which git over SSH knows its owner. */
export const sshKey = z.object({
  id: z.string(),
  label: z.string(),
  owner: z.string(),
  algorithm: z.enum([
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
  ]),
  /** `SHA256:` and base64, as `ssh-keygen -l` shows it. */
  fingerprint: z.string(),
  addedAt: z.number(),
  /** Absent for one that ends only by being removed. */
  expiresAt: z.number().optional(),
  lastUsedAt: z.number().optional(),
  lastAddress: z.string().optional(),
});
export const sshKeyList = z.object({ sshKeys: z.array(sshKey) });

const publicKeyCharactersMax = 8_192;
export const addSshKeyRequest = z.strictObject({
  /** One line of a file that ends in `.pub`. */
  publicKey: z.string().min(1).max(publicKeyCharactersMax),
  /** Default: the comment behind the key. */
  label: z.string().min(1).max(100).optional(),
});

/** Who asks, and what they may do. */
export const me = z.object({
  name: z.string(),
  /** Absent for this machine's own key. */
  user: z.string().optional(),
  token: z.string().optional(),
  reach: tokenReach.optional(),
  grants: z.array(grant),
});

/** What one may do on one thing, and what it would take to do the rest. */
export const rights = z.object({
  /** What they are about: `platform` or `app:shop`. */
  on: z.string(),
  may: z.array(permission),
  /**
   * In the order of the table of permissions; `roles`: from the least to the most. `isTokenTooNarrow`: the owner of the
   * token in use may, and that token may not.
   */
  mayNot: z.array(
    z.object({
      permission,
      words: z.string(),
      roles: z.array(role),
      isTokenTooNarrow: z.literal(true).optional(),
    }),
  ),
  /** Who could grant a role on it, by name, at most a few; empty: only an operator of the machine. */
  grantors: z.array(z.string()),
});

export type RightsResource = z.output<typeof rights>;
export type GrantResource = z.output<typeof grant>;
export type UserResource = z.output<typeof user>;
export type TeamResource = z.output<typeof team>;
export type HeldGrantResource = z.output<typeof heldGrant>;
export type TokenResource = z.output<typeof token>;
export type SshKeyResource = z.output<typeof sshKey>;
export type MeResource = z.output<typeof me>;

export type PeopleAgreement = AllAgree<
  [
    Agree<Omit<UserResource, "grants">, Omit<User, "grants" | "credentialsFromAt">>,
    Agree<Omit<TeamResource, "grants" | "members">, Omit<Team, "grants" | "deletedAt">>,
    Agree<Omit<TokenResource, "owner">, Omit<ListedToken, "owner" | "ownerName" | "hash">>,
    Agree<Omit<SshKeyResource, "owner">, Omit<SshKey, "owner" | "ownerName" | "publicKey">>,
  ]
>;
