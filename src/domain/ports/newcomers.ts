/** What signing in asks of people: whom there is, and what writes down that they came. */
import type { Result } from "#std";
import type { CredentialEnded } from "../errors.ts";
import type { Actor, TeamName, Token, User, UserName } from "../people.ts";
import type { Batch, DocumentPut, Stored } from "./store.ts";
import type { UserId } from "../ids.ts";

/** What writes a user down, to be committed together with their way in. */
export type UserWritten = Required<Pick<Batch, "entries" | "documents">>;

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
  /**
   * What is to be committed with a way in that the actor makes, so that nothing is made once what they came by
   * has ended.
   */
  stillIn(actor: Actor): Promise<Result<readonly DocumentPut[], CredentialEnded>>;
  /**
   * Lets one at a time make or end ways in of a user (absent: the machine's own key), in the order in which they came.
   * Each makes the others decide again: without turns, whoever made one after the other would keep off whoever ends
   * them. Taken once and not again within it.
   */
  inTurn<T>(user: UserId | undefined, act: () => Promise<T>): Promise<T>;
  /** Their tokens that open something now and that they made themselves. */
  ownTokens(user: User): Promise<readonly Stored<Token>[]>;
  /** What ends these tokens. */
  endingTokens(tokens: readonly Stored<Token>[], by: Actor): UserWritten;
  /** What takes all their SSH keys away. */
  endingSshKeys(user: User, by: Actor): Promise<Required<Pick<Batch, "entries" | "removals">>>;
}
