/**
 * Signing in: how a face finds out who somebody is, and lets them look after their ways in. What a
 * browser brings and gets comes and goes as plain values: cookies are the face's.
 */
import type { Result } from "#std";
import type {
  AlreadyExists,
  CredentialEnded,
  CredentialRefused,
  InvalidInput,
  LimitReached,
  NotFound,
  SignInAgain,
  SignInRefused,
  TooManySignIns,
  Unavailable,
  WrongState,
} from "../errors.ts";
import type { Actor, Grant, Origin, User } from "../people.ts";
import type { Invitation, Passkey, Provider, Session } from "../sign-in.ts";

/** What a browser says of itself with a request, all of it untrusted but `address`. */
export interface Browser {
  readonly address: string;
  readonly userAgent: string;
  /** By what it was recognised last time: the device cookie. */
  readonly device?: string | undefined;
  /** What the beginning of this ceremony left with it: the ceremony cookie. */
  readonly ceremony?: string | undefined;
}

/** Somebody was recognised; the face gives `secret` and `device` to the browser, and nobody else. */
export interface SignedIn {
  readonly admitted: Admitted;
  /** The session's secret: for its cookie. */
  readonly secret: string;
  readonly device?: string;
}

export interface Admitted {
  readonly actor: Actor;
  readonly user?: User;
  readonly session: Session;
}

/** A ceremony has begun: `ceremony` is to come back with its end. */
export interface CeremonyBegun {
  readonly options: Readonly<Record<string, unknown>>;
  readonly ceremony: string;
}

/** JSON of a WebAuthn credential, in form but not in content checked. */
export type PasskeyAnswer = Readonly<Record<string, unknown>>;

export interface SignInWays {
  readonly hasUsers: boolean;
  /** Where passkeys work: the public origin, unless it is a bare address. */
  readonly passkeysAt?: string;
  readonly providers: readonly { readonly name: string; readonly title: string }[];
}

/** What somebody has to sign in with. */
export interface OwnWays {
  readonly hasPassword: boolean;
  readonly passkeys: number;
}

export interface InvitationView extends Invitation {
  readonly state: "open" | "accepted" | "revoked" | "expired";
}

export interface NewInvitation {
  readonly note: string;
  /** A user there is, by name: a new way in for them, and no new grants. */
  readonly forUser?: string;
  readonly name?: string;
  readonly grants: readonly Grant[];
  readonly teams: readonly string[];
  readonly expiresInMs?: number;
}

export type NewCredential =
  | { readonly kind: "password"; readonly password: string }
  | { readonly kind: "passkey"; readonly label: string; readonly answer: PasskeyAnswer };

export interface Acceptance {
  readonly token: string;
  /** Not asked for when the invitation says whom it is for. */
  readonly name?: string;
  readonly credential: NewCredential;
}

/** What becomes of the tokens that a user made, when their other sessions end. Default: they end, too. */
export type TokensThen = "end" | "keep";

export interface PasswordChange {
  /** Left out by somebody who has no password yet. */
  readonly current?: string;
  readonly password: string;
  readonly tokens?: TokensThen;
  /**
   * What becomes of the passkeys but that of the present session. Default: they end, unless there was no password
   * before.
   */
  readonly passkeys?: TokensThen;
}

export interface PasswordChanged {
  readonly changedAt: number;
  readonly sessionsEnded: number;
  readonly tokensEnded: number;
  readonly sshKeysEnded: number;
  readonly passkeysEnded: number;
}

/** How many of each were ended. */
export type WaysInEnded = Omit<PasswordChanged, "changedAt" | "passkeysEnded">;

/** Why a sign-in did not come about. */
export type SignInError = SignInRefused | CredentialRefused | TooManySignIns | Unavailable;
type Own<T, E = never> = Promise<Result<T, WrongState | SignInAgain | E>>;

export interface SignIn {
  ways(): Promise<SignInWays>;
  /** Who holds a session's secret; nobody when it has ended, or its user has been disabled. */
  admit(secret: string, origin: Origin): Promise<Admitted | undefined>;

  withPassword(
    input: { readonly name: string; readonly password: string },
    browser: Browser,
  ): Promise<Result<SignedIn, SignInError>>;
  beginPasskey(): Promise<Result<CeremonyBegun, WrongState>>;
  withPasskey(
    answer: PasskeyAnswer,
    browser: Browser,
  ): Promise<Result<SignedIn, CredentialRefused | WrongState>>;
  withLink(link: string, browser: Browser): Promise<Result<SignedIn, CredentialRefused>>;
  /** Makes a link for whoever asks; its secret goes after the `#`. Only the machine's own key may. */
  makeLink(
    actor: Actor,
  ): Promise<
    Result<{ readonly secret: string; readonly expiresAt: number }, WrongState | LimitReached>
  >;

  /** Their sessions, the one used last first. */
  sessions(of: Admitted): Promise<readonly Session[]>;
  /** Ends one of their own; gives how many. */
  endSession(of: Admitted, id: string): Promise<Result<number, NotFound>>;
  /** Ends all of theirs but the present one. */
  endOtherSessions(of: Admitted, tokens?: TokensThen): Promise<WaysInEnded>;

  /** Until when the ways in may be changed without signing in once more; nothing when that is over. */
  freshUntilAt(of: Admitted): number | undefined;
  ownWays(of: User): Promise<OwnWays>;
  changePassword(
    input: PasswordChange,
    of: Admitted,
    browser: Browser,
  ): Own<
    PasswordChanged,
    InvalidInput | SignInRefused | TooManySignIns | Unavailable | CredentialEnded
  >;
  passkeys(of: Admitted): Promise<readonly Passkey[]>;
  beginNewPasskey(of: Admitted): Own<CeremonyBegun, LimitReached>;
  addPasskey(
    input: { readonly label: string; readonly answer: PasskeyAnswer },
    of: Admitted,
    browser: Browser,
  ): Own<Passkey, CredentialRefused | AlreadyExists | LimitReached | CredentialEnded>;
  renamePasskey(
    input: { readonly id: string; readonly label: string },
    of: Admitted,
  ): Own<Passkey, NotFound>;
  removePasskey(id: string, of: Admitted): Own<readonly Passkey[], NotFound>;

  invitations(): Promise<readonly InvitationView[]>;
  invite(
    input: NewInvitation,
    actor: Actor,
  ): Promise<
    Result<
      { readonly invitation: InvitationView; readonly token: string },
      InvalidInput | NotFound | AlreadyExists | LimitReached | WrongState | CredentialEnded
    >
  >;
  revokeInvitation(
    id: string,
    actor: Actor,
  ): Promise<Result<InvitationView, NotFound | WrongState>>;
  /** What the holder of a link may see of its invitation. */
  readInvitation(token: string): Promise<Result<InvitationView, CredentialRefused>>;
  beginInvitedPasskey(input: {
    readonly token: string;
    readonly name?: string;
  }): Promise<Result<CeremonyBegun, CredentialRefused | InvalidInput | AlreadyExists | WrongState>>;
  accept(
    input: Acceptance,
    browser: Browser,
  ): Promise<
    Result<SignedIn, CredentialRefused | InvalidInput | AlreadyExists | WrongState | Unavailable>
  >;

  providers(): Promise<readonly Provider[]>;
  /** Keeps a provider, after its issuer was asked what it publishes. */
  putProvider(
    input: Omit<Provider, "createdAt" | "teams"> & {
      readonly teams?: {
        readonly claim: string;
        readonly byGroup: Readonly<Record<string, string>>;
      };
    },
    actor: Actor,
  ): Promise<Result<Provider, InvalidInput | LimitReached | Unavailable | CredentialEnded>>;
  removeProvider(name: string, actor: Actor): Promise<Result<void, NotFound>>;
  /** What is to be registered at a provider as the redirect URI. */
  callbackUrl(provider: string): string;
  /** Where the browser is to go, and what it is to bring back. */
  beginProvider(input: {
    readonly provider: string;
    /** Where in the console to come back to: a path. */
    readonly returnTo: string;
    /** Who is signed in already, and wants to come in this way too. */
    readonly linkTo?: Admitted;
  }): Promise<
    Result<
      { readonly url: string; readonly ceremony: string },
      NotFound | Unavailable | WrongState | SignInAgain
    >
  >;
  /** The provider has sent the browser back, to this URL of ours. */
  endProvider(
    input: { readonly provider: string; readonly query: string },
    browser: Browser,
  ): Promise<
    Result<SignedIn & { readonly returnTo: string }, NotFound | CredentialRefused | Unavailable>
  >;
}
