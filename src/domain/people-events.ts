/** What people do that is no part of a delivery's story, as the journal has it. Never a secret, nor its hash. */
import type { SshKeyId, TokenId, UserId } from "./ids.ts";
import type { Team, TeamName, TokenReach, User, UserName } from "./people.ts";

/** What of a user changes. */
export type UserFacts = Pick<User, "state" | "credentialsFromAt" | "teams" | "grants">;
export type TeamFacts = Pick<Team, "grants">;

export interface PeopleEvents {
  "dev.tidegate.user.created": { readonly user: User };
  "dev.tidegate.user.changed": {
    readonly id: UserId;
    readonly user: UserName;
    readonly before: Partial<UserFacts>;
    readonly after: Partial<UserFacts>;
  };
  "dev.tidegate.team.created": { readonly team: Team };
  "dev.tidegate.team.changed": {
    readonly team: TeamName;
    readonly before: TeamFacts;
    readonly after: TeamFacts;
  };
  "dev.tidegate.team.deleted": { readonly team: TeamName };
  /** An app was given to a team, or taken from one. */
  "dev.tidegate.app.assigned": { readonly before?: TeamName; readonly after?: TeamName };
  "dev.tidegate.domain.added": { readonly host: string };
  "dev.tidegate.domain.removed": { readonly host: string };
  /** Somebody asked for an earlier release, by its number; the rollout's own entries tell what came of it. */
  "dev.tidegate.rollback.asked": {
    readonly before?: number;
    readonly after?: number;
    /** Absent: they gave none. */
    readonly reason?: string;
  };
  "dev.tidegate.token.created": {
    readonly token: TokenId;
    readonly label: string;
    readonly owner: string;
    readonly reach: TokenReach;
    readonly expiresAt: number;
  };
  "dev.tidegate.token.revoked": {
    readonly token: TokenId;
    readonly label: string;
    readonly owner: string;
  };
  "dev.tidegate.sshkey.added": {
    readonly key: SshKeyId;
    readonly label: string;
    readonly owner: string;
    readonly fingerprint: string;
  };
  "dev.tidegate.sshkey.removed": {
    readonly key: SshKeyId;
    readonly label: string;
    readonly owner: string;
    readonly fingerprint: string;
  };
}
