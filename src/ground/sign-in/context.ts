/** What every part of this room works with. */
import type { Actor, Batch, Clock, Log, Store, TeamName, User, UserId, UserName } from "#domain";
import type { Attempts } from "./attempts.ts";
import type { PasswordHasher } from "./password-hash.ts";
import type { ProviderClients } from "./provider-client.ts";
import type { Seal } from "./seal.ts";

/** What writes a user down, to be committed together with their way in. */
export type UserWritten = Required<Pick<Batch, "entries" | "documents">>;

/** Who the users are: kept elsewhere. */
export interface Newcomers {
  user(id: UserId): Promise<User | undefined>;
  userByName(name: UserName): Promise<User | undefined>;
  hasUsers(): Promise<boolean>;
  hasTeam(name: TeamName): Promise<boolean>;
  /** With what they and their teams were granted. */
  actorOf(user: User): Promise<Actor>;
  /** What makes a user whose name nobody has. */
  written(user: User, by: Actor): UserWritten;
  /** What changes these of a user; nothing when they are gone, or disabled. */
  changed(
    id: UserId,
    facts: Partial<Pick<User, "state" | "teams">>,
    by: Actor,
  ): Promise<UserWritten | undefined>;
}

export interface SignInContext {
  readonly store: Pick<Store, "commit" | "get" | "list">;
  readonly people: Newcomers;
  readonly hasher: PasswordHasher;
  readonly attempts: Attempts;
  readonly seal: Seal;
  readonly providers: ProviderClients;
  readonly clock: Clock;
  readonly log: Log;
  /** Where browsers reach the console: `http://localhost:7420`, without a slash at the end. */
  readonly origin: string;
}
