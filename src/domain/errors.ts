/**
 * Operating errors that cross rooms. Plain objects on `code`; every face has its own table from
 * code to words, `satisfies Record<ErrorCode, …>`, so a new code compiles only when all have an answer.
 */

import type { Permission, Resource } from "./permissions.ts";

/** Something from outside does not have the form it must have. */
export interface InvalidInput {
  readonly code: "invalid_input";
  readonly field: string;
  /** Completes the sentence "expected …". */
  readonly expected: string;
  readonly found?: string;
  readonly file?: string;
  readonly line?: number;
  /** What to do, as a sentence, where it is more than to correct the value. */
  readonly next?: string;
}

export interface NotFound {
  readonly code: "not_found";
  readonly what: string;
  readonly name: string;
}

export interface AlreadyExists {
  readonly code: "already_exists";
  readonly what: string;
  readonly name: string;
}

/** The thing is not in a state in which this can be done. */
export interface WrongState {
  readonly code: "wrong_state";
  readonly what: string;
  readonly state: string;
  /** What could be done instead, as a sentence. */
  readonly next: string;
}

/** A word about a step in which the rollout no longer is, or is not yet. */
export interface StaleStep {
  readonly code: "stale_step";
  /** Counted from 1. */
  readonly asked: number;
  readonly current: number;
  readonly steps: number;
  /** What the present step is, in words. */
  readonly title: string;
}

/** A named limit was reached. */
export interface LimitReached {
  readonly code: "limit_reached";
  /** What there is too much of: "passkeys of one user". */
  readonly limit: string;
  readonly allowed: number;
  readonly unit: string;
  readonly found?: number;
  /** How to make room, where it can be made. */
  readonly next?: string;
}

/** Somebody else wrote first: read again and decide again. */
export interface VersionConflict {
  readonly code: "version_conflict";
  readonly kind: string;
  readonly id: string;
}

/** The lease under which this was done has passed to another worker. */
export interface FenceLost {
  readonly code: "fence_lost";
  readonly work: string;
}

export interface Unavailable {
  readonly code: "unavailable";
  readonly what: string;
  readonly reason: string;
  readonly retryAfterMs: number;
}

/** The actor may see this and not do that. */
export interface Forbidden {
  readonly code: "forbidden";
  /** Who asked, as the journal names them. */
  readonly who: string;
  readonly permission: Permission;
  readonly on: Resource;
  /** Whether their grants would do, and only the token they used is for less. */
  readonly isTokenTooNarrow: boolean;
  /** Who could grant it, by name; the first few. */
  readonly grantors: readonly string[];
  /** It would be done to apps that go together with this one, too, and the actor may not see one of them. */
  readonly isForOthersToo?: true;
}

/** Name and password do not fit; which of the two is nobody's business. */
export interface SignInRefused {
  readonly code: "sign_in_refused";
}

/** Something that was given to prove who somebody is does not, or does no longer. */
export interface CredentialRefused {
  readonly code: "credential_refused";
  /** "invitation", "sign-in link", "passkey", "answer of the provider". */
  readonly what: string;
  /** Completes "the … ": "has expired". */
  readonly why: string;
  /** What to do instead, as a sentence. */
  readonly next: string;
}

/** The sign-in is too long ago for what was asked. */
export interface SignInAgain {
  readonly code: "sign_in_again";
  /** "add a passkey". */
  readonly toDo: string;
}

/**
 * What the request came by has ended since it was let in: signed out or revoked, or its user was disabled. What
 * it would have made was not made.
 */
export interface CredentialEnded {
  readonly code: "credential_ended";
  readonly what: "session" | "token" | "user";
}

/** Too many wrong passwords; whoever holds the account has other ways in meanwhile. */
export interface TooManySignIns {
  readonly code: "too_many_sign_ins";
  readonly retryAfterMs: number;
}

export type DomainError =
  | InvalidInput
  | Forbidden
  | NotFound
  | AlreadyExists
  | WrongState
  | StaleStep
  | LimitReached
  | VersionConflict
  | FenceLost
  | Unavailable
  | SignInRefused
  | CredentialRefused
  | SignInAgain
  | CredentialEnded
  | TooManySignIns;

export type ErrorCode = DomainError["code"];
