/**
 * How users prove who they are, and what keeps them known afterwards. Secrets are kept as hashes, in
 * documents and never in the journal; the journal tells that something was done, and by whom.
 */
import type { UserId } from "./ids.ts";
import type { Grant, TeamName, UserName } from "./people.ts";

/** How somebody came in. `machine`: with a link that the admin token of this machine made. */
export type SignInWay = "password" | "passkey" | "provider" | "invitation" | "machine";

/** A browser that is known, from a sign-in on. Stored under the hash of the secret in its cookie. */
export interface Session {
  /** What it is called in lists and in the journal; opens nothing. */
  readonly id: string;
  /** Absent: the machine itself, by a link that its admin token made. */
  readonly user?: UserId;
  readonly way: SignInWay;
  /** By which passkey, where it was one. */
  readonly passkey?: string;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  /** When it ends whatever happens; unused, it ends earlier. */
  readonly expiresAt: number;
  readonly address: string;
  readonly userAgent: string;
}

/** The owner under which sessions are listed: a user, or the machine's own key. */
export const sessionOwner = (user: UserId | undefined): string => user ?? "machine";

/** Stored under the user's id. */
export interface PasswordRecord {
  readonly user: UserId;
  /** PHC string of argon2id. */
  readonly hash: string;
  readonly changedAt: number;
}

/** A WebAuthn credential of a user. Stored under the credential's own id. */
export interface Passkey {
  readonly id: string;
  readonly user: UserId;
  /** The authenticator's name for it: base64url, as it is stored. */
  readonly credentialId: string;
  readonly label: string;
  /** COSE, base64url. */
  readonly publicKey: string;
  /** Rises with each use, with authenticators that count; a lower one is a copy's. */
  readonly counter: number;
  readonly transports: readonly string[];
  /** Whether it is copied between its owner's devices. */
  readonly isSynced: boolean;
  readonly rpId: string;
  readonly createdAt: number;
  readonly lastUsedAt?: number;
}

/** A link that makes its holder a user, once; or, for a user there is, gives them a new way in. */
export interface Invitation {
  readonly id: string;
  readonly secretHash: string;
  readonly note: string;
  /** For somebody who is a user already: their name and grants stay as they are. */
  readonly user?: UserId;
  /** The name that the new user gets; absent: they choose it. */
  readonly name?: UserName;
  readonly grants: readonly Grant[];
  readonly teams: readonly TeamName[];
  readonly createdAt: number;
  readonly createdBy: string;
  readonly expiresAt: number;
  readonly acceptedBy?: UserName;
  readonly acceptedAt?: number;
  readonly revokedAt?: number;
}

/** Stored under the hash of the link's secret; taken away when it is used. */
export interface SignInLink {
  readonly createdBy: string;
  readonly expiresAt: number;
}

/** A user's account with a provider. Stored under a hash of issuer and subject. */
export interface Identity {
  readonly user: UserId;
  readonly issuer: string;
  readonly subject: string;
  readonly linkedAt: number;
}

/** An OpenID Connect provider that an operator trusts to say who somebody is. */
export interface Provider {
  readonly name: string;
  /** What people call it: "Sign in with …". */
  readonly title: string;
  readonly issuer: string;
  readonly clientId: string;
  /** Never leaves this instance but towards the issuer; absent for a public client. */
  readonly clientSecret?: string;
  /** Only addresses of these domains, verified by the provider; empty: any. */
  readonly emailDomains: readonly string[];
  /** Whether somebody who signs in for the first time becomes a user. */
  readonly createsUsers: boolean;
  /** The claim that lists somebody's groups, and which team each of them is. */
  readonly teams?: {
    readonly claim: string;
    readonly byGroup: Readonly<Record<string, TeamName>>;
  };
  readonly createdAt: number;
}

/** A ceremony that has been used, so that it cannot be once more. */
export interface SpentCeremony {
  readonly at: number;
}
