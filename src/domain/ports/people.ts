/** Users, teams, grants and tokens as the faces need them: who there is, who may do what, and changing it. */
import type { Result } from "#std";
import type {
  AlreadyExists,
  CredentialEnded,
  Forbidden,
  InvalidInput,
  LimitReached,
  NotFound,
  WrongState,
} from "../errors.ts";
import type { AppName, SshKeyId, TokenId } from "../ids.ts";
import type {
  Actor,
  Grant,
  Origin,
  Scope,
  SshKey,
  Team,
  ListedToken,
  Token,
  TokenReach,
  User,
} from "../people.ts";
import type { Resource } from "../permissions.ts";

/** To whom something is granted, by name. */
export interface Grantee {
  readonly kind: "user" | "team";
  readonly name: string;
}

/** One grant, and who has it. */
export interface Held {
  readonly to: Grantee;
  readonly grant: Grant;
}

export interface TeamView {
  readonly team: Team;
  readonly members: readonly User[];
}

export interface NewToken {
  readonly label: string;
  readonly reach: TokenReach;
  readonly expiresInMs: number;
  /** Whose it is to be, by name; default: of who asks. */
  readonly owner?: string;
}

export interface NewSshKey {
  /** One line of a file that ends in `.pub`. */
  readonly publicKey: string;
  /** Default: the comment that the key comes with. */
  readonly label?: string;
}

type Changed<T, E> = Promise<Result<T, NotFound | InvalidInput | Forbidden | WrongState | E>>;

export interface People {
  users(): Promise<readonly User[]>;
  user(name: string): Promise<Result<User, NotFound>>;
  /** A new user who has no way in yet. Refused beyond what the actor may grant. */
  createUser(
    input: {
      readonly name: string;
      readonly email?: string;
      readonly grants: readonly Grant[];
      readonly teams: readonly string[];
    },
    actor: Actor,
  ): Changed<User, AlreadyExists | LimitReached>;
  /** Disabled: their tokens and sessions end at once, and do not come back with them. */
  setUserState(name: string, state: "active" | "disabled", actor: Actor): Changed<User, never>;

  teams(): Promise<readonly TeamView[]>;
  team(name: string): Promise<Result<TeamView, NotFound>>;
  createTeam(name: string, actor: Actor): Changed<TeamView, AlreadyExists | LimitReached>;
  /** Refused while apps are the team's. */
  deleteTeam(name: string, actor: Actor): Changed<void, never>;
  /** Puts a user into a team, or out of it; doing it again changes nothing. */
  setMember(
    input: { readonly team: string; readonly user: string; readonly isMember: boolean },
    actor: Actor,
  ): Changed<TeamView, LimitReached>;

  /** Every grant there is; with `on`, those that hold for this resource. */
  grants(on?: Resource): Promise<readonly Held[]>;
  /** Gives a role, or takes it; doing it again changes nothing. */
  setGrant(
    input: { readonly to: Grantee; readonly grant: Grant; readonly isGiven: boolean },
    actor: Actor,
  ): Changed<Held, LimitReached>;
  /** Those who could grant something on this, by name, at most a few. */
  grantorsOf(on: Resource): Promise<readonly string[]>;
  /** Whether who is called this may see an app now, if there is one; the machine's own key sees all. */
  sees(who: string, app: AppName): Promise<boolean>;
  /** Finds what permissions are held for in a scope; what the actor may not see is not there. */
  locateScope(scope: Scope, actor: Actor): Promise<Result<Resource, NotFound>>;
  /** Takes away what was granted on an app that is no more, so that the next of its name starts afresh. */
  forgetApp(app: AppName): Promise<void>;

  /** Those of a user by name; default: all. */
  tokens(owner?: string): Promise<readonly ListedToken[]>;
  /** Its text is given here and never again. Refused when what the actor came by has ended since. */
  createToken(
    input: NewToken,
    actor: Actor,
  ): Changed<{ readonly token: Token; readonly text: string }, LimitReached | CredentialEnded>;
  revokeToken(id: TokenId, actor: Actor): Changed<Token, never>;
  /** Who holds a token's text; nobody when it has ended, or its owner has been disabled. */
  admit(text: string, origin: Origin): Promise<Actor | undefined>;

  /** Those of a user by name, the machine's own under "admin"; default: all. Newest first. */
  sshKeys(owner?: string): Promise<readonly SshKey[]>;
  /** A key of the actor's own; refused when anybody has it already, or what the actor came by has ended since. */
  addSshKey(
    input: NewSshKey,
    actor: Actor,
  ): Changed<SshKey, AlreadyExists | LimitReached | CredentialEnded>;
  removeSshKey(id: SshKeyId, actor: Actor): Changed<SshKey, never>;
  /**
   * Whose this key is; nobody when it is not known here, or its owner has been disabled since it was added.
   * `isProven`: the private half has signed; only then is it a use, and written down.
   */
  admitSshKey(publicKey: Uint8Array, origin: Origin, isProven: boolean): Promise<Actor | undefined>;
}
